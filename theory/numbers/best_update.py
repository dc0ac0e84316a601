"""The penalty and the weights that are best for a measure, as a scenario that has them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError, fields, varied
from update_magnitude.scenarios.axes import Axis
from update_magnitude.scenarios.numbers import Numbers, Update, numbers_of
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.dynamics import State, apply, at_zero, risks, variances

MEASURES = ("risk", "generalization", "forgetting")
LARGEST_WEIGHT = 1e9  # of the least: of a block that has nothing to learn
REACH = 1e8  # by how much λρ_b may be larger or smaller than the features are
NUDGE = 1e-5  # of log λρ_b, over which slopes are taken
TOLERANCE = 1e-10  # of slopes, relative to the measure
Vector = NDArray[np.float64]


class Chosen(NamedTuple):
    """λ and ρ_b, of which the least is 1, of one update."""

    penalty: float
    weights: Vector


def best_update(scenario: Scenario, measure: str = "risk") -> Scenario:
    """The scenario with the penalty and the weights of its updates that make a measure least.

    All blocks train at every task, with scale 1. For ``risk`` each update, from the first on, is
    the best for its own task given θ_{t−1}: λρ_b = N p_b/(n E‖d_b‖²), d = θ*_t − θ_{t−1} and
    N = σ², at which R_t(θ_t) is least of all λ and ρ. For ``generalization`` and ``forgetting``
    the earlier updates are these, and λρ_b of the last is where the measure is least by result D:
    the lowest end of descents from this closed form, from it with each block held, and from weak
    and strong penalties. So it is greedy in all tasks but the last.

    Args:
        scenario: whose updates are replaced; sizes, features, tasks and optima are kept.
        measure: ``risk`` of each task when it is learned, or of all tasks at the end
            ``generalization`` or ``forgetting``.

    Returns:
        The scenario with the strategy ``initialized`` and explicit ``updates.penalty`` and
        ``updates.weights``, the least of which is 1.

    Raises:
        ScenarioError: if there is no such measure, or for the forgetting of a single task.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.theory import predict
        >>> close = scenarios.preset("two-close-tasks")
        >>> best = best_update(close, "generalization")
        >>> best.updates.strategy
        'initialized'
        >>> bool(predict(best).generalization < predict(close).generalization)
        True

    Source: docs/model.md, the optimal update.
    """
    require_scenario(scenario)
    fields.choice(measure, "measure", MEASURES)
    if measure == "forgetting" and scenario.tasks.count == 1:
        raise ScenarioError(f"{scenario.title}: forgetting compares tasks: it needs at least two")
    plain = varied(scenario, {"updates": {"strategy": "initialized"}})
    numbers = numbers_of(plain, [Axis("updates.penalty", (0.0,))])  # arrays over an axis of one
    chosen, before = [], at_zero(numbers.optima)
    for task in range(scenario.tasks.count):
        chosen.append(_best_for_task(numbers, before, task))
        if measure != "risk" and task == scenario.tasks.count - 1 > 0:
            chosen[-1] = _LastUpdate(numbers, before, measure).best(chosen[-1])
        before, _ = apply(_update(numbers, task, chosen[-1]), before, numbers.optima, task, None)
    return _with_updates(scenario, chosen)


def _with_updates(scenario: Scenario, chosen: Sequence[Chosen]) -> Scenario:
    """The scenario with these penalties and weights, in which all blocks train."""
    weights = np.array([one.weights for one in chosen]).T.tolist()
    updates = {
        "strategy": "initialized",
        "penalty": [one.penalty for one in chosen],
        "weights": dict(zip(scenario.blocks.names, weights, strict=True)),
    }
    return varied(scenario, {"updates": updates})


def _best_for_task(numbers: Numbers, before: State, task: int) -> Chosen:
    """λρ_b = N p_b/(n E‖d_b‖²); blocks where E‖d_b‖² is 0 are held, all of them by the penalty."""
    drift = [
        ((points[task] - mean) ** 2).sum(0) + spread
        for points, mean, spread in zip(numbers.optima, before.mean, before.spread, strict=True)
    ]
    with np.errstate(divide="ignore"):
        shares = [size / square for size, square in zip(numbers.sizes, drift, strict=True)]
    wanted = np.array(np.broadcast_arrays(*shares), float)[:, 0]
    noise = float(np.squeeze(numbers.noise[task] ** 2 / numbers.samples[task]))
    _, strong = _reach(numbers, task)
    least = wanted.min()
    if not np.isfinite(least):
        return Chosen(strong, np.ones(len(wanted)))
    return Chosen(min(noise * least, strong), np.minimum(wanted / least, LARGEST_WEIGHT))


def _reach(numbers: Numbers, task: int) -> tuple[float, float]:
    """The least and the largest λρ_b that make a difference: those of no penalty and of no update.

    Features have eigenvalues up to about v(1 + √(P/n))².
    """
    ratio = sum(numbers.sizes) / numbers.samples[task]
    largest = max(float(series[task].max()) for series in numbers.variance) or 1.0
    size = largest * float(np.squeeze(1 + np.sqrt(ratio)) ** 2)
    return size / REACH, size * REACH


def _update(numbers: Numbers, task: int, chosen: Chosen) -> Update:
    """The update of a task that trains all blocks."""
    update = numbers.update(task, (True,) * len(numbers.sizes))
    weights = tuple(np.full(1, weight, np.longdouble) for weight in chosen.weights)
    return update._replace(penalty=np.full(1, chosen.penalty, np.longdouble), weights=weights)


class _LastUpdate:
    """A measure as a function of log λρ_b of the last update, given all before it."""

    def __init__(self, numbers: Numbers, before: State, measure: str) -> None:
        self.numbers, self.before, self.variance = numbers, before, variances(numbers)
        self.task = len(numbers.samples) - 1
        # At their own tasks risks are as they are: forgetting is least where those at the end are.
        self.counted = slice(-1) if measure == "forgetting" else slice(None)
        self.bounds = tuple(map(math.log, _reach(numbers, self.task)))

    def values(self, logs: NDArray[np.float64]) -> NDArray[np.longdouble]:
        """The mean of the risks that count, at several points, [K], from log λρ_b [blocks, K]."""
        update = self.numbers.update(self.task, (True,) * len(logs))
        weights = tuple(np.exp(row.astype(np.longdouble)) for row in logs)
        update = update._replace(penalty=np.ones(1, np.longdouble), weights=weights)
        after, _ = apply(update, self.before, self.numbers.optima, self.task, None)
        found = risks(after, self.numbers.optima, self.variance)
        return np.asarray(found[self.counted].mean(axis=0))

    def value_and_slope(self, logs: Vector) -> tuple[float, Vector]:
        """The value at a point and its gradient, by central differences."""
        steps = NUDGE * np.eye(len(logs))
        points = np.concatenate(
            [logs[:, None], logs[:, None] + steps, logs[:, None] - steps], axis=1
        )
        value, up, down = np.split(self.values(points), [1, 1 + len(logs)])
        return float(value[0]), ((up - down) / (2 * NUDGE)).astype(float)

    def best(self, closed: Chosen) -> Chosen:
        """Where the measure is least, of all that descents reach."""
        from scipy.optimize import minimize

        low, high = self.bounds
        with np.errstate(divide="ignore"):
            first = np.clip(np.log(closed.penalty * closed.weights), low, high)
        size = abs(self.value_and_slope(first)[0]) or 1.0

        def relative(logs: Vector) -> tuple[float, Vector]:
            value, slope = self.value_and_slope(logs)
            return value / size, slope / size

        options = {"ftol": 1e-15, "gtol": TOLERANCE, "maxiter": 1000}
        ends = [
            minimize(
                relative,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=[(low, high)] * len(first),
                options=options,
            )
            for start in _starts(first, low, high)
        ]
        found = np.exp(min(ends, key=lambda end: float(end.fun)).x)
        return Chosen(float(found.min()), found / found.min())


def _starts(first: Vector, low: float, high: float) -> Iterator[Vector]:
    """The closed form, weak and strong penalties, and the closed form with one block held."""
    middle = (low + high) / 2
    yield first
    for shift in (-4.0, 0.0, 4.0):
        yield np.full(len(first), middle + shift)
    for b in range(len(first)):
        other = first.copy()
        other[b] = middle + 4
        yield other
