"""The numbers of scenarios that differ in numbers alone, as arrays over axes.

They are what theory evaluates: sizes, samples, noise, scales, and coordinates of the optima.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.geometry import coordinates, optima_of_steps
from update_magnitude.scenarios.keys import KEYS
from update_magnitude.scenarios.schema import Scenario

Array = NDArray[np.longdouble]
Leaves = dict[str, Array]  # numbers of a scenario by key; of several, these along the last axis
VARYING = [key for key, row in KEYS.items() if row.varies]


class Update(NamedTuple):
    """One update: which blocks move and how far, and the samples and the noise that it sees."""

    sizes: tuple[Array, ...]  # p_b
    moves: tuple[bool, ...]  # S_t as a mask
    scale: Array  # α
    samples: Array
    noise: Array  # σ

    @property
    def m(self) -> Array:
        """|S_t|, the number of parameters that move."""
        return self.total(self.sizes, moving=True)

    def total(self, values: Sequence[Array], *, moving: bool) -> Array:
        """The sum over the blocks that move, or over those that do not."""
        chosen = (v for v, moves in zip(values, self.moves, strict=True) if moves == moving)
        return np.asarray(sum(chosen, np.zeros((), np.longdouble)))


class Numbers(NamedTuple):
    """The numbers of a part of a family; each array broadcasts over the axes of the part."""

    sizes: tuple[Array, ...]  # p_b, one per block
    samples: tuple[Array, ...]  # n_t, one per task
    noise: tuple[Array, ...]  # σ_t
    scale: tuple[Array, ...]  # α_t
    optima: tuple[Array, ...]  # coordinates [T, k_b, ...], one per block

    def update(self, task: int, moves: tuple[bool, ...]) -> Update:
        """The update of a task, counted from 0."""
        return Update(self.sizes, moves, self.scale[task], self.samples[task], self.noise[task])


def numbers_of(scenario: Scenario, lines: Sequence[Leaves] = ()) -> Numbers:
    """The numbers of scenarios that differ along axes.

    Args:
        scenario: one of them, at the first value of every axis.
        lines: per axis the leaves of the scenarios along it, which differ in numbers alone.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [float(sigma) for sigma in numbers_of(preset("two-close-tasks")).noise]
        [0.3, 0.3]
    """
    table = _Table(_leaves(scenario), lines)
    direction = scenario.optima.direction
    if any(map(table.varies, ("optima.norm", "optima.distance"))):
        norms = enumerate(table.row("optima.norm"))
        points = tuple(
            optima_of_steps(norm, table.row("optima.distance", b), direction) for b, norm in norms
        )
    else:
        grid = (1,) * len(lines)
        points = tuple(w.reshape(w.shape + grid) for w in coordinates(scenario))
    keys = ("blocks", "tasks.samples", "tasks.noise", "updates.scale")
    sizes, samples, noise, scale = map(table.row, keys)
    return Numbers(sizes, samples, noise, scale, points)


def leaves_of(scenarios: Sequence[Scenario]) -> Leaves:
    """The numbers of scenarios, one after another along the last axis."""
    each = [_leaves(scenario) for scenario in scenarios]
    return {key: np.stack([leaves[key] for leaves in each], axis=-1) for key in VARYING}


def leaves_along(scenario: Scenario, field: str, values: Sequence[object]) -> Leaves | None:
    """The same for a field that is one kind of number, without a scenario for each value.

    None if the field is no single number of the scenario, or a value is none.
    """
    leaves = _leaves(scenario)
    names = scenario.blocks.names
    by_block = [key for key in VARYING if KEYS[key].by_block and len(leaves[key])]
    places: dict[str, tuple[str, tuple[int, ...]]] = {
        **{key: (key, ()) for key in VARYING if not KEYS[key].by_block},
        **{f"{key}.{name}": (key, (b,)) for key in by_block for b, name in enumerate(names)},
    }
    if field not in places or any(type(value) not in (int, float) for value in values):
        return None
    key, place = places[field]
    along = {name: np.repeat(array[..., None], len(values), -1) for name, array in leaves.items()}
    along[key][place] = np.array(values, np.longdouble)
    return along


def structure(scenario: Scenario) -> tuple[object, ...]:
    """What scenarios have in common that differ in numbers alone."""
    others = (key for key in KEYS if key not in VARYING and key != "title")
    return (scenario.blocks.names, *(_value(scenario, key) for key in others))


class _Table:
    """Numbers of scenarios along axes, by key and place."""

    def __init__(self, first: Leaves, lines: Sequence[Leaves]) -> None:
        self._first, self._lines = first, lines

    def varies(self, key: str) -> bool:
        """Whether some axis changes any of the numbers of that key."""
        return any(bool(np.any(line[key] != line[key][..., :1])) for line in self._lines)

    def row(self, key: str, *place: int) -> tuple[Array, ...]:
        """All numbers of that key, each an array that broadcasts over the axes."""
        count = len(self._first[key][place])
        return tuple(self._number(key, (*place, number)) for number in range(count))

    def _number(self, key: str, place: tuple[int, ...]) -> Array:
        grid = [1] * len(self._lines)
        for a, line in enumerate(self._lines):
            values = line[key][place]
            if np.any(values != values[0]):
                grid[a] = len(values)
                return np.asarray(values, np.longdouble).reshape(grid)
        return np.asarray(self._first[key][place], np.longdouble).reshape(grid)


def _leaves(scenario: Scenario) -> Leaves:
    """The numbers of a scenario that a family may vary."""
    return {key: np.array(_value(scenario, key), np.longdouble) for key in VARYING}


def _value(scenario: Scenario, key: str) -> object:
    table, _, name = key.partition(".")
    return getattr(getattr(scenario, table), name or "sizes")
