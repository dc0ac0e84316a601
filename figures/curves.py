"""Figures of curves: measures along one quantity, exact as lines and simulated as points.

A figure of this kind is a ``Curves`` and a plot that calls ``draw_curve``; what is special about it
is in the function that makes the scenario of a place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from update_magnitude.figures.agreement import Variable, compared
from update_magnitude.figures.points import (
    Effort,
    Numbers,
    Watch,
    part_of,
    predicted,
    simulated,
)
from update_magnitude.figures.style import Look, dense_points, law_points
from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.streams import Seed, named

THEORY, LAW, DENSE = "theory", "law", "dense"
MEASURE = "measure"


@dataclass(frozen=True)
class Curves:
    """Measures of scenarios along one dimension; the dimensions across tell curves apart.

    The dataset has ``theory`` over ``lines``, and ``law`` and ``dense``, with their errors and
    exact means, over ``points``: there the dimension along is called ``law_…`` or ``dense_…``. An
    engine that has no grid is left out.
    """

    along: str
    meaning: str  # of the dimension along
    grids: Mapping[str, ArrayLike]  # of theory, law and dense: the values along
    across: Mapping[str, Sequence[float] | Sequence[str]]
    measures: Sequence[str]
    scenario: Callable[..., Scenario]  # of theory or an engine, and by name a value per dimension
    lines: Sequence[str]  # dimensions, "measure" among them if there are several
    points: Sequence[str] = ()  # likewise, in the order of simulation; those of lines if not given
    exact: Callable[..., float] | None = None  # of a place, where parts are too small to be drawn
    prefix: str = ""  # of the names of variables, where a dataset has several sets of curves

    def data(self, effort: Effort, seed: Seed, watch: Watch) -> xr.Dataset:
        """Theory at every value, and both engines at theirs."""
        exact = self._lines()
        dims, values = self._labelled(exact, THEORY, self.lines)
        about = {"long_name": "exact mean"}
        variables: dict[str, Variable] = {f"{self.prefix}{THEORY}": (dims, values, about)}
        order = self.points or self.lines
        engines = [engine for engine in (LAW, DENSE) if engine in self.grids]
        for number, engine in enumerate(engines):
            scenarios = self._scenarios(engine, order)
            run = getattr(effort, engine), named(seed, engine), part_of(watch, number, len(engines))
            points = simulated(scenarios, self.measures, engine, *run)
            labelled = [self._labelled(values, engine, order) for values in points]
            mean, error, known = (values for _, values in labelled)
            variables |= compared(mean, error, known, labelled[0][0], f"{self.prefix}{engine}")
        return xr.Dataset(variables, self._coordinates())

    def _values(self, engine: str, dimension: str) -> Sequence[float] | Sequence[str]:
        if dimension != self.along:
            return self.across[dimension]
        values: list[float] = np.asarray(self.grids[engine]).tolist()
        return values

    def _places(self, engine: str, dims: Sequence[str]) -> list[dict[str, float | str]]:
        """All places of the grid by name, the last dimension running fastest."""
        names = [name for name in dims if name != MEASURE]
        values: list[Sequence[float | str]] = [self._values(engine, name) for name in names]
        return [dict(zip(names, place, strict=True)) for place in product(*values)]

    def _scenarios(self, engine: str, dims: Sequence[str]) -> list[Scenario]:
        return [self.scenario(engine, **place) for place in self._places(engine, dims)]

    def _lines(self) -> Numbers:
        """What theory says, [place, measure]."""
        if self.exact is None:
            return predicted(self._scenarios(THEORY, self.lines), self.measures)
        return np.array([[self.exact(**place)] for place in self._places(THEORY, self.lines)])

    def _labelled(
        self, values: Numbers, engine: str, dims: Sequence[str]
    ) -> tuple[list[str], Numbers]:
        """From [scenario, measure] to an array over the dimensions, with their names."""
        shape = [len(self._values(engine, name)) for name in dims if name != MEASURE]
        array = values.reshape(*shape, len(self.measures))
        array = np.moveaxis(array, -1, dims.index(MEASURE)) if MEASURE in dims else array[..., 0]
        return [self._name(engine) if name == self.along else name for name in dims], array

    def _name(self, engine: str) -> str:
        """Of the dimension along."""
        kind = "" if engine == THEORY else f"{engine}_"
        return f"{self.prefix}{kind}{self.along}"

    def _coordinates(self) -> dict[str, object]:
        grids = {self._name(engine): np.asarray(grid) for engine, grid in self.grids.items()}
        measures = {MEASURE: list(self.measures)} if MEASURE in self.lines else {}
        return {
            **{name: list(values) for name, values in self.across.items()},
            **measures,
            **{name: (name, grid, {"long_name": self.meaning}) for name, grid in grids.items()},
        }


def evenly(low: float, high: float, theory: int, law: int, dense: int) -> dict[str, ArrayLike]:
    """Grids of so many values from the lowest to the highest."""
    counts = {THEORY: theory, LAW: law, DENSE: dense}
    return {engine: np.linspace(low, high, count) for engine, count in counts.items()}


def draw_curve(
    axes: Axes, curve: xr.Dataset, along: str, look: Look, label: str, prefix: str = ""
) -> None:
    """A line for theory and points for the engines, from the data of ``Curves``."""
    line = curve[f"{prefix}{THEORY}"]
    axes.plot(curve[f"{prefix}{along}"], line, look.line, color=look.colour, label=label)
    if f"{prefix}{LAW}" in curve:
        law_points(axes, curve[f"{prefix}{LAW}_{along}"], curve[f"{prefix}{LAW}"], look)
    dense, error = curve[f"{prefix}{DENSE}"], curve[f"{prefix}{DENSE}_error"]
    dense_points(axes, curve[f"{prefix}{DENSE}_{along}"], dense, error, look)
