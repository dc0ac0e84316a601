"""A sweep: a scenario, the fields that vary, and the points of the grid that they span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from update_magnitude.scenarios import Axis, Family, Scenario, ScenarioError, fields
from update_magnitude.scenarios.families import in_words
from update_magnitude.simulations.engines import NAMES
from update_magnitude.simulations.numerics.moments import enough
from update_magnitude.simulations.resources import MEMORY
from update_magnitude.simulations.streams import named
from update_magnitude.simulations.sweeps.files import Index

MOST_POINTS = 100_000  # each of them is about twelve small files


@dataclass(frozen=True)
class Point:
    """One scenario of the grid and the engine that runs it."""

    engine: str
    index: Index
    scenario: Scenario


@dataclass(frozen=True)
class Sweep:
    """A scenario over a grid of its fields, simulated by some engines.

    Example:
        >>> from update_magnitude.scenarios import load_document
        >>> axes = (Axis("tasks.noise", (0.0, 0.5)), Axis("tasks.samples", (4, 8)))
        >>> sweep = Sweep("noise", load_document("two-close-tasks"), axes, ("law",), 1000, 0)
        >>> [(point.index, point.scenario.tasks.noise) for point in sweep.points][1:3]
        [((0, 0, 1), (0.0, 0.0)), ((0, 1, 0), (0.5, 0.5))]
    """

    title: str
    scenario: Mapping[str, object]  # the tables of a scenario file; the axes replace fields in it
    axes: tuple[Axis, ...]
    engines: tuple[str, ...]
    replicates: int
    seed: int
    dtype: str | None = None  # to compute in; the widest that the device has, if not given
    memory: int = field(default=MEMORY, compare=False)  # bytes; no number depends on it

    def __post_init__(self) -> None:
        """Check what no single point shows; a ScenarioError names what is wrong."""
        right = f"a list is needed, of {', '.join(NAMES)}"
        engines = fields.distinct(self.engines, "engines", right)  # from Python it may be anything
        given = {
            "title": fields.text(self.title, "title"),
            "scenario": fields.plain(self.scenario),
            "axes": tuple(self.axes),
            "engines": tuple(fields.choice(name, "engines", NAMES) for name in engines),
            "replicates": enough(self.replicates),
            "seed": named(self.seed).seed,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)
        _ = self.family  # refuses what is no table, and axes of the same field

    @cached_property
    def family(self) -> Family:
        """The scenarios of the sweep, which all engines simulate."""
        return Family(self.title, self.scenario, self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many engines, and how many values on each axis."""
        return (len(self.engines), *self.family.shape)

    @property
    def size(self) -> int:
        """The number of points."""
        return prod(self.shape)

    def document(self) -> dict[str, dict[str, object]]:
        """All that the numbers of the sweep depend on, but what they are computed in."""
        engines = list(self.engines)
        settings = {"engines": engines, "replicates": self.replicates, "seed": self.seed}
        return {
            "sweep": settings,
            "grid": {axis.field: list(axis.values) for axis in self.axes},
            "scenario": dict(self.scenario),
        }

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every point, the last axis running fastest; a ScenarioError names one that cannot be."""
        if self.size > MOST_POINTS:
            raise ScenarioError(f"grid: {self.size:,} points; {MOST_POINTS:,} at most")
        scenarios = [(cell, self._scenario(cell)) for cell in np.ndindex(self.family.shape)]
        return tuple(
            self._point(engine, (number, *cell), scenario)
            for number, engine in enumerate(self.engines)
            for cell, scenario in scenarios
        )

    def _scenario(self, cell: tuple[int, ...]) -> Scenario:
        try:
            return self.family.scenario_at(cell)
        except ScenarioError as error:
            raise ScenarioError(f"at {in_words(self.family.changes_at(cell))}: {error}") from None

    def _point(self, engine: str, index: Index, scenario: Scenario) -> Point:
        from update_magnitude.simulations.rounding import require_digits
        from update_magnitude.simulations.simulation import Experiment

        try:
            Experiment([scenario], self.seed, engine=engine, dtype=self.dtype, memory=self.memory)
            if self.dtype == "float32" and engine == "dense":
                require_digits([scenario])
        except ScenarioError as error:
            raise ScenarioError(f"at {self.place(index)}: {error}") from None
        return Point(engine, index, scenario)

    def place(self, index: Index) -> str:
        """The coordinates of a point in words: its engine, and the values of its fields."""
        engine = {"engine": self.engines[index[0]]}
        return in_words(engine | self.family.changes_at(index[1:]))


def sweep_of(title: str, document: Mapping[str, Mapping[str, Any]]) -> Sweep:
    """The sweep of which ``document`` is what ``Sweep.document`` says."""
    settings = document["sweep"]
    return Sweep(
        title=title,
        scenario=document["scenario"],
        axes=tuple(Axis(field, tuple(values)) for field, values in document["grid"].items()),
        engines=tuple(settings["engines"]),
        replicates=settings["replicates"],
        seed=settings["seed"],
    )
