"""How far rounding may move an exact risk, for it is often a small difference of large numbers.

The error of Eθ is a length a_b per block, that of V_b a number. An update multiplies the one like
Eθ itself and the other like V_b: so the recursion of the risks carries them along as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.theory.numbers.dynamics import Array, Real, State, Update

SAFETY = 16.0  # units of the last place by which all that is done at one task may be off
LAST = Real(np.finfo(Real).eps)


class Rounding(NamedTuple):
    """How far rounding may move the numbers of a prediction."""

    risk: NDArray[np.float64]  # [T, T]
    forgetting: float
    generalization: float
    learning_error: float


class Errors(NamedTuple):
    """How far the moments of θ may be off."""

    mean: tuple[Real, ...]  # the length of the error of Eθ, per block
    spread: tuple[Real, ...]  # the error of V_b
    optima: tuple[Array, ...]  # the lengths of the errors of the coordinates of the optima, [T]

    @classmethod
    def at_zero(cls, scenario: Scenario, optima: Sequence[Array]) -> Errors:
        """Those of θ_0 = 0."""
        nothing = (Real(0),) * len(optima)
        return cls(nothing, nothing, tuple(_stored(scenario, block) for block in optima))

    def after(
        self, update: Update, before: State, after: State, optima: Sequence[Array], task: int
    ) -> Errors:
        """Those after an update from one state to another."""
        if not update.m or not update.alpha:
            return self
        mean, gaps = list(self.mean), list(self.spread)
        shrink, reach = update.kept_and_reached()
        for b, (block, error) in enumerate(zip(optima, self.mean, strict=True)):
            gap = np.sqrt(((block[task] - before.mean[b]) ** 2).sum())
            off = error + self.optima[b][task]
            gaps[b] += 2 * gap * off + off**2
            if update.moves[b]:
                exact = shrink == 0 and reach == 1  # then Eθ is the optimum, to the last digit
                sizes = _length(after.mean[b]) + abs(reach) * _length(block[task])
                mean[b] = abs(shrink) * error + abs(reach) * self.optima[b][task]
                mean[b] += Real(0) if exact else SAFETY * LAST * sizes
        carried = update.spread_of(tuple(gaps))
        spread = [
            error + SAFETY * LAST * own for error, own in zip(carried, after.spread, strict=True)
        ]
        return Errors(tuple(mean), tuple(spread), self.optima)

    def risks(self, state: State, optima: Sequence[Array], risk: Array) -> Array:
        """Those of the risks of a state, [T]."""
        found = SAFETY * (LAST + Real(2.0**-53)) * risk + sum(self.spread)
        for block, mean, error, own in zip(optima, state.mean, self.mean, self.optima, strict=True):
            gap = np.sqrt(((block - mean) ** 2).sum(axis=1))
            found = found + 2 * gap * (error + own) + (error + own) ** 2
        return np.asarray(found, Real)


def rounding_of(risks: Array) -> Rounding:
    """That of a prediction, from that of its risks, [T, T]."""
    last, own = risks[-1].astype(float), np.diag(risks).astype(float)
    forgetting = float((last + own)[:-1].mean()) if len(risks) > 1 else float("nan")
    return Rounding(risks.astype(float), forgetting, float(last.mean()), float(own.mean()))


def _length(vector: Array) -> Real:
    return Real(np.sqrt((vector**2).sum()))


def _stored(scenario: Scenario, block: Array) -> Array:
    """Coordinates that are single numbers of the scenario are exact; sums and roots are not."""
    exact = scenario.optima.gram is None and scenario.optima.direction == "orthogonal"
    return np.zeros(len(block), Real) if exact else LAST * np.sqrt((block**2).sum(axis=1))
