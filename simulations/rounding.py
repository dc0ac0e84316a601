"""How large the rounding of an engine may be, in every number that it estimates.

Rounding is a perturbation of θ. What a task adds to it is known beforehand: a share of the unit
roundoff of what is added, subtracted and solved for there. What later tasks make of it is what they
make of any perturbation, and no formula is needed: the engine itself carries it along, in
a *shadow* of the scenario, whose optima are 0 and whose noise is what each task adds. The shadow
has the shape of the scenario, so the compiled program runs it, and its risks are the squared
lengths of the error of θ.

From the length ρ of that error follows that of a risk: |‖θ + ρ − θ*‖² − ‖θ − θ*‖²| ≤ 2ρ√R + ρ².
docs/engines.md says which constants are bounds and which are experience; tests hold them against
arithmetic of many digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Optima, Scenario, ScenarioError, coordinates
from update_magnitude.scenarios.keys import SIGNALS
from update_magnitude.simulations.numerics.moments import Array

CHOICES = ("initialized", "frozen")  # between which gradients decide
SAFETY = 4.0  # units of the last place by which one operation on a whole vector may be off
REFINED = 8  # |m − n| up to which the dense engine refines its solutions; always in float32
SHARE = 0.25  # of the standard error: beyond it rounding counts
SEEN = 1e-6  # of a number: below it rounding changes none of the digits that are printed


def shadows(scenario: Scenario, risks: Array, engine: str, dtype: str) -> list[Scenario]:
    """Scenarios whose risks are squared errors of θ, in units of the unit roundoff squared.

    ``risks`` are the mean risks R_i(θ_t), [T, T], that the engine computes in ``dtype``. Under
    ``hybrid`` there are two shadows, one for each choice at a task.
    """
    choices: tuple[str | None, ...] = (None,)
    if scenario.updates.strategy == "hybrid":
        choices = ("initialized",) if scenario.updates.goes_by_evidence else CHOICES
    return [_shadow(scenario, np.sqrt(risks), engine, dtype, choice) for choice in choices]


def bounds(
    scenario: Scenario,
    risks: Array,
    shadow: Array,
    engine: str,
    dtype: str,
    worth: Sequence[float] | None = None,
) -> Array:
    """How far rounding may move each mean risk, F_T, G_T and L_T, [T² + 3].

    It takes mean risks R_i(θ_t), and those of the shadows added up, [T, T] each. ``worth`` are T
    factors by which R_i is larger in what is estimated.
    """
    # This imports jax, which reading an estimate need not.
    from update_magnitude.simulations.held_rounding import stored

    roundoff = unit_roundoff(dtype)
    carried = roundoff * np.sqrt(np.diagonal(shadow))[:, None]
    length = np.sqrt(risks)
    if engine != "law" and not scenario.is_isotropic:
        carried = roundoff * np.sqrt(shadow)
        last = SAFETY * roundoff * np.cumsum(stored(scenario, length), axis=0)
    elif engine == "law":
        last = _differences(scenario, dtype) + SAFETY * roundoff * length
    else:
        optima = _norms(scenario)
        last = SAFETY * roundoff * (optima[None] + optima[:, None] + np.diagonal(length)[:, None])
    error = carried + last
    squares = np.where(risks > 0, math.sqrt(np.finfo(dtype).tiny), 0.0)  # that would be too small
    bound = 2 * length * error + error**2 + SAFETY * roundoff * risks + squares
    bound = bound if worth is None else bound * np.array(worth)
    return np.concatenate([bound.ravel(), _summaries(scenario, bound)])


def lost(mean: Array, standard_error: Array, rounding: Array) -> NDArray[np.bool_]:
    """Where a number has lost its digits: rounding counts beside the standard error, and is seen.

    Rounding that is itself too large for floating-point numbers has taken all digits.
    """
    counts = rounding > SHARE * standard_error
    seen = rounding > SEEN * np.abs(mean)
    no_digits: NDArray[np.bool_] = (counts & seen) | ~np.isfinite(rounding)
    return no_digits


def unit_roundoff(dtype: str) -> float:
    """Half the distance of 1 from the next number."""
    return float(np.finfo(dtype).eps) / 2


def require_digits(scenarios: Sequence[Scenario]) -> None:
    """Refuse updates so near the interpolation threshold that single precision may lose them.

    A Gram matrix has no digits left in float32 where the condition number of its m × n factor is
    above K = 4096, or 4096/√w where weights make the condition of the Gram matrix w times as large.
    With ν = |m − n| + 1 the probability of that is 0.4 (6.414 max(m, n)/(νK))^ν at most, which must
    be below 10⁻⁶.

    Source: Z. Chen and J. J. Dongarra, Condition numbers of Gaussian random matrices (2005).
    """
    for scenario in scenarios:
        for task, n in enumerate(scenario.tasks.samples):
            for m in _counts(scenario, task):
                degrees, worse = abs(m - n) + 1, math.sqrt(_uneven(scenario, task))
                if 0.4 * (6.414 / 4096 * worse * max(m, n) / degrees) ** min(degrees, 99) > 1e-6:
                    raise ScenarioError(
                        f"tasks.samples = {n} at task {task + 1}, where {m} parameters move: too "
                        "close for single precision; use float64, or the law engine"
                    )


def _summaries(scenario: Scenario, bound: Array) -> Array:
    """The bounds of forgetting, generalization and learning error from those of the risks."""
    last, own = bound[-1], np.diagonal(bound)
    idle = np.array([not _moves(scenario, task) for task in range(len(bound))])
    if scenario.updates.strategy == "reinitialized":
        same = idle[:-1] & idle[-1]  # θ_i = θ_T = 0
    else:
        same = np.logical_and.accumulate(idle[:0:-1])[::-1]  # nothing moves after task i
    forgotten = np.where(same, 0.0, last[:-1] + own[:-1])
    return np.array([forgotten.sum() / max(1, len(forgotten)), last.mean(), own.mean()])


def _shadow(
    scenario: Scenario, lengths: Array, engine: str, dtype: str, choice: str | None
) -> Scenario:
    """Optima at 0, or for the law engine a step for what is lost of a drift; noise for the rest."""
    count, blocks = scenario.tasks.count, len(scenario.blocks.sizes)
    added = _law_noise if engine == "law" else _dense_noise
    noise = tuple(added(scenario, lengths, task, dtype) for task in range(count))
    steps = _law_steps(scenario, lengths) if engine == "law" else (0.0,) * (count - 1)
    updates = scenario.updates
    if choice:
        updates = replace(updates, strategy=choice, signal=SIGNALS[0])
    return replace(
        scenario,
        tasks=replace(scenario.tasks, noise=noise),
        optima=Optima(norm=(0.0,) * blocks, distance=(steps,) * blocks, direction="persistent"),
        updates=updates,
    )


def _dense_noise(scenario: Scenario, lengths: Array, task: int, dtype: str) -> float:
    """What the dense engine loses at a task, as noise of the residual, in units of roundoff.

    It loses digits of θ and of the optimum, of the products ⟨φ, θ* − θ⟩, and in solving the normal
    equations, where the condition number of the features comes in once more than in the solution.
    """
    # This imports jax, which reading an estimate need not.
    from update_magnitude.simulations.held_rounding import lost_at

    if not scenario.is_isotropic:
        return SAFETY * lost_at(scenario, lengths, task, dtype)
    n, capacity = scenario.tasks.samples[task], scenario.blocks.capacity
    optima, sigma = _norms(scenario), scenario.tasks.noise[task]
    fresh = task == 0 or scenario.updates.strategy == "reinitialized"
    drift = _drift(scenario, lengths, task)
    before = 0.0 if fresh else optima[task - 1] + lengths[task - 1, task - 1]
    stored = optima[task] + lengths[task, task] + before
    added = [0.0]
    for m in _moves(scenario, task):
        few, largest = min(m, n), math.sqrt(m) + math.sqrt(n)
        condition = largest**2 / (abs(m - n) + 1)
        update = drift + (drift + sigma) * condition * math.sqrt(few) / largest
        solved = condition * largest * update
        if abs(m - n) <= REFINED or dtype == "float32":
            left = min(1.0, SAFETY * unit_roundoff(dtype) * condition**2)
            solved = largest * update + left * solved
        products = math.sqrt(n) * (math.sqrt(capacity) * drift + sigma)
        added.append(math.hypot(products, solved, stored * largest / math.sqrt(few)))
    return SAFETY * max(added)


def _law_noise(scenario: Scenario, lengths: Array, task: int, dtype: str) -> float:
    """What the law engine loses of θ − θ* after a task, as noise, in units of roundoff.

    It loses digits in proportion to that, and, where the scale α is no number of its type, in
    proportion to the drift: a whole update in place of nearly a whole one leaves nothing of it.
    """
    n, scale = scenario.tasks.samples[task], scenario.updates.scale[task]
    spread = [(math.sqrt(m) + math.sqrt(n)) / math.sqrt(min(m, n)) for m in _moves(scenario, task)]
    left = float(lengths[task, task])
    if float(np.dtype(dtype).type(scale)) != scale:
        left += _drift(scenario, lengths, task)
    return SAFETY * left * max(spread, default=0.0)


def _drift(scenario: Scenario, lengths: Array, task: int) -> float:
    """‖θ*_t − θ_{t−1}‖."""
    fresh = task == 0 or scenario.updates.strategy == "reinitialized"
    return float(_norms(scenario)[task] if fresh else lengths[task - 1, task])


def _law_steps(scenario: Scenario, lengths: Array) -> tuple[float, ...]:
    """What the law engine loses where it subtracts θ − θ* from the step to the next optimum."""
    points = coordinates(scenario)
    steps = np.sqrt(sum((np.diff(block, axis=0) ** 2).sum(1) for block in points)).astype(float)
    return tuple((SAFETY * (steps + np.diagonal(lengths)[:-1])).tolist())


def _differences(scenario: Scenario, dtype: str) -> Array:
    """How far differences of rounded optima are from those of the optima, [T, T]."""
    squares = np.zeros((scenario.tasks.count,) * 2, np.longdouble)
    for block in coordinates(scenario):
        stored = block.astype(dtype)
        near = (stored[:, None] - stored[None]).astype(np.longdouble)
        squares += ((near - (block[:, None] - block[None])) ** 2).sum(-1)
    return np.sqrt(squares).astype(float)


def _norms(scenario: Scenario) -> Array:
    """‖θ*_i‖, [T]."""
    squares = sum((block**2).sum(axis=1) for block in coordinates(scenario))
    lengths: Array = np.sqrt(np.asarray(squares)).astype(float)
    return lengths


def _counts(scenario: Scenario, task: int) -> list[int]:
    """How many parameters may train at a task, wherever some do."""
    sizes = scenario.blocks.sizes
    counts = [sum(compress(sizes, trained)) for trained in scenario.options(task)]
    return [count for count in counts if count]


def _uneven(scenario: Scenario, task: int) -> float:
    """By how much weights worsen the condition of a Gram matrix."""
    # This imports jax, which reading an estimate need not.
    from update_magnitude.simulations.held_rounding import uneven_at

    return 1.0 if scenario.is_isotropic else uneven_at(scenario, task)


def _moves(scenario: Scenario, task: int) -> list[int]:
    """How many parameters may move at a task, by an update that is not 0."""
    return _counts(scenario, task) if scenario.updates.scale[task] != 0 else []
