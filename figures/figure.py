"""All figures by name, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as Drawing

    Watch = Callable[[str, float], None]

REPLICATES = {"quick": 4_096, "default": 32_768, "thorough": 1_048_576}


@dataclass(frozen=True)
class Figure:
    """A figure: its name, what it shows, and the module that has its data and its plot."""

    name: str
    shows: str
    module: str

    def data(self, replicates: int, seed: int, watch: Watch) -> xr.Dataset:
        """Simulate and predict what the figure shows."""
        found: xr.Dataset = import_module(self.module).data(replicates, seed, watch)
        return found

    def plot(self, dataset: xr.Dataset) -> Drawing:
        """Draw the dataset."""
        drawing: Drawing = import_module(self.module).plot(dataset)
        return drawing


FIGURES = {
    figure.name: figure
    for figure in (
        Figure(
            "parameter-distance",
            "forgetting and generalization error against parameter distance, frozen and "
            "initialized training, with the critical distance",
            "figures.parameter_distance",
        ),
    )
}


def make(
    figure: Figure,
    folder: Path,
    formats: Sequence[str],
    replicates: int,
    seed: int,
    watch: Watch,
) -> list[Path]:
    """Make a figure and save it, with its data beside it.

    Args:
        figure: which one.
        folder: where to; it is made if need be.
        formats: ``png``, ``pdf``, ``svg``.
        replicates: of each simulated point.
        seed: of the random numbers.
        watch: told of the progress.

    Returns:
        The files written.
    """
    from figures.paths import save_data, save_drawing
    from figures.style import style

    dataset = figure.data(replicates, seed, watch)
    with style():
        drawing = figure.plot(dataset)
        written = [save_data(dataset, folder, figure.name)]
        written += [save_drawing(drawing, folder, figure.name, suffix) for suffix in formats]
    return written
