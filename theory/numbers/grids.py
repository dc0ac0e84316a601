"""Exact means over a grid of scenarios: result R on whole arrays, for maps.

The numbers that result R needs (sizes, samples, noise, scales, coordinates of the optima) are
affine in every numerical field of a scenario. So two scenarios per field say what all points of a
grid are, and hundreds of thousands of them take as long as a hundred one by one. Numbers are of
float64, and forgetting is a difference of risks: ``predict`` has more digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import (
    Scenario,
    ScenarioError,
    coordinates,
    fields,
    finite_moments,
    varied,
)
from update_magnitude.scenarios.finite_moments import MEAN, Tails, degrees_of_freedom, is_finite
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.dynamics import weights

Numbers = NDArray[np.float64]
WHOLE = re.compile(r"blocks\..*|tasks\.samples")  # fields of whole numbers
ROUNDING = 1e-9  # relative, by which a field may miss being affine
EXACT = 4 * np.finfo(float).eps  # relative, by which a sum may miss 0, or a scale 1


class Axis(NamedTuple):
    """A field of a scenario, by its dotted key, and the values that it takes."""

    key: str
    values: Numbers


class GridMeans(NamedTuple):
    """Exact means at every point, one dimension per axis; NaN where there are none."""

    forgetting: Numbers
    generalization: Numbers
    learning_error: Numbers


def axis(key: str, values: Any) -> Axis:
    """An axis; values of fields of whole numbers are rounded, and each occurs once.

    Raises:
        ScenarioError: if the values are no list of finite numbers.

    Example:
        >>> axis("tasks.samples", [1.2, 1.4, 3.0]).values.tolist()
        [1.0, 3.0]
    """
    fields.text(key, "axis")
    numbers = _finite(key, values)
    return Axis(key, np.unique(numbers.round()) if WHOLE.fullmatch(key) else numbers)


def _finite(key: str, values: Any) -> Numbers:
    """A list of finite numbers."""
    given = fields.listed(values)
    if not isinstance(given, list) or not given:
        fields.fail(key, given, "a list of numbers is needed")
    return np.array([fields.number(value, key) for value in given])


def predict_grid(scenario: Scenario, axes: Sequence[Axis]) -> GridMeans:
    """Exact forgetting, generalization and learning error over a grid.

    Args:
        scenario: any whose strategy is not ``hybrid``; what the axes do not vary.
        axes: different fields that are numbers, each with two different values at least.

    Returns:
        Arrays with one dimension per axis.

    Raises:
        ScenarioError: if a value is impossible, or a field is no number that a grid can vary.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> found = predict_grid(close, [axis("optima.distance.specific", [0.2, 2.0])])
        >>> found.forgetting.round(4).tolist()
        [-0.8095, 0.428]

    Source: docs/model.md, result R.
    """
    require_scenario(scenario)
    axes = _checked(axes)
    numbers = _Numbers.over(scenario, axes)
    schedule = scenario.schedule
    with np.errstate(all="ignore"):  # formulas of the other regime, which are not used
        return _summary(scenario, numbers, schedule)


def _checked(axes: Sequence[Axis]) -> list[Axis]:
    """Axes of different fields, with finite numbers."""
    keys = [key for key, _ in axes]
    for key in keys:
        if keys.count(key) > 1:
            raise ScenarioError(f"{key}: two axes vary it; give each field one axis")
    return [Axis(key, _finite(key, values)) for key, values in axes]


@dataclass(frozen=True)
class _Numbers:
    """What result R needs: values at one point of the grid, and slopes along its axes."""

    at: tuple[Numbers, ...]  # sizes [B], samples, noise and scale [T], optima [T, k] per block
    slopes: tuple[tuple[Numbers, ...], ...]  # per axis the same
    steps: tuple[Numbers, ...]  # per axis the distances from that point, shaped to broadcast

    @classmethod
    def over(cls, scenario: Scenario, axes: Sequence[Axis]) -> _Numbers:
        """The numbers of a scenario over a grid."""
        ends = [_ends(of) for of in axes]
        first = varied(scenario, {of.key: low for of, (low, _) in zip(axes, ends, strict=True)})
        at, slopes, steps = _read(first), [], []
        for place, (of, (low, high)) in enumerate(zip(axes, ends, strict=True)):
            other = _read(varied(first, {of.key: high}))
            slope = _slope(of.key, at, other, high - low)
            middle = _whole(of.key, (low + high) / 2)
            _require_affine(of.key, at, slope, middle - low, _read(varied(first, {of.key: middle})))
            slopes.append(slope)
            shape = [1] * len(axes)
            shape[place] = len(of.values)
            steps.append((of.values - low).reshape(shape))
        for corner in _corners(axes):
            varied(scenario, corner)  # raises where a value is impossible
        return cls(at, tuple(slopes), tuple(steps))

    def value(self, which: int, *index: int) -> Numbers:
        """A number over the grid: which of them, and its place there; of all, broadcast."""
        total: Numbers = np.asarray(self.at[which][index])
        grid = (1,) * len(self.steps)
        total = total.reshape(total.shape + grid)
        size = np.abs(total)
        for slope, step in zip(self.slopes, self.steps, strict=True):
            part = slope[which][index]
            if np.any(part):
                rise = part.reshape(part.shape + grid) * step
                total, size = total + rise, size + np.abs(rise)
        return np.where(np.abs(total) <= EXACT * size, 0.0, total)  # 0 is 0, and not rounding


SIZES, SAMPLES, NOISE, SCALE, OPTIMA = range(5)


def _read(scenario: Scenario) -> tuple[Numbers, ...]:
    tasks, updates = scenario.tasks, scenario.updates
    rows = (scenario.blocks.sizes, tasks.samples, tasks.noise, updates.scale)
    points = (block.astype(float) for block in coordinates(scenario))
    return (*(np.array(row, float) for row in rows), *points)


def _ends(of: Axis) -> tuple[Any, Any]:
    """Two values between which a field is affine: at 0 an optimum spans fewer dimensions."""
    if of.key == "tasks.count":
        raise ScenarioError(f"{of.key}: it changes how many tasks there are; a map varies a number")
    low, high = float(of.values.min()), float(of.values.max())
    if not (np.isfinite([low, high]).all() and low < high):
        raise ScenarioError(f"{of.key}: a map needs two different values, from low to high")
    if low == 0:
        low = high / 2
    return _whole(of.key, low), _whole(of.key, high)


def _whole(key: str, value: float) -> Any:
    return round(value) if WHOLE.fullmatch(key) else value


def _slope(
    key: str, at: tuple[Numbers, ...], other: tuple[Numbers, ...], step: float
) -> tuple[Numbers, ...]:
    if any(one.shape != two.shape for one, two in zip(at, other, strict=True)):
        raise ScenarioError(f"{key}: no number of a scenario that a map can vary")
    return tuple((two - one) / step for one, two in zip(at, other, strict=True))


def _require_affine(
    key: str,
    at: tuple[Numbers, ...],
    slope: tuple[Numbers, ...],
    step: float,
    found: tuple[Numbers, ...],
) -> None:
    for one, rise, two in zip(at, slope, found, strict=True):
        if not np.allclose(one + rise * step, two, rtol=ROUNDING, atol=ROUNDING):
            raise ScenarioError(f"{key}: no number of a scenario that a map can vary")


def _corners(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """The corners of the grid, as changes to a scenario."""
    for corner in np.ndindex(*[2] * len(axes)):
        yield {
            of.key: _whole(of.key, float((of.values.min(), of.values.max())[end]))
            for of, end in zip(axes, corner, strict=True)
        }


def _summary(scenario: Scenario, numbers: _Numbers, schedule: Sequence[Any]) -> GridMeans:
    """Run result R over the grid, and take the means over tasks."""
    blocks, tasks = range(len(scenario.blocks.sizes)), range(scenario.tasks.count)
    nothing = [np.zeros((1,)) for _ in blocks]
    mean, spread = list(nothing), [np.zeros(()) for _ in blocks]
    tails, finite = finite_moments.at_zero(nothing), []

    def risk(i: int) -> Numbers:
        gaps = (((numbers.value(OPTIMA + b, i) - mean[b]) ** 2).sum(0) + spread[b] for b in blocks)
        return np.asarray(sum(gaps))

    own = []
    for t in tasks:
        if t == 0 or schedule[t].reset:
            mean = [np.zeros_like(numbers.value(OPTIMA + b, t)) for b in blocks]
            spread = [np.zeros(()) for _ in blocks]
            tails = finite_moments.at_zero(mean)
        mean, spread, tails = _learn(numbers, schedule[t].trainable, t, mean, spread, tails)
        finite.append(is_finite(MEAN, tails.least))
        own.append(risk(t))
    last = [risk(i) for i in tasks]
    grid = np.broadcast_shapes(*(step.shape for step in numbers.steps), *(of.shape for of in last))
    lost = [last[i] - own[i] for i in tasks[:-1]]
    always = np.logical_and.reduce(np.broadcast_arrays(*finite))
    return GridMeans(
        _mean(lost, grid, always), _mean(last, grid, finite[-1]), _mean(own, grid, always)
    )


def _mean(values: Sequence[Numbers], grid: tuple[int, ...], finite: Any) -> Numbers:
    """The mean over tasks; NaN where one of them has none, or there is none."""
    if not values:
        return np.full(grid, np.nan)
    total = np.where(finite, np.asarray(sum(values)) / len(values), np.nan)
    return np.broadcast_to(np.where(np.isfinite(total), total, np.nan), grid).copy()


def _learn(
    numbers: _Numbers,
    moves: Sequence[bool],
    t: int,
    mean: list[Numbers],
    spread: list[Numbers],
    tails: Tails,
) -> tuple[list[Numbers], list[Numbers], Tails]:
    """One update of every scenario of the grid; where a mean is infinite, numbers mean nothing."""
    blocks = range(len(mean))
    sizes, sigma = [numbers.value(SIZES, b) for b in blocks], numbers.value(NOISE, t)
    optimum = [numbers.value(OPTIMA + b, t) for b in blocks]
    gaps = [((optimum[b] - mean[b]) ** 2).sum(0) for b in blocks]
    drift = [gap + of for gap, of in zip(gaps, spread, strict=True)]  # E‖d‖²_b
    moved = np.asarray(sum((drift[b] for b in blocks if moves[b]), np.zeros(())))
    held = np.asarray(sum((drift[b] for b in blocks if not moves[b]), np.zeros(())))
    m = np.asarray(sum((sizes[b] for b in blocks if moves[b]), np.zeros(())))
    alpha, n = numbers.value(SCALE, t), numbers.value(SAMPLES, t)
    alpha = np.where(np.abs(alpha - 1) <= EXACT, 1.0, alpha)
    learned = finite_moments.after_update(tails, moves, sizes, n, sigma, alpha, optimum)
    noise = np.where(learned.noisy, held + sigma**2, 0.0)
    shrink, reach, jitter, b_, c = _factors(m, n, alpha)
    after, wider = list(mean), list(spread)
    for b in blocks:
        if not moves[b]:
            continue
        kept = weights()(shrink, reach, jitter, b_, c, alpha, sizes[b])[:4]
        wider[b] = kept[0] * spread[b] + kept[1] * gaps[b] + kept[2] * moved + kept[3] * noise
        after[b] = shrink * mean[b] + reach * optimum[b]
    return after, wider, learned.tails


def _factors(m: Numbers, n: Numbers, alpha: Numbers) -> list[Numbers]:
    """The coefficients of result R: those of either regime, without c where it is infinite."""
    from update_magnitude.theory.proofs.lowering import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_coefficients
    from update_magnitude.theory.results.update import overparameterized, underparameterized

    arguments = (symbols.n, symbols.m, symbols.alpha)
    over, under = (
        lower(arguments, of.shrink, of.reach, of.jitter, of.b, of.c)(n, m, alpha)
        for of in map(spread_coefficients, (overparameterized(), underparameterized()))
    )
    signal = [np.where(m > n, one, two) for one, two in zip(over, under, strict=True)]
    signal[-1] = np.where(is_finite(MEAN, degrees_of_freedom(m, n)), signal[-1], 0.0)
    return [np.where(m == 0, of, factor) for of, factor in zip(NO_UPDATE, signal, strict=True)]


NO_UPDATE = (1.0, 0.0, 0.0, 0.0, 0.0)  # shrink 1, and nothing else: no parameter moves
