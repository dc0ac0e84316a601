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


def numbers_of(scenario: Scenario, lines: Sequence[Sequence[Scenario]] = ()) -> Numbers:
    """The numbers of scenarios that differ along axes.

    Args:
        scenario: one of them, at the first value of every axis.
        lines: per axis the scenarios along it from there, which differ in numbers alone.

    Returns:
        Arrays that broadcast over the axes.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [float(sigma) for sigma in numbers_of(preset("two-close-tasks")).noise]
        [0.3, 0.3]
    """
    table = _Table([_leaves(scenario), *([_leaves(entry) for entry in line] for line in lines)])
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


def structure(scenario: Scenario) -> tuple[Any, ...]:
    """What scenarios have in common that differ in numbers alone."""
    updates, optima = scenario.updates, scenario.optima
    ways = (updates.strategy, updates.specific, updates.trainable)
    choice = (updates.signal, updates.threshold)
    known = (scenario.blocks.names, scenario.tasks.count, optima.direction, optima.gram)
    return (*known, *ways, *choice)


class _Table:
    """Numbers of scenarios along axes, by name and place."""

    def __init__(self, leaves: Any) -> None:
        self._first, *lines = leaves
        self._lines = [
            {name: np.stack([entry[name] for entry in line], axis=-1) for name in self._first}
            for line in lines
        ]

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


def _leaves(scenario: Scenario) -> dict[str, Array]:
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
