"""The moments of θ from task to task, in numbers: result R as a map of mean and spread.

Numbers are of NumPy's longest type: forgetting is often the small difference of large risks, and
where the machine has more than 64 bits they are spent on it (``results/exact_runs.py`` runs R in
exact arithmetic, as a map of other moments). They are arrays over the axes of a family, without any
for a single scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import finite_moments
from update_magnitude.scenarios.families import Part
from update_magnitude.scenarios.finite_moments import MEAN, Tails, degrees_of_freedom, is_finite
from update_magnitude.scenarios.numbers import Numbers, Update
from update_magnitude.theory.numbers.descent import Factors, descent_factors, require_known
from update_magnitude.theory.numbers.equivalent import Equivalent, equivalent, is_still

if TYPE_CHECKING:
    from jaxtyping import Shaped

Real = np.longdouble
Array = NDArray[np.longdouble]


class State(NamedTuple):
    """θ after some task, as far as mean risks depend on it."""

    # μ_b = Eθ, per block, in the coordinates of the optima.
    mean: tuple[Shaped[Array, "coordinates *grid"], ...]
    spread: tuple[Shaped[Array, "*grid"], ...]  # V_b = E‖θ − μ‖²_b, per block; may be infinite
    tails: Tails  # which of its moments are finite, per block


class Learned(NamedTuple):
    """What learning a task does."""

    update: Update
    reset: bool  # whether it starts from θ = 0
    before: State
    after: State
    # E R_i after minus E R_i before, to full relative precision.
    change: Shaped[Array, "tasks *grid"]


def at_zero(optima: Sequence[Shaped[Array, "tasks _ *#grid"]]) -> State:
    """θ_0 = 0."""
    zeros = tuple(np.zeros_like(block[0]) for block in optima)
    return State(zeros, (np.zeros((), Real),) * len(optima), finite_moments.at_zero(zeros))


def trajectory(part: Part, *, changes: bool = True) -> Iterator[Learned]:
    """Every task of scenarios that differ in numbers alone, learned one after another."""
    require_known(part)
    optima, variance = part.numbers.optima, variances(part.numbers)
    start = state = at_zero(optima)
    for task, step in enumerate(part.scenario.schedule):
        before = start if step.reset else state
        update = part.numbers.update(task, step.trainable)
        state, change = apply(update, before, optima, task, variance if changes else None)
        yield Learned(update, step.reset, before, state, change)


def variances(numbers: Numbers) -> tuple[Shaped[Array, "tasks *#grid"], ...]:
    """v_{i,b} of all tasks, one array per block."""
    return tuple(np.stack(np.broadcast_arrays(*series)) for series in numbers.variance)


def risks(
    state: State,
    optima: Sequence[Shaped[Array, "tasks _ *#grid"]],
    variance: Sequence[Shaped[Array, "tasks *#grid"]],
) -> Shaped[Array, "tasks *grid"]:
    """E R_i = Σ_b v_{i,b}(V_b + ‖μ_b − θ*_i‖²_b) for every task i."""
    bias = sum(
        v * ((w - mu) ** 2).sum(axis=1)
        for v, w, mu in zip(variance, optima, state.mean, strict=True)
    )
    return np.asarray(bias + sum(map(times, variance, state.spread)), Real)


def apply(
    update: Update,
    state: State,
    optima: Sequence[Shaped[Array, "tasks _ *#grid"]],
    task: int,
    variance: Sequence[Shaped[Array, "tasks *#grid"]] | None,
) -> tuple[State, Shaped[Array, "tasks *#grid"]]:
    """The moments after learning a task, and the changes of the risks, which take most of the time.

    Tasks are counted from 0. Without the variances of all tasks there are no changes.
    """
    change = np.zeros((len(optima[0]), *(1,) * (optima[0].ndim - 2)), Real)
    if not any(update.moves) or not np.any(update.scale):
        return state, change
    learned = finite_moments.after_update(state.tails, update, [block[task] for block in optima])
    pairs = zip(optima, state.mean, strict=True)
    gaps = [np.asarray(((w[task] - mu) ** 2).sum(0)) for w, mu in pairs]
    drift = [gap + spread for gap, spread in zip(gaps, state.spread, strict=True)]  # E‖d‖²_b
    held = update.total(list(map(times, update.variance, drift)), moving=False)
    noise = np.where(learned.noisy, held + update.noise**2, Real(0))
    mean, spread = list(state.mean), list(state.spread)
    for b, step in steps_of(update, state.spread, gaps, noise).items():
        spread[b] = step.spread
        mean[b] = step.shrink * state.mean[b] + step.reach * optima[b][task]
        if variance is not None:
            move = step.reach * (optima[b][task] - state.mean[b])
            further = _inner(mean[b] + state.mean[b] - 2 * optima[b], move)
            change = change + times(variance[b], step.rise) + variance[b] * further
    return State(tuple(mean), tuple(spread), learned.tails), change


class Shares(NamedTuple):
    """The shares of Eθ, and of the optimum, in Eθ after an update, of one block."""

    shrink: Shaped[Array, "*grid"]
    reach: Shaped[Array, "*grid"]


class Step(NamedTuple):
    """What an update makes of one block."""

    shrink: Shaped[Array, "*grid"]  # as in ``Shares``
    reach: Shaped[Array, "*grid"]
    spread: Shaped[Array, "*grid"]  # V_b after the update
    rise: Shaped[Array, "*grid"]  # V_b after it minus V_b before, to full relative precision


def steps_of(
    update: Update,
    spread: Sequence[Shaped[Array, "*#grid"]],
    gaps: Sequence[Shaped[Array, "*#grid"]],
    noise: Shaped[Array, "*#grid"],
) -> dict[int, Step]:
    """What an update makes of the blocks that move, from V_b, ‖θ* − μ‖²_b and N, by their place."""
    moving = np.flatnonzero(update.moves).tolist()
    drift = [gap + own for gap, own in zip(gaps, spread, strict=True)]
    with np.errstate(all="ignore"):  # where nothing moves the variance may be 0
        scaled = np.where(noise == 0, Real(0), noise / update.variance[moving[0]])
    total, factors, found = update.total(drift, moving=True), factors_of(update), equivalent(update)
    steps: dict[int, Step] = {}
    for b, shares in shares_of(update, found).items():
        amounts = (spread[b], gaps[b], total, scaled)
        weights = _weights()(*factors, update.scale, update.sizes[b])
        after, rise = _sum_of(weights[:4], amounts), _sum_of(weights[4:], amounts)
        steps[b] = Step(*shares, after, rise)
    if found is None:
        return steps
    left = sum(times(found.rest[b] ** 2 * update.variance[b], drift[b]) for b in moving)
    for b, (shrink, reach, *exact) in steps.items():
        unexplained = (spread[b], np.asarray(left), noise)
        square = update.scale**2 * update.sizes[b]
        added = (times(square, found.signal[b]), times(square, found.noise[b]))
        other = [_sum_of((own, *added), unexplained) for own in (shrink**2, reach * (reach - 2))]
        pairs = zip(other, exact, strict=True)
        steps[b] = Step(shrink, reach, *(np.where(found.needed, *pair) for pair in pairs))
    return steps


def shares_of(update: Update, found: Equivalent | None) -> dict[int, Shares]:
    """The shares of the blocks that move, by their place; result D is used where it is needed."""
    factors = factors_of(update)
    exact, shares = Shares(factors.shrink, factors.reach), {}
    for b in np.flatnonzero(update.moves).tolist():
        shares[b] = exact
        if found is not None:
            shrink = (1 - update.scale) + update.scale * found.rest[b]
            pairs = zip((shrink, update.scale * found.gain[b]), exact, strict=True)
            shares[b] = Shares(*(np.where(found.needed, *pair) for pair in pairs))
    return shares


def spread_after(
    update: Update, spread: tuple[Shaped[Array, "..."], ...]
) -> tuple[Shaped[Array, "..."], ...]:
    """What an update makes of a spread alone, around the optimum and without noise."""
    blocks = len(spread)
    nowhere, point = (np.zeros((1, 1), Real),) * blocks, (np.zeros(1, Real),) * blocks
    unknown = Tails((np.inf,) * blocks, (np.False_,) * blocks, point)
    alone = update._replace(noise=np.zeros((), Real))
    return apply(alone, State(point, spread, unknown), nowhere, 0, None)[0].spread


NO_UPDATE = Factors(*map(np.asarray, map(Real, (1, 0, 0, 0, 0))))  # m = 0 or α = 0


def factors_of(update: Update) -> Factors:
    """The coefficients of result R; at m = n the projection is the identity, as for m < n."""
    found = _solution_factors(update) if update.steps is None else descent_factors(update)
    pairs = zip(NO_UPDATE, found, strict=True)
    return Factors(*(np.where(is_still(update), none, value) for none, value in pairs))


def _solution_factors(update: Update) -> Factors:
    """Those of least-squares solutions of minimum norm, from result U."""
    m, samples = update.m, update.samples
    over, under = (_factors_if(above, update) for above in (True, False))
    finite = is_finite(MEAN, degrees_of_freedom(m, samples))
    signal = [np.where(m > samples, one, two) for one, two in zip(over, under, strict=True)]
    signal[-1] = np.where(finite, signal[-1], Real(np.inf))
    return Factors(*signal)


def _factors_if(above: bool, update: Update) -> Factors:
    """The coefficients for m > n, or for m < n; those of the other regime mean nothing."""
    from update_magnitude.theory.proofs.evaluation import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_coefficients
    from update_magnitude.theory.results.update import overparameterized, underparameterized

    formulas = spread_coefficients(overparameterized() if above else underparameterized())
    arguments = (symbols.n, symbols.m, symbols.alpha)
    with np.errstate(all="ignore"):
        found = lower(arguments, *formulas)(update.samples, update.m, update.scale)
    return Factors(*map(np.asarray, found))


@cache
def _weights() -> Callable[..., Sequence[Array]]:
    """The weights of V_b, M_b, D_S and N in V_b after the update, then those in its change."""
    from update_magnitude.theory.proofs.evaluation import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_step

    step = spread_step()
    amounts = (symbols.V_b, symbols.M_b, symbols.D_S, symbols.N)
    return lower(
        (step.shrink, step.reach, step.jitter, symbols.b, symbols.c, symbols.alpha, symbols.p),
        *(step.spread.coeff(amount) for amount in amounts),
        *(step.change.coeff(amount) for amount in amounts),
    )


def times(weight: Array | Real, amount: Array | Real) -> Array:
    """A product in which nothing times infinity is nothing: what is not used cannot diverge."""
    with np.errstate(invalid="ignore"):
        product = weight * amount
    return np.where((np.asarray(weight) == 0) | (np.asarray(amount) == 0), Real(0), product)


def _sum_of(weights: Sequence[Array | Real], amounts: Sequence[Array | Real]) -> Array:
    """Σ weight × amount; from one infinity to another is NaN."""
    with np.errstate(invalid="ignore"):
        return np.asarray(sum(map(times, weights, amounts), np.zeros((), Real)))


def _inner(
    vectors: Shaped[Array, "tasks coordinates *#grid"], step: Shaped[Array, "coordinates *#grid"]
) -> Shaped[Array, "tasks *#grid"]:
    """⟨v_i, step⟩ for each of several vectors."""
    if step.ndim == 1:
        return np.asarray(vectors @ step)
    return np.asarray((vectors * step).sum(axis=1))
