"""A sweep: a scenario, the fields that vary, and the points of the grid that they span."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError, changed, fields, parse
from update_magnitude.simulations.engines import NAMES
from update_magnitude.simulations.numerics.moments import enough
from update_magnitude.simulations.resources import MEMORY
from update_magnitude.simulations.streams import named

MOST_POINTS = 100_000  # each of them is about twelve small files


@dataclass(frozen=True)
class Axis:
    """A field of the scenario and the values that it takes."""

    field: str  # as in "optima.distance.specific"
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Take NumPy's numbers and arrays for Python's, and refuse values that are no list.

        Raises:
            ScenarioError: naming the field.
        """
        fields.text(self.field, "grid")
        values = fields.listed(self.values)
        if not isinstance(values, list) or not values:
            fields.fail(f"grid.{self.field}", values, "a list of values is needed, one at least")
        known = set()
        for value in values:
            same = value if isinstance(value, int | float | str) else repr(value)
            if same in known:
                fields.fail(f"grid.{self.field}", value, "it is there twice")
            known.add(same)
        object.__setattr__(self, "values", tuple(values))

    @property
    def labels(self) -> np.ndarray:
        """The values as the coordinate of a dataset: numbers or texts; what is neither, as JSON.

        Example:
            >>> Axis("tasks.samples", (10, [10, 20])).labels.tolist()
            ['10', '[10, 20]']
        """
        kinds = {type(value) for value in self.values}
        if kinds <= {int, float} or kinds == {str}:
            return np.array(self.values)
        return np.array([json.dumps(value) for value in self.values])


@dataclass(frozen=True)
class Point:
    """One scenario of the grid and the engine that runs it."""

    engine: str
    index: tuple[int, ...]  # into the engines, then into each axis
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
    scenario: Mapping[str, Any]  # the tables of a scenario file; the axes replace fields in it
    axes: tuple[Axis, ...]
    engines: tuple[str, ...]
    replicates: int
    seed: int
    dtype: str | None = None  # to compute in; the widest that the device has, if not given
    memory: int = field(default=MEMORY, compare=False)  # bytes; no number depends on it

    def __post_init__(self) -> None:
        """Check what no single point shows.

        Raises:
            ScenarioError: naming what is wrong.
        """
        if not isinstance(self.scenario, Mapping):
            fields.fail("scenario", self.scenario, "the tables of one, such as scenario.document()")
        names = [axis.field for axis in self.axes]
        for name in names:
            if names.count(name) > 1:
                fields.fail("grid", names, f"{name} is there twice")
        engines: Any = self.engines  # from Python it may be anything
        if isinstance(engines, str) or not engines:
            fields.fail("engines", engines, f"a list is needed, of {', '.join(NAMES)}")
        given = {
            "title": fields.text(self.title, "title"),
            "scenario": fields.plain(self.scenario),
            "axes": tuple(self.axes),
            "engines": tuple(fields.choice(name, "engines", NAMES) for name in self.engines),
            "replicates": enough(self.replicates),
            "seed": named(self.seed).seed,
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many engines, and how many values on each axis."""
        return (len(self.engines), *(len(axis.values) for axis in self.axes))

    @property
    def size(self) -> int:
        """The number of points."""
        return prod(self.shape)

    def document(self) -> dict[str, Any]:
        """All that the numbers of the sweep depend on, but what they are computed in."""
        return {
            "sweep": {
                "engines": list(self.engines),
                "replicates": self.replicates,
                "seed": self.seed,
            },
            "grid": {axis.field: list(axis.values) for axis in self.axes},
            "scenario": dict(self.scenario),
        }

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every point of the grid, the last axis running fastest.

        Raises:
            ScenarioError: if one of them cannot be, or cannot be simulated, naming the point.
        """
        if self.size > MOST_POINTS:
            raise ScenarioError(f"grid: {self.size:,} points; {MOST_POINTS:,} at most")
        scenarios = [
            (cell, self._scenario(cell))
            for cell in product(*(range(len(axis.values)) for axis in self.axes))
        ]
        return tuple(
            self._point(engine, (number, *cell), scenario)
            for number, engine in enumerate(self.engines)
            for cell, scenario in scenarios
        )

    def _scenario(self, cell: tuple[int, ...]) -> Scenario:
        changes = self._changes(cell)
        try:
            return parse(changed(self.scenario, changes), self.title)
        except ScenarioError as error:
            raise ScenarioError(f"at {_shown(changes)}: {error}") from None

    def _point(self, engine: str, index: tuple[int, ...], scenario: Scenario) -> Point:
        from update_magnitude.simulations.rounding import require_digits
        from update_magnitude.simulations.simulation import Experiment

        try:
            Experiment([scenario], self.seed, engine=engine, dtype=self.dtype, memory=self.memory)
            if self.dtype == "float32" and engine == "dense":
                require_digits([scenario])
        except ScenarioError as error:
            raise ScenarioError(f"at {self.place(index)}: {error}") from None
        return Point(engine, index, scenario)

    def place(self, index: tuple[int, ...]) -> str:
        """The coordinates of a point in words: its engine, and the values of its fields."""
        return _shown({"engine": self.engines[index[0]], **self._changes(index[1:])})

    def _changes(self, cell: tuple[int, ...]) -> dict[str, Any]:
        pairs = zip(self.axes, cell, strict=True)
        return {axis.field: axis.values[number] for axis, number in pairs}


def sweep_of(title: str, document: Mapping[str, Any]) -> Sweep:
    """The sweep of which ``document`` is what ``Sweep.document`` says.

    Example:
        >>> from update_magnitude.scenarios import load_document
        >>> scenario = load_document("two-close-tasks")
        >>> sweep = Sweep("noise", scenario, (Axis("tasks.noise", (0.0, 0.5)),), ("law",), 1000, 0)
        >>> sweep_of("noise", sweep.document()) == sweep
        True
    """
    settings = document["sweep"]
    return Sweep(
        title=title,
        scenario=document["scenario"],
        axes=tuple(Axis(field, tuple(values)) for field, values in document["grid"].items()),
        engines=tuple(settings["engines"]),
        replicates=settings["replicates"],
        seed=settings["seed"],
    )


def _shown(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{field} = {fields.shown(value)}" for field, value in changes.items())
