"""The moments of θ from task to task, in numbers: result R, lowered to NumPy.

Numbers are of NumPy's longest type: forgetting is often the small difference of large risks, and
where the machine has more than 64 bits they are spent on it. They are arrays over the axes of a
family, without any for a single scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import finite_moments
from update_magnitude.scenarios.families import Part
from update_magnitude.scenarios.finite_moments import (
    MEAN,
    Learned,
    Tails,
    degrees_of_freedom,
    is_finite,
)
from update_magnitude.scenarios.numbers import Numbers

Real = np.longdouble
Array = NDArray[np.longdouble]


class State(NamedTuple):
    """θ after some task, as far as mean risks depend on it."""

    mean: tuple[Array, ...]  # μ_b = Eθ, per block [k_b, ...], in the coordinates of the optima
    spread: tuple[Array, ...]  # V_b = E‖θ − μ‖²_b, per block; may be infinite
    tails: Tails  # which of its moments are finite, per block


def at_zero(optima: Sequence[Array]) -> State:
    """θ_0 = 0."""
    zeros = tuple(np.zeros_like(block[0]) for block in optima)
    return State(zeros, (np.zeros((), Real),) * len(optima), finite_moments.at_zero(zeros))


def risk(state: State, optima: Sequence[Array], task: int) -> Array:
    """E R_i = Σ_b (V_b + ‖μ_b − θ*_i‖²_b) for one task."""
    gaps = (((w[task] - mu) ** 2).sum(axis=0) for w, mu in zip(optima, state.mean, strict=True))
    return np.asarray(sum(gaps) + sum(state.spread), Real)


def risks(state: State, optima: Sequence[Array]) -> Array:
    """E R_i for every task i, [T, ...]."""
    bias = sum(((w - mu) ** 2).sum(axis=1) for w, mu in zip(optima, state.mean, strict=True))
    return np.asarray(bias + sum(state.spread), Real)


class Moved(NamedTuple):
    """What an update does to a state."""

    state: State
    change: Array  # [T, ...]: E R_i after minus E R_i before, to full relative precision


@dataclass(frozen=True)
class Update:
    """One update: which blocks move, and how many samples and how much noise it sees."""

    sizes: tuple[Array, ...]  # p_b
    moves: tuple[bool, ...]  # S_t as a mask
    scale: Array  # α
    samples: Array
    noise: Array  # σ

    @classmethod
    def at(cls, part: Part, task: int) -> Update:
        """The update of a task, counted from 0."""
        numbers: Numbers = part.numbers
        moves = part.scenario.step(task).trainable
        given = (numbers.scale[task], numbers.samples[task], numbers.noise[task])
        return cls(numbers.sizes, moves, *given)

    @property
    def m(self) -> Array:
        """|S_t|, the number of parameters that move."""
        return self._sum(self.sizes, moving=True)

    def _sum(self, values: Sequence[Array], *, moving: bool) -> Array:
        """The sum over the blocks that move, or over those that do not."""
        chosen = (v for v, moves in zip(values, self.moves, strict=True) if moves == moving)
        return np.asarray(sum(chosen, np.zeros((), Real)))

    def kept_and_reached(self) -> tuple[Array, Array]:
        """The shares of Eθ and of the optimum in Eθ after the update, of the blocks that move."""
        factors = _factors(self.samples, self.m, self.scale)
        return factors.shrink, factors.reach

    def spread_after(self, spread: tuple[Array, ...]) -> tuple[Array, ...]:
        """What the update makes of a spread alone, around the optimum and without noise."""
        blocks = len(spread)
        nowhere, point = (np.zeros((1, 1), Real),) * blocks, (np.zeros(1, Real),) * blocks
        unknown = Tails((np.inf,) * blocks, (np.False_,) * blocks, point)
        before = State(point, spread, unknown)
        alone = replace(self, noise=np.zeros((), Real))
        return alone.apply(before, nowhere, 0, changes=False).state.spread

    def apply(
        self, state: State, optima: Sequence[Array], task: int, *, changes: bool = True
    ) -> Moved:
        """The moments after learning the task from the state.

        Args:
            state: before the update.
            optima: coordinates per block, [T, k_b, ...].
            task: counted from 0.
            changes: whether the changes of the risks are wanted, which take most of the time.
        """
        change = np.zeros((len(optima[0]), *(1,) * (optima[0].ndim - 2)), Real)
        if not any(self.moves) or not np.any(self.scale):
            return Moved(state, change)
        learned = self._learned(state, [block[task] for block in optima])
        factors = _factors(self.samples, self.m, self.scale)
        gaps = [((w[task] - mu) ** 2).sum(0) for w, mu in zip(optima, state.mean, strict=True)]
        drift = [gap + spread for gap, spread in zip(gaps, state.spread, strict=True)]  # E‖d‖²_b
        moved, held = (self._sum(drift, moving=moving) for moving in (True, False))
        noise = np.where(learned.noisy, held + self.noise**2, Real(0))
        mean, spread = list(state.mean), list(state.spread)
        for b in np.flatnonzero(self.moves).tolist():
            amounts = (state.spread[b], gaps[b], moved, noise)
            coefficients = weights()(*factors, self.scale, self.sizes[b])
            spread[b] = sum(map(_times, coefficients[:4], amounts), np.zeros((), Real))
            mean[b] = factors.shrink * state.mean[b] + factors.reach * optima[b][task]
            if changes:
                step = factors.reach * (optima[b][task] - state.mean[b])
                with np.errstate(invalid="ignore"):  # from one infinity to another is NaN
                    more = sum(map(_times, coefficients[4:], amounts), np.zeros((), Real))
                change = change + more + _inner(mean[b] + state.mean[b] - 2 * optima[b], step)
        return Moved(State(tuple(mean), tuple(spread), learned.tails), change)

    def _learned(self, state: State, optimum: Sequence[Array]) -> Learned:
        """Whether the update takes in any noise, and which moments are finite after it."""
        return finite_moments.after_update(
            state.tails,
            self.moves,
            self.sizes,
            self.samples,
            self.noise,
            self.scale,
            optimum,
        )


class _Factors(NamedTuple):
    """The numbers n, m and α turn into; c is infinite where the noise has no finite mean."""

    shrink: Array
    reach: Array
    jitter: Array
    b: Array
    c: Array


NO_UPDATE = _Factors(*map(np.asarray, map(Real, (1, 0, 0, 0, 0))))  # m = 0 or α = 0


def _factors(samples: Array, m: Array, alpha: Array) -> _Factors:
    """The coefficients of result R; at m = n the projection is the identity, as for m < n."""
    over, under = (_factors_if(above, samples, m, alpha) for above in (True, False))
    finite = is_finite(MEAN, degrees_of_freedom(m, samples))
    signal = [np.where(m > samples, one, two) for one, two in zip(over, under, strict=True)]
    signal[-1] = np.where(finite, signal[-1], Real(np.inf))
    pairs = zip(NO_UPDATE, signal, strict=True)
    still = (np.asarray(m) == 0) | (np.asarray(alpha) == 0)
    return _Factors(*(np.where(still, none, value) for none, value in pairs))


def _factors_if(above: bool, samples: Array, m: Array, alpha: Array) -> _Factors:
    """The coefficients for m > n, or for m < n; those of the other regime mean nothing."""
    from update_magnitude.theory.proofs.evaluation import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_coefficients
    from update_magnitude.theory.results.update import overparameterized, underparameterized

    formulas = spread_coefficients(overparameterized() if above else underparameterized())
    arguments = (symbols.n, symbols.m, symbols.alpha)
    wanted = (formulas.shrink, formulas.reach, formulas.jitter, formulas.b, formulas.c)
    with np.errstate(all="ignore"):
        return _Factors(*map(np.asarray, lower(arguments, *wanted)(samples, m, alpha)))


@cache
def weights() -> Any:
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


def _times(weight: Array, amount: Array) -> Array:
    """A product in which nothing times infinity is nothing: what is not used cannot diverge."""
    with np.errstate(invalid="ignore"):
        product = weight * amount
    return np.where((np.asarray(weight) == 0) | (np.asarray(amount) == 0), Real(0), product)


def _inner(vectors: Array, step: Array) -> Array:
    """⟨v_i, step⟩ for each of T vectors, [T, ...]."""
    if step.ndim == 1:
        return np.asarray(vectors @ step)
    return np.asarray((vectors * step).sum(axis=1))
