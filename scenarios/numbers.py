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
from update_magnitude.scenarios.keys import DISTRIBUTIONS, KEYS, Frame
from update_magnitude.scenarios.schema import Scenario, least_forgetting_weights

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
    variance: tuple[Array, ...]  # v_b of the features of this task
    penalty: Array  # λ
    weights: tuple[Array, ...]  # ρ_b
    steps: Array | None = None  # k of gradient descent; None: the solution
    rate: Array | None = None  # η
    normal: bool = True  # whether the features are normal

    @property
    def m(self) -> Array:
        """``|S_t|``, the number of parameters that move: those whose features are not all 0."""
        pairs = zip(self.sizes, self.variance, strict=True)
        return self.total([np.where(v > 0, size, 0) for size, v in pairs], moving=True)

    @property
    def bounded(self) -> NDArray[np.bool_]:
        """Whether a penalty, or the end of descent, bounds what becomes of any noise."""
        return np.asarray((self.penalty > 0) | (self.steps is not None))

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
    variance: tuple[tuple[Array, ...], ...]  # v_{k,b}, per block and task
    penalty: tuple[Array, ...]  # λ_t
    weights: tuple[tuple[Array, ...], ...]  # ρ_{t,b}, per block and task
    steps: tuple[Array, ...] | None = None  # k_t; None: solutions
    rate: tuple[Array, ...] | None = None  # η_t
    normal: bool = True  # whether the features are normal

    def update(self, task: int, moves: tuple[bool, ...]) -> Update:
        """The update of a task, counted from 0."""
        return Update(
            sizes=self.sizes,
            moves=moves,
            scale=self.scale[task],
            samples=self.samples[task],
            noise=self.noise[task],
            variance=tuple(series[task] for series in self.variance),
            penalty=self.penalty[task],
            weights=tuple(series[task] for series in self.weights),
            steps=None if self.steps is None else self.steps[task],
            rate=None if self.rate is None else self.rate[task],
            normal=self.normal,
        )


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
    given = {key: scenario.value(key) for key in VARYING}
    rows = {key: _arrays(value, grid) for key, value in given.items() if value is not None}
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
    variance = tuple(map(tuple, rows["features.variance"]))
    weights = tuple(map(tuple, rows["updates.weights"]))
    if scenario.updates.strategy == "least-forgetting":
        weights = _least_forgetting(variance)
    return Numbers(
        sizes=tuple(rows["blocks"]),
        samples=tuple(rows["tasks.samples"]),
        noise=tuple(rows["tasks.noise"]),
        scale=tuple(rows["updates.scale"]),
        optima=tuple(points),
        variance=variance,
        penalty=tuple(rows["updates.penalty"]),
        weights=weights,
        steps=tuple(rows["updates.steps"]) if "updates.steps" in rows else None,
        rate=tuple(rows["updates.rate"]) if "updates.rate" in rows else None,
        normal=scenario.features.distribution == DISTRIBUTIONS[0],
    )


def _least_forgetting(variance: tuple[tuple[Array, ...], ...]) -> tuple[tuple[Array, ...], ...]:
    """ρ_{t,b} per block and task."""
    tasks = range(len(variance[0]))
    weights = [least_forgetting_weights([series[:t] for series in variance]) for t in tasks]
    return tuple(zip(*weights, strict=True))


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
