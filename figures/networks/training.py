"""A run of ``train``: progress, the files that it leaves, the table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING

from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.figures.networks import (
    accuracy,
    comparison,
    ladder,
    place,
    relatedness,
    schedules,
)
from update_magnitude.figures.networks.table import tables
from update_magnitude.figures.paths import data_bytes, drawing_bytes, require_folder, save_data
from update_magnitude.figures.style import style
from update_magnitude.paper_checks.networks.bridge import bridge, require_both_blocks
from update_magnitude.paper_checks.networks.ladder import ladder as ladder_document
from update_magnitude.paper_checks.networks.reported import reported
from update_magnitude.paper_checks.networks.schedules import document_of as schedules_document
from update_magnitude.paper_checks.networks.schedules import (
    schedules_of,
    standard_schedules,
    with_standard,
    without_schedules,
)
from update_magnitude.paper_checks.networks.verdicts import STANDARD, verdicts
from update_magnitude.scenarios import ScenarioError, parse
from update_magnitude.scenarios.writing import write_together
from update_magnitude.simulations.compilation import keep_compiled
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.model import MODULES
from update_magnitude.simulations.networks.optima import Optima, measure_optima
from update_magnitude.simulations.networks.results import Progress, dataset, summary
from update_magnitude.simulations.networks.rungs import measure_linearized, measure_squared
from update_magnitude.simulations.networks.running import Trainer, Watch, tasks_of
from update_magnitude.simulations.progress import progress_bar

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Wanted:
    """Where the data are, and what is wanted of a run."""

    data: Path | None
    folder: Path
    formats: tuple[str, ...]
    bridge: bool
    relatedness: bool
    as_json: bool


def run(settings: Settings, wanted: Wanted) -> None:
    """Train, write what came of it, and print it."""
    if wanted.relatedness:
        relatedness.require_images(settings)
    if wanted.bridge and not has_standard(settings):
        raise ScenarioError(f"--bridge compares {' and '.join(STANDARD)}: add them to --strategy")
    if wanted.bridge and settings.specific is not None:
        require_both_blocks(MODULES[BENCHMARKS[settings.benchmark].model], settings.specific)
    keep_compiled()
    data, folder, gradients = wanted.data, wanted.folder, None
    trainer = Trainer(settings, tasks_of(settings, data))
    require_folder(folder)  # after all that may be wrong with what was asked for
    with progress_bar("compiling") as show, timed_epochs(shown_by(show, "")) as watch:
        results = dataset(trainer.run(folder, watch))
        save_data(results, folder, "results")  # at once, whatever becomes of the rest
        document = document_of(results)
        if wanted.bridge:
            optima = measure_optima(settings, data, folder, shown_by(show, "optima: "))
            document["bridge"] = bridge(optima, with_standard(results))
            document["bridge"]["ladder"] = climbed(settings, wanted, optima, results, show)
        if wanted.relatedness:
            gradients = relatedness.study(
                settings, data, watch=lambda share: show("relatedness", share)
            )
            document["relatedness"] = relatedness.document_of(gradients)
    files = written(results, gradients, document, wanted)
    if wanted.as_json:
        print(json.dumps(document | {"files": [str(path) for path in files]}))
        return
    print(tables(document))
    print("\n".join(str(path) for path in files), file=sys.stderr)


def climbed(
    settings: Settings,
    wanted: Wanted,
    optima: Optima,
    results: xr.Dataset,
    show: Callable[[str, float], None],
) -> Document:
    """The ladder of a run; what is computed for it is kept in the folder."""
    data, folder = wanted.data, wanted.folder
    linearized = measure_linearized(settings, data, folder, lambda share: show("linearized", share))
    squared = measure_squared(settings, data, folder, shown_by(show, "squared loss: "))
    return ladder_document(optima, linearized, squared, with_standard(results))


def shown_by(show: Callable[[str, float], None], before: str) -> Watch:
    """What shows where a run is, with loss and accuracy."""

    def watch(progress: Progress) -> None:
        task = f"task {progress.task + 1} of {progress.tasks}, loss {progress.loss:.3f}"
        known = progress.accuracy is not None
        accuracy = f", accuracy {progress.accuracy:.1%}" if known else ""
        show(f"{before}{task}{accuracy}", progress.share)

    return watch


@contextmanager
def timed_epochs(watch: Watch) -> Iterator[Watch]:
    """Say at the end how long an epoch of one run took, the median over all but first ones.

    The first epoch of a task may compile, and follows tests. Nothing is said of too few.
    """
    ends, taken = [monotonic()], []

    def also(progress: Progress) -> None:
        ends.append(monotonic())
        if progress.epoch > 1:
            taken.append((ends[-1] - ends[-2]) / progress.runs)
        watch(progress)

    yield also
    if taken:
        print(f"an epoch of one run took {median(taken):.2g} s (median)", file=sys.stderr)


def document_of(results: xr.Dataset) -> Document:
    """What came of a run, for JSON: what the paper reports stands beside it, by itself."""
    benchmark, settings = results.attrs["benchmark"], json.loads(results.attrs["settings"])
    ran = schedules_of(results)
    trained = results.trained_modules[..., 1:].mean(("seed", "task")).values.tolist()
    moved = {}
    if "moved" in results:  # runs of earlier versions have not measured it
        length = (results.moved[..., 1:, :] ** 2).sum("module") ** 0.5
        mean = length.mean(("seed", "task")).values.tolist()
        moved = {"moved": dict(zip(map(str, results.strategy.values), mean, strict=True))}
    return (
        {
            "benchmark": benchmark,
            "settings": settings,
            "device": results.attrs["device"],
            "samples": int(results.attrs["samples"]),
            "modules": len(results.module),
            "specific": int(results.attrs["specific"]),
            "parameters": int(results.parameters.sum()),
            "strategies": summary(results),
            "trained": dict(zip(map(str, results.strategy.values), trained, strict=True)),
            "verdicts": verdicts(with_standard(results)),
            "reported": reported(benchmark),
        }
        | moved
        | ({} if ran is None else {"schedules": schedules_document(ran, settings["threshold"])})
    )


def has_standard(settings: Settings) -> bool:
    """Whether both standard strategies are among those of a run, by name or as schedules."""
    ends = standard_schedules(settings.relation.tasks)
    return all({name, end} & set(settings.strategies) for name, end in ends.items())


def written(
    results: xr.Dataset, gradients: xr.Dataset | None, document: Document, wanted: Wanted
) -> list[Path]:
    """Save the datasets, the summary and the figures, all of them or none."""
    ran = schedules_of(results)
    files = {
        "results.nc": data_bytes(results),
        "results.json": (json.dumps(document, indent=1) + "\n").encode(),
    }
    named = results if ran is None else without_schedules(results)
    with style():
        drawings = {}
        if named.sizes["strategy"]:  # not schedules alone
            drawings["accuracy"] = accuracy.plot(named)
            drawings["comparison"] = comparison.plot(named, document["reported"])
        if ran is not None:
            drawings["schedules"] = schedules.plot(ran, document["schedules"])
        if gradients is not None:
            files["relatedness.nc"] = data_bytes(gradients)
            drawings["relatedness"] = relatedness.plot(gradients)
        if "bridge" in document:
            around = place.place(document["bridge"], results.attrs["title"])
            files["place.nc"] = data_bytes(around)
            drawings["place"] = place.plot(around)
            rungs = document["bridge"]["ladder"]
            files["ladder.toml"] = toml_of(parse(rungs["scenario"])).encode()
            drawings["ladder"] = ladder.plot(rungs, results.attrs["title"])
        for name, drawing in drawings.items():
            for suffix in wanted.formats:
                files[f"{name}.{suffix}"] = drawing_bytes(drawing, suffix)
    return write_together(wanted.folder, files)
