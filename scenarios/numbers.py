"""The numbers of scenarios that differ in numbers alone, as arrays over axes.

They are what theory evaluates: sizes, samples, noise, scales, and coordinates of the optima.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.axes import Axis
from update_magnitude.scenarios.geometry import coordinates, optima_of_steps
from update_magnitude.scenarios.keys import KEYS, Frame
from update_magnitude.scenarios.schema import Scenario

Array = NDArray[np.longdouble]
Rows = Any  # an array, or a list of arrays, one for each block, task or step
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


def place_of(field: str) -> tuple[str, str] | None:
    """The key and the block, if it is of one, of a field of numbers; None of any other field."""
    key, _, block = field.rpartition(".")
    if field in VARYING and not KEYS[field].by_block:
        return field, ""
    return (key, block) if key in VARYING and KEYS[key].by_block else None


def numbers_of(scenario: Scenario, axes: Sequence[Axis] = ()) -> Numbers:
    """The numbers of scenarios that differ along axes of numbers, from one of these scenarios.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [float(sigma) for sigma in numbers_of(preset("two-close-tasks")).noise]
        [0.3, 0.3]
    """
    grid, names = (1,) * len(axes), scenario.blocks.names
    frame = Frame(names, scenario.tasks.count)
    rows = {key: _arrays(scenario.value(key), grid) for key in VARYING}
    varying = set()
    for a, axis in enumerate(axes):
        key, block = place_of(axis.field) or ("", "")
        varying.add(key)
        shape = (*grid[:a], len(axis.values), *grid[a + 1 :])
        along = _along([KEYS[key].series(v, axis.field, frame) for v in axis.values], shape)
        if block:
            rows[key][names.index(block)] = along
        else:
            rows[key] = along
    if varying & {"optima.norm", "optima.distance"}:
        points = [
            optima_of_steps(norm, rows["optima.distance"][b], scenario.optima.direction)
            for b, norm in enumerate(rows["optima.norm"])
        ]
    else:
        points = [block.reshape(block.shape + grid) for block in coordinates(scenario)]
    keys = ("blocks", "tasks.samples", "tasks.noise", "updates.scale")
    sizes, samples, noise, scale = (tuple(rows[key]) for key in keys)
    return Numbers(sizes, samples, noise, scale, tuple(points))


def _arrays(value: object, shape: tuple[int, ...]) -> Rows:
    """Numbers of a scenario as arrays that are the same everywhere."""
    if isinstance(value, tuple):
        return [_arrays(part, shape) for part in value]
    return np.full(shape, value, np.longdouble)


def _along(values: Sequence[object], shape: tuple[int, ...]) -> Rows:
    """Numbers along an axis as an array, or series of them as one array for each place in these."""
    if isinstance(values[0], tuple):
        return [_along(column, shape) for column in zip(*values, strict=True)]
    return np.array(values, np.longdouble).reshape(shape)
