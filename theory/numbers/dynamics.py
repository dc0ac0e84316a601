"""The moments of θ from task to task, in numbers: result R, lowered to NumPy.

Numbers are of NumPy's longest type: forgetting is often the small difference of large risks, and
where the machine has more than 64 bits they are spent on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, finite_moments
from update_magnitude.scenarios.finite_moments import (
    MEAN,
    Learned,
    Tails,
    degrees_of_freedom,
    is_finite,
)

Real = np.longdouble
Array = NDArray[np.longdouble]


class State(NamedTuple):
    """θ after some task, as far as mean risks depend on it."""

    mean: tuple[Array, ...]  # μ_b = Eθ, per block, in the coordinates of the optima
    spread: tuple[Real, ...]  # V_b = E‖θ − μ‖²_b, per block; may be infinite
    tails: Tails  # which of its moments are finite, per block


def at_zero(optima: Sequence[Array]) -> State:
    """θ_0 = 0."""
    zeros = tuple(np.zeros(block.shape[1], Real) for block in optima)
    return State(zeros, (Real(0),) * len(optima), finite_moments.at_zero(zeros))


def risks(state: State, optima: Sequence[Array]) -> Array:
    """E R_i = Σ_b (V_b + ‖μ_b − θ*_i‖²_b) for every task i, [T]."""
    bias = sum(
        ((block - mean) ** 2).sum(axis=1) for block, mean in zip(optima, state.mean, strict=True)
    )
    return np.asarray(bias + sum(state.spread), Real)


class Moved(NamedTuple):
    """What an update does to a state."""

    state: State
    change: Array  # [T]: E R_i after minus E R_i before, to full relative precision


@dataclass(frozen=True)
class Update:
    """One update: which blocks move, and how many samples and how much noise it sees."""

    sizes: tuple[int, ...]  # p_b
    moves: tuple[bool, ...]  # S_t as a mask
    alpha: float
    samples: int
    noise: float  # σ

    @classmethod
    def of(cls, scenario: Scenario, task: int) -> Update:
        """The update of a task, counted from 0."""
        step, tasks = scenario.step(task), scenario.tasks
        return cls(
            scenario.blocks.sizes,
            step.trainable,
            step.scale,
            tasks.samples[task],
            tasks.noise[task],
        )

    @property
    def m(self) -> int:
        """|S_t|, the number of parameters that move."""
        return sum(size for size, moves in zip(self.sizes, self.moves, strict=True) if moves)

    def kept_and_reached(self) -> tuple[Real, Real]:
        """The shares of Eθ and of the optimum in Eθ after the update, of the blocks that move."""
        factors = _factors(self.samples, self.m, self.alpha)
        return factors.shrink, factors.reach

    def spread_of(self, spread: tuple[Real, ...]) -> tuple[Real, ...]:
        """What the update makes of a spread alone, around the optimum and without noise."""
        blocks = len(spread)
        nowhere, point = (np.zeros((1, 1), Real),) * blocks, (np.zeros(1, Real),) * blocks
        unknown = Tails((np.inf,) * blocks, (np.False_,) * blocks, point)
        before = State(point, spread, unknown)
        return replace(self, noise=0.0).apply(before, nowhere, 0).state.spread

    def apply(self, state: State, optima: Sequence[Array], task: int) -> Moved:
        """The moments after learning the task from the state."""
        change = np.zeros(len(optima[0]), Real)
        if self.m == 0 or self.alpha == 0:
            return Moved(state, change)
        learned = self._learned(state, [block[task] for block in optima])
        factors = _factors(self.samples, self.m, self.alpha)
        gaps = [((w[task] - mu) ** 2).sum() for w, mu in zip(optima, state.mean, strict=True)]
        drift = [gap + spread for gap, spread in zip(gaps, state.spread, strict=True)]  # E‖d‖²_b
        moved = sum((d for d, moves in zip(drift, self.moves, strict=True) if moves), Real(0))
        held = sum((d for d, moves in zip(drift, self.moves, strict=True) if not moves), Real(0))
        noise = held + Real(self.noise) ** 2 if learned.noisy else Real(0)
        mean, spread = list(state.mean), list(state.spread)
        for b in np.flatnonzero(self.moves).tolist():
            amounts = (state.spread[b], gaps[b], moved, noise)
            by = weights()(*factors, Real(self.alpha), Real(self.sizes[b]))
            spread[b] = sum(map(_times, by[:4], amounts), Real(0))
            step = factors.reach * (optima[b][task] - state.mean[b])
            mean[b] = factors.shrink * state.mean[b] + factors.reach * optima[b][task]
            with np.errstate(invalid="ignore"):  # from one infinity to another is NaN
                change += sum(map(_times, by[4:], amounts), Real(0))
            change += (mean[b] + state.mean[b] - 2 * optima[b]) @ step
        return Moved(State(tuple(mean), tuple(spread), learned.tails), change)

    def _learned(self, state: State, optimum: Sequence[Array]) -> Learned:
        """Whether the update takes in any noise, and which moments are finite after it."""
        return finite_moments.after_update(
            state.tails,
            self.moves,
            self.sizes,
            self.samples,
            self.noise,
            self.alpha,
            optimum,
        )


class _Factors(NamedTuple):
    """The numbers n, m and α turn into; c is infinite where the noise has no finite mean."""

    shrink: Real
    reach: Real
    jitter: Real
    b: Real
    c: Real


def _factors(samples: int, m: int, alpha: float) -> _Factors:
    """The coefficients of result R; at m = n the projection is the identity, as for m < n."""
    from update_magnitude.theory.proofs.lowering import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_coefficients
    from update_magnitude.theory.results.update import overparameterized, underparameterized

    formulas = spread_coefficients(overparameterized() if m > samples else underparameterized())
    sizes = (Real(samples), Real(m), Real(alpha))
    arguments = (symbols.n, symbols.m, symbols.alpha)
    signal = (formulas.shrink, formulas.reach, formulas.jitter, formulas.b)
    finite = is_finite(MEAN, degrees_of_freedom(m, samples))
    c = lower(arguments, formulas.c)(*sizes) if finite else Real(np.inf)
    shrink, reach, jitter, b = lower(arguments, *signal)(*sizes)
    return _Factors(*map(Real, (shrink, reach, jitter, b, c)))


@cache
def weights() -> Any:
    """The weights of V_b, M_b, D_S and N in V_b after the update, then those in its change."""
    from update_magnitude.theory.proofs.lowering import lower
    from update_magnitude.theory.results import symbols
    from update_magnitude.theory.results.recursion import spread_step

    step = spread_step()
    amounts = (symbols.V_b, symbols.M_b, symbols.D_S, symbols.N)
    return lower(
        (step.shrink, step.reach, step.jitter, symbols.b, symbols.c, symbols.alpha, symbols.p),
        *(step.spread.coeff(amount) for amount in amounts),
        *(step.change.coeff(amount) for amount in amounts),
    )


def _times(weight: Real, amount: Real) -> Real:
    """A product in which nothing times infinity is nothing: what is not used cannot diverge."""
    return Real(0) if weight == 0 or amount == 0 else weight * amount
