"""All figures by name, and how they are made and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from update_magnitude.figures.paths import OUTPUT, require_folder, require_formats, save_figure
from update_magnitude.figures.points import EFFORTS, Effort
from update_magnitude.scenarios import ScenarioError, fields
from update_magnitude.simulations.streams import named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as Drawing

    Watch = Callable[[str, float], None]


@dataclass(frozen=True)
class Figure:
    """A figure: its name, what it shows, and the module that has its data and its plot."""

    name: str
    shows: str
    module: str

    def data(self, effort: Effort, seed: int, watch: Watch) -> xr.Dataset:
        """Simulate and predict what the figure shows."""
        # Named by what it is for: no other figure, and no other seed, has these draws.
        stream = named(seed, "figures", self.name)
        share = partial(watch, self.name)
        dataset: xr.Dataset = import_module(self.module).data(effort, stream, share)
        return dataset.assign_attrs(figure=self.name, profile=effort.profile, seed=stream.seed)

    def plot(self, dataset: xr.Dataset) -> Drawing:
        """Draw the dataset."""
        drawing: Drawing = import_module(self.module).plot(dataset)
        return drawing


SHOWN = {  # in the order of the paper's argument
    "one-task": "the risk on one task against the number of trainable parameters: it rises to "
    "a pole where they are as many as the samples, and falls again",
    "update-count": "forgetting against the number of trainable parameters, for several parameter "
    "distances at fixed signal and several scales at fixed capacity: the best number, the plateau",
    "update-scale": "forgetting, the risk on task 2 and the mean risk against the scale of the "
    "update, with the best scales",
    "parameter-distance": "forgetting and generalization error against parameter distance, frozen "
    "and initialized training, with the critical distance",
    "regime-map": "which of the two forgets less, over parameter distance and samples per "
    "parameter, for several noises",
    "best-magnitude": "the best update magnitude, as a share of the parameters and as a scale, "
    "over parameter distance and samples per parameter",
    "task-sequence": "forgetting and generalization error along sequences of fifty tasks",
    "drift": "the terms that forgetting is made of, against parameter distance",
    "gradient-cosine": "what gradients say of parameter distance: the cosine as published and at a "
    "common point, and the unbiased estimate",
    "block-weight": "risk and forgetting against the weight of the shared block, from initialized "
    "to frozen training, for near and far tasks",
    "optimal-gain": "what the optimal penalty and weights gain over the better of frozen and "
    "initialized training, over parameter distance and samples per parameter",
    "specific-features": "forgetting and generalization error against how much a task's features "
    "matter to the others, by strategy",
    "unknown-magnitudes": "what it costs that noise and distances are not known, against the "
    "samples of a task, and what earlier tasks tell of them",
    "hybrid": "the hybrid strategy on near and far tasks: its choices, and what they cost",
    "forgetting-distribution": "the distribution of forgetting over replicates, from both engines, "
    "with the exact mean and variance",
    "z-scores": "the numbers of a check: how their z-scores are distributed, and how far off they "
    "are",
}
FIGURES = {
    name: Figure(name, shows, f"update_magnitude.figures.{name.replace('-', '_')}")
    for name, shows in SHOWN.items()
}
LONGEST = "z-scores"  # to be begun first where figures are made side by side


@dataclass(frozen=True)
class Made:
    """A figure that was made: its data, and the files written."""

    name: str
    dataset: xr.Dataset
    files: list[Path]


@dataclass(frozen=True)
class Order:
    """How figures are wanted; a process can be sent it."""

    folder: Path
    formats: tuple[str, ...]
    profile: str
    seed: int

    def __call__(self, item: str, watch: Watch) -> Iterator[Made]:
        """Make the figure of that name."""
        effort = EFFORTS[self.profile]
        yield Made(item, *make(FIGURES[item], self.folder, self.formats, effort, self.seed, watch))


def figures(
    names: str | Iterable[str] | None = None,
    *,
    output: str | Path = OUTPUT,
    formats: Iterable[str] = ("png", "pdf"),
    profile: str = "default",
    seed: int = 0,
    workers: int = 1,
    watch: Callable[[str, float], None] | None = None,
) -> list[Made]:
    """Make figures, each with its data beside it, as ``update-magnitude figures`` does.

    Args:
        names: of figures, of which ``FIGURES`` has a list; all of them if None.
        output: the folder to write to; it is made if need be.
        formats: ``png``, ``pdf``, ``svg``.
        profile: ``quick``, ``default`` or ``thorough``: how many replicates stand behind a point.
        seed: of the random numbers.
        workers: processes; more than one are spawned, for which the program that calls this must
            be prepared. They change nothing about the files.
        watch: called with what is being made and the share of it that is done.

    Returns:
        The figures in the order of the names, each with ``name``, ``dataset`` and ``files``.

    Raises:
        ScenarioError: if there is no such figure, format, profile or seed, or if nothing can be
            written to the folder.
    """
    chosen = require_names([names] if isinstance(names, str) else names)
    kinds = tuple(require_formats(",".join(formats)))
    fields.choice(profile, "profile", tuple(EFFORTS))
    order = Order(require_folder(Path(output)), kinds, profile, seed)
    made = make_all(chosen, order, workers, watch or (lambda name, share: None))
    return sorted(made, key=lambda figure: chosen.index(figure.name))


def require_names(names: Iterable[str] | None) -> list[str]:
    """Names of figures, each once; all of them, if none is given.

    Example:
        >>> require_names(["drift", "drift"])
        ['drift']
    """
    chosen = list(dict.fromkeys(names or FIGURES))
    for name in chosen:
        if name not in FIGURES:
            raise ScenarioError(f"{name!r} is no figure; known: {', '.join(FIGURES)}")
    return chosen


def make_all(names: Sequence[str], order: Order, workers: int, watch: Watch) -> Iterator[Made]:
    """Figures in the order in which they are finished, by processes if more than one is given."""
    from update_magnitude.simulations.processes import side_by_side

    count = min(workers, len(names))
    if count > 1:
        groups = [[name] for name in sorted(names, key=lambda name: name != LONGEST)]
        return side_by_side(order, groups, count, watch)
    return (made for name in names for made in order(name, watch))


def make(
    figure: Figure,
    folder: Path,
    formats: Sequence[str],
    effort: Effort,
    seed: int,
    watch: Watch,
) -> tuple[xr.Dataset, list[Path]]:
    """Make a figure and save it in some formats, with its data beside it; see ``figures``.

    Raises:
        ScenarioError: if there is no such figure, format, effort or seed.
    """
    from update_magnitude.figures.style import style

    if not isinstance(figure, Figure):
        fields.fail("figure", figure, f"one of FIGURES is needed; they are {', '.join(FIGURES)}")
    if not isinstance(effort, Effort):
        fields.fail("effort", effort, f"one of EFFORTS is needed; they are {', '.join(EFFORTS)}")
    formats, folder = require_formats(",".join(formats)), Path(folder)
    dataset = figure.data(effort, seed, watch)
    with style():
        drawing = figure.plot(dataset)
        written = save_figure(dataset, drawing, folder, figure.name, formats)
    return dataset, written
