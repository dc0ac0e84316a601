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
from typing import TYPE_CHECKING, Any

from update_magnitude.figures.networks import accuracy, comparison, place, relatedness, schedules
from update_magnitude.figures.networks.relating import document_of as relatedness_document
from update_magnitude.figures.networks.relating import require_images, study
from update_magnitude.figures.networks.table import tables
from update_magnitude.figures.paths import data_bytes, drawing_bytes, require_folder, save_data
from update_magnitude.figures.style import style
from update_magnitude.paper_checks.networks.bridge import bridge, require_both_blocks
from update_magnitude.paper_checks.networks.reported import reported
from update_magnitude.paper_checks.networks.schedules import document_of as schedules_document
from update_magnitude.paper_checks.networks.schedules import (
    schedules_of,
    standard_schedules,
    with_standard,
)
from update_magnitude.paper_checks.networks.verdicts import STANDARD, verdicts
from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.writing import write_together
from update_magnitude.simulations.compilation import keep_compiled
from update_magnitude.simulations.networks.benchmarks import BENCHMARKS, Settings
from update_magnitude.simulations.networks.model import MODULES
from update_magnitude.simulations.networks.optima import measure_optima
from update_magnitude.simulations.networks.records import Told
from update_magnitude.simulations.networks.results import dataset, summary
from update_magnitude.simulations.networks.running import Trainer, tasks_of
from update_magnitude.simulations.networks.strategies import SCHEDULE
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
    """Train, write what was found, and print it.

    Raises:
        ScenarioError: if the settings make no sense together, or the data are missing.
    """
    if wanted.relatedness:
        require_images(settings)
    if wanted.bridge and not has_standard(settings):
        raise ScenarioError(f"--bridge compares {' and '.join(STANDARD)}: add them to --strategy")
    if wanted.bridge and settings.specific is not None:
        require_both_blocks(MODULES[BENCHMARKS[settings.benchmark].model], settings.specific)
    keep_compiled()
    trainer = Trainer(settings, tasks_of(settings, wanted.data))
    require_folder(wanted.folder)  # after all that may be wrong with what was asked for
    with progress_bar("compiling") as show, timed_epochs(telling(show, "")) as watch:
        found = dataset(trainer.run(wanted.folder, watch))
        save_data(found, wanted.folder, "results")  # at once, whatever becomes of the rest
        document = document_of(found)
        if wanted.bridge:
            told = telling(show, "optima: ")
            optima = measure_optima(settings, wanted.data, wanted.folder, told)
            document["bridge"] = bridge(optima, with_standard(found)).document()
        gradients = related(settings, wanted, show) if wanted.relatedness else None
    if gradients is not None:
        document["relatedness"] = relatedness_document(gradients)
    files = written(found, gradients, document, wanted)
    if wanted.as_json:
        print(json.dumps(document | {"files": [str(path) for path in files]}))
        return
    print(tables(document))
    print("\n".join(str(path) for path in files), file=sys.stderr)


def telling(show: Callable[[str, float], None], before: str) -> Callable[[Told], None]:
    """What shows where a run is, with loss and accuracy."""

    def watch(told: Told) -> None:
        accuracy = "" if told.accuracy is None else f", accuracy {told.accuracy:.1%}"
        words = f"{before}task {told.task + 1} of {told.tasks}, loss {told.loss:.3f}{accuracy}"
        show(words, told.share)

    return watch


@contextmanager
def timed_epochs(watch: Callable[[Told], None]) -> Iterator[Callable[[Told], None]]:
    """Say at the end how long an epoch of one run took, the median over all but first ones.

    The first epoch of a task may compile, and follows tests. Nothing is said of too few.
    """
    ends, taken = [monotonic()], []

    def also(told: Told) -> None:
        ends.append(monotonic())
        if told.epoch > 1:
            taken.append((ends[-1] - ends[-2]) / told.runs)
        watch(told)

    yield also
    if taken:
        print(f"an epoch of one run took {median(taken):.2g} s (median)", file=sys.stderr)


def document_of(found: xr.Dataset) -> dict[str, Any]:
    """What a run found, for JSON: what the paper reports stands beside it, by itself."""
    paper, settings = reported(found.attrs["benchmark"]), json.loads(found.attrs["settings"])
    ran = schedules_of(found)
    return {
        "benchmark": found.attrs["benchmark"],
        "settings": settings,
        "device": found.attrs["device"],
        "samples": int(found.attrs["samples"]),
        "modules": len(found.module),
        "specific": int(found.attrs["specific"]),
        "parameters": int(found.parameters.sum()),
        "strategies": summary(found),
        "trained": {
            str(name): float(found.trained_modules.sel(strategy=name)[:, 1:].mean())
            for name in found.strategy.values
        },
        "verdicts": [verdict.document() for verdict in verdicts(with_standard(found))],
        "reported": None if paper is None else {"source": paper.source, **paper.values},
    } | ({} if ran is None else {"schedules": schedules_document(ran, settings["threshold"])})


def has_standard(settings: Settings) -> bool:
    """Whether both standard strategies are among those of a run, by name or as schedules."""
    ends = standard_schedules(settings.relation.tasks)
    return all({name, end} & set(settings.strategies) for name, end in ends.items())


def without_schedules(found: xr.Dataset) -> xr.Dataset:
    """The strategies that have names of their own, and beside them the standard ones.

    Of schedules alone nothing is left.
    """

    def named(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.isel(
            strategy=[not str(name).startswith(SCHEDULE) for name in dataset.strategy.values]
        )

    alone = named(found)
    return named(with_standard(found)) if alone.sizes["strategy"] else alone


def related(settings: Settings, wanted: Wanted, show: Callable[[str, float], None]) -> xr.Dataset:
    """The study of tasks whose relatedness is controlled."""
    return study(settings, wanted.data, watch=lambda share: show("relatedness", share))


def written(
    found: xr.Dataset, gradients: xr.Dataset | None, document: dict[str, Any], wanted: Wanted
) -> list[Path]:
    """Save the datasets, the summary and the figures, all of them or none."""
    paper = reported(found.attrs["benchmark"])
    files = {
        "results.nc": data_bytes(found),
        "results.json": (json.dumps(document, indent=1) + "\n").encode(),
    }
    ran = schedules_of(found)
    named = found if ran is None else without_schedules(found)
    with style():
        drawings = {}
        if named.sizes["strategy"]:  # not schedules alone
            drawings["accuracy"] = accuracy.plot(named)
            drawings["comparison"] = comparison.plot(named, paper.values if paper else None)
        if ran is not None:
            drawings["schedules"] = schedules.plot(ran, document["schedules"])
        if gradients is not None:
            files["relatedness.nc"] = data_bytes(gradients)
            drawings["relatedness"] = relatedness.plot(gradients)
        if "bridge" in document:
            around = place.place(document["bridge"], found.attrs["title"])
            files["place.nc"] = data_bytes(around)
            drawings["place"] = place.plot(around)
        for name, drawing in drawings.items():
            for suffix in wanted.formats:
                files[f"{name}.{suffix}"] = drawing_bytes(drawing, suffix)
    return write_together(wanted.folder, files)
