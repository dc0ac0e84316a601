"""All figures by name, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from update_magnitude.figures.effort import EFFORTS, Effort
from update_magnitude.scenarios import fields
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
        tell = partial(watch, self.name)
        # Named by what it is for: no other figure, and no other seed, has these draws.
        stream = named(seed, "figures", self.name)
        found: xr.Dataset = import_module(self.module).data(effort, stream, tell)
        return found.assign_attrs(figure=self.name, profile=effort.profile, seed=stream.seed)

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
    """How figures are wanted."""

    folder: Path
    formats: tuple[str, ...]
    profile: str
    seed: int

    def __call__(self, item: str, watch: Watch) -> Iterator[Made]:
        """Make the figure of that name."""
        effort = EFFORTS[self.profile]
        yield Made(item, *make(FIGURES[item], self.folder, self.formats, effort, self.seed, watch))


def make_all(names: Sequence[str], order: Order, workers: int, watch: Watch) -> Iterator[Made]:
    """Make figures, spread over processes; how many they are changes nothing about the files.

    Args:
        names: of the figures.
        order: how they are wanted.
        workers: processes; more than one are spawned, for which the caller must be prepared.
        watch: told of the progress.

    Returns:
        The figures, in the order in which they are finished.
    """
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
    """Make a figure and save it, with its data beside it.

    Args:
        figure: which one.
        folder: where to; it is made if need be.
        formats: ``png``, ``pdf``, ``svg``.
        effort: how many replicates stand behind each point.
        seed: of the random numbers.
        watch: told of the progress.

    Returns:
        The data, and the files written.

    Raises:
        ScenarioError: if there is no such figure, format, effort or seed.
    """
    from update_magnitude.figures.paths import require_formats, save_figure
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
