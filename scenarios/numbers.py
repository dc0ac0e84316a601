"""The numbers of scenarios that differ in numbers alone, as arrays over axes.

They are what theory evaluates: sizes, samples, noise, scales, and coordinates of the optima.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.geometry import coordinates, optima_of_steps
from update_magnitude.scenarios.schema import Scenario

Array = NDArray[np.longdouble]


class Numbers(NamedTuple):
    """The numbers of a part of a family; each array broadcasts over the axes of the part."""

    sizes: tuple[Array, ...]  # p_b, one per block
    samples: tuple[Array, ...]  # n_t, one per task
    noise: tuple[Array, ...]  # σ_t
    scale: tuple[Array, ...]  # α_t
    optima: tuple[Array, ...]  # coordinates [T, k_b, ...], one per block


Leaves = dict[str, Array]  # numbers of a scenario by name; of several, these along the last axis


def numbers_of(scenario: Scenario, lines: Sequence[Leaves] = ()) -> Numbers:
    """The numbers of scenarios that differ along axes.

    Args:
        scenario: one of them, at the first value of every axis.
        lines: per axis the leaves of the scenarios along it, which differ in numbers alone.

    Returns:
        Arrays that broadcast over the axes.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [float(sigma) for sigma in numbers_of(preset("two-close-tasks")).noise]
        [0.3, 0.3]
    """
    table = _Table(_leaves(scenario), lines)
    optima = scenario.optima
    blocks = range(len(scenario.blocks.sizes))
    if optima.gram is not None or not any(map(table.varies, ("norm", "distance"))):
        grid = (1,) * len(lines)
        points = tuple(w.reshape(w.shape + grid) for w in coordinates(scenario))
    else:
        points = tuple(
            optima_of_steps(table.row("norm")[b], table.row("distance", b), optima.direction)
            for b in blocks
        )
    return Numbers(
        table.row("sizes"), table.row("samples"), table.row("noise"), table.row("scale"), points
    )


def leaves_of(scenarios: Sequence[Scenario]) -> Leaves:
    """The numbers of scenarios, one after another along the last axis."""
    each = [_leaves(scenario) for scenario in scenarios]
    return {name: np.stack([leaves[name] for leaves in each], axis=-1) for name in each[0]}


def leaves_along(scenario: Scenario, field: str, values: Sequence[Any]) -> Leaves | None:
    """The same for a field that is one kind of number, without a scenario for each value.

    Args:
        scenario: at one of the values.
        field: its dotted key.
        values: numbers that the field may have.

    Returns:
        The numbers at all values; None if the field is no single number, or a value is none.
    """
    place = _places(scenario).get(field)
    if place is None or any(type(value) not in (int, float) for value in values):
        return None
    count = len(values)
    leaves = {
        name: np.repeat(array[..., None], count, axis=-1)
        for name, array in _leaves(scenario).items()
    }
    name, *index = place
    leaves[name][tuple(index)] = np.array(values, np.longdouble)
    return leaves


def _places(scenario: Scenario) -> dict[str, tuple[Any, ...]]:
    """Where the number of a field stands among the leaves; one number may be that of all tasks."""
    places: dict[str, tuple[Any, ...]] = {
        "tasks.samples": ("samples",),
        "tasks.noise": ("noise",),
        "updates.scale": ("scale",),
    }
    for b, name in enumerate(scenario.blocks.names):
        places[f"blocks.{name}"] = ("sizes", b)
        if scenario.optima.gram is None:
            places[f"optima.norm.{name}"] = ("norm", b)
            places[f"optima.distance.{name}"] = ("distance", b)
    return places


def structure(scenario: Scenario) -> tuple[Any, ...]:
    """What scenarios have in common that differ in numbers alone."""
    updates, optima = scenario.updates, scenario.optima
    ways = (updates.strategy, updates.specific, updates.trainable)
    choice = (updates.signal, updates.threshold)
    known = (scenario.blocks.names, scenario.tasks.count, optima.direction, optima.gram)
    return (*known, *ways, *choice)


class _Table:
    """Numbers of scenarios along axes, by name and place."""

    def __init__(self, first: Leaves, lines: Sequence[Leaves]) -> None:
        self._first, self._lines = first, lines

    def varies(self, name: str) -> bool:
        """Whether some axis changes any of the numbers of that name."""
        return any(bool(np.any(line[name] != line[name][..., :1])) for line in self._lines)

    def row(self, name: str, *place: int) -> tuple[Array, ...]:
        """All numbers of that name, each an array that broadcasts over the axes."""
        count = len(self._first[name][place])
        return tuple(self._number(name, (*place, number)) for number in range(count))

    def _number(self, name: str, place: tuple[int, ...]) -> Array:
        grid = [1] * len(self._lines)
        for a, line in enumerate(self._lines):
            values = line[name][place]
            if np.any(values != values[0]):
                grid[a] = len(values)
                return np.asarray(values, np.longdouble).reshape(grid)
        return np.asarray(self._first[name][place], np.longdouble).reshape(grid)


def _leaves(scenario: Scenario) -> Leaves:
    """The numbers of a scenario that a family may vary."""
    tasks = scenario.tasks
    return {
        "sizes": np.array(scenario.blocks.sizes, np.longdouble),
        "samples": np.array(tasks.samples, np.longdouble),
        "noise": np.array(tasks.noise, np.longdouble),
        "scale": np.array(scenario.updates.scale, np.longdouble),
        "norm": np.array(scenario.optima.norm, np.longdouble),
        "distance": np.array(scenario.optima.distance, np.longdouble),
    }
