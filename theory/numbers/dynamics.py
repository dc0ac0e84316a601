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
from update_magnitude.scenarios.numbers import Update
from update_magnitude.scenarios.schema import require_isotropic

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
    require_isotropic(part.scenario, "the exact recursion")
    optima = part.numbers.optima
    start = state = at_zero(optima)
    for task, step in enumerate(part.scenario.schedule):
        before = start if step.reset else state
        update = part.numbers.update(task, step.trainable)
        state, change = apply(update, before, optima, task, changes=changes)
        yield Learned(update, step.reset, before, state, change)


def risks(
    state: State, optima: Sequence[Shaped[Array, "tasks _ *#grid"]]
) -> Shaped[Array, "tasks *grid"]:
    """E R_i = Σ_b (V_b + ‖μ_b − θ*_i‖²_b) for every task i."""
    bias = sum(((w - mu) ** 2).sum(axis=1) for w, mu in zip(optima, state.mean, strict=True))
    return np.asarray(bias + sum(state.spread), Real)


def apply(
    update: Update,
    state: State,
    optima: Sequence[Shaped[Array, "tasks _ *#grid"]],
    task: int,
    *,
    changes: bool = True,
) -> tuple[State, Shaped[Array, "tasks *#grid"]]:
    """The moments after learning a task, and the changes of the risks, which take most of the time.

    Tasks are counted from 0.
    """
    change = np.zeros((len(optima[0]), *(1,) * (optima[0].ndim - 2)), Real)
    if not any(update.moves) or not np.any(update.scale):
        return state, change
    learned = finite_moments.after_update(state.tails, update, [block[task] for block in optima])
    factors = factors_of(update)
    gaps = [((w[task] - mu) ** 2).sum(0) for w, mu in zip(optima, state.mean, strict=True)]
    drift = [gap + spread for gap, spread in zip(gaps, state.spread, strict=True)]  # E‖d‖²_b
    moved, held = (update.total(drift, moving=moving) for moving in (True, False))
    noise = np.where(learned.noisy, held + update.noise**2, Real(0))
    mean, spread = list(state.mean), list(state.spread)
    for b in np.flatnonzero(update.moves).tolist():
        amounts = (state.spread[b], gaps[b], moved, noise)
        coefficients = _weights()(*factors, update.scale, update.sizes[b])
        spread[b] = np.asarray(sum(map(_times, coefficients[:4], amounts), np.zeros((), Real)))
        mean[b] = factors.shrink * state.mean[b] + factors.reach * optima[b][task]
        if changes:
            step = factors.reach * (optima[b][task] - state.mean[b])
            with np.errstate(invalid="ignore"):  # from one infinity to another is NaN
                more = sum(map(_times, coefficients[4:], amounts), np.zeros((), Real))
            change = change + more + _inner(mean[b] + state.mean[b] - 2 * optima[b], step)
    return State(tuple(mean), tuple(spread), learned.tails), change


def spread_after(
    update: Update, spread: tuple[Shaped[Array, "..."], ...]
) -> tuple[Shaped[Array, "..."], ...]:
    """What an update makes of a spread alone, around the optimum and without noise."""
    blocks = len(spread)
    nowhere, point = (np.zeros((1, 1), Real),) * blocks, (np.zeros(1, Real),) * blocks
    unknown = Tails((np.inf,) * blocks, (np.False_,) * blocks, point)
    alone = update._replace(noise=np.zeros((), Real))
    return apply(alone, State(point, spread, unknown), nowhere, 0, changes=False)[0].spread


class Factors(NamedTuple):
    """The coefficients of result R; c is infinite where the noise has no finite mean square."""

    # The shares of Eθ, and of the optimum, in Eθ after the update, of the blocks that move.
    shrink: Shaped[Array, "*grid"]
    reach: Shaped[Array, "*grid"]
    jitter: Shaped[Array, "*grid"]
    b: Shaped[Array, "*grid"]
    c: Shaped[Array, "*grid"]


NO_UPDATE = Factors(*map(np.asarray, map(Real, (1, 0, 0, 0, 0))))  # m = 0 or α = 0


def factors_of(update: Update) -> Factors:
    """The coefficients of result R; at m = n the projection is the identity, as for m < n."""
    m, samples = update.m, update.samples
    over, under = (_factors_if(above, update) for above in (True, False))
    finite = is_finite(MEAN, degrees_of_freedom(m, samples))
    signal = [np.where(m > samples, one, two) for one, two in zip(over, under, strict=True)]
    signal[-1] = np.where(finite, signal[-1], Real(np.inf))
    still = (m == 0) | (np.asarray(update.scale) == 0)
    pairs = zip(NO_UPDATE, signal, strict=True)
    return Factors(*(np.where(still, none, value) for none, value in pairs))


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


def _times(weight: Array | Real, amount: Array | Real) -> Array:
    """A product in which nothing times infinity is nothing: what is not used cannot diverge."""
    with np.errstate(invalid="ignore"):
        product = weight * amount
    return np.where((np.asarray(weight) == 0) | (np.asarray(amount) == 0), Real(0), product)


def _inner(
    vectors: Shaped[Array, "tasks coordinates *#grid"], step: Shaped[Array, "coordinates *#grid"]
) -> Shaped[Array, "tasks *#grid"]:
    """⟨v_i, step⟩ for each of several vectors."""
    if step.ndim == 1:
        return np.asarray(vectors @ step)
    return np.asarray((vectors * step).sum(axis=1))
