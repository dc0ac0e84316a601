"""How far rounding may move an exact risk, for it is often a small difference of large numbers.

The error of Eθ is a length a_b per block, that of V_b a number. An update multiplies the one like
Eθ itself and the other like V_b: so the recursion of the risks carries them along as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.families import Part
from update_magnitude.theory.numbers.dynamics import (
    Array,
    Learned,
    Real,
    State,
    shares_of,
    spread_after,
    times,
)
from update_magnitude.theory.numbers.equivalent import equivalent

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

SAFETY = 16.0  # units of the last place by which all that is done at one task may be off
LAST = Real(np.finfo(Real).eps)

Numbers = NDArray[np.float64]
Number = TypeVar("Number", float, Numbers)  # of a scenario, or over the axes of a family


class Rounding(NamedTuple, Generic[Number]):
    """How far rounding may move the means of a family, whose axes are in front."""

    risk: Float64[Numbers, "*grid tasks tasks"]
    forgetting: Number
    generalization: Number
    learning_error: Number


class Errors(NamedTuple):
    """How far the moments of θ may be off."""

    mean: tuple[Shaped[Array, "*grid"], ...]  # the length of the error of Eθ, per block
    spread: tuple[Shaped[Array, "*grid"], ...]  # the error of V_b
    # The lengths of the errors of the coordinates of the optima.
    optima: tuple[Shaped[Array, "tasks *grid"], ...]

    @classmethod
    def at_zero(cls, part: Part) -> Errors:
        """Those of θ_0 = 0."""
        optima = part.numbers.optima
        nothing = (np.zeros((), Real),) * len(optima)
        return cls(nothing, nothing, tuple(_stored(part.scenario, block) for block in optima))

    def after(
        self, learned: Learned, optima: Sequence[Shaped[Array, "tasks _ *#grid"]], task: int
    ) -> Errors:
        """Those after a task, from those of the state before it."""
        update, before, after = learned.update, learned.before, learned.after
        if not any(update.moves):
            return self
        mean, gaps = list(self.mean), list(self.spread)
        found = equivalent(update)
        shares = shares_of(update, found)
        last = LAST if found is None else LAST * found.condition
        for b, (block, error) in enumerate(zip(optima, self.mean, strict=True)):
            gap = _length(block[task] - before.mean[b])
            off = error + self.optima[b][task]
            gaps[b] = np.asarray(gaps[b] + 2 * gap * off + off**2)
            if update.moves[b]:
                shrink, reach = shares[b]
                exact = (shrink == 0) & (reach == 1)  # Eθ is the optimum, to the last digit
                sizes = _length(after.mean[b]) + abs(reach) * _length(block[task])
                moved = abs(shrink) * error + abs(reach) * self.optima[b][task]
                mean[b] = np.asarray(moved + np.where(exact, Real(0), SAFETY * last * sizes))
        carried = spread_after(update, tuple(gaps))
        spread = [
            np.asarray(error + SAFETY * last * own)
            for error, own in zip(carried, after.spread, strict=True)
        ]
        moving = (update.m != 0) & (np.asarray(update.scale) != 0)

        def where_moving(new: Sequence[Array], old: Sequence[Array]) -> tuple[Array, ...]:
            return tuple(np.where(moving, *pair) for pair in zip(new, old, strict=True))

        return Errors(where_moving(mean, self.mean), where_moving(spread, self.spread), self.optima)

    def risks(
        self,
        state: State,
        optima: Sequence[Shaped[Array, "tasks _ *#grid"]],
        variance: Sequence[Shaped[Array, "tasks *#grid"]],
        risk: Shaped[Array, "tasks *#grid"],
    ) -> Shaped[Array, "tasks *#grid"]:
        """Those of the risks of a state."""
        errors = SAFETY * (LAST + Real(2.0**-53)) * risk
        errors = errors + sum(map(times, variance, self.spread))
        blocks = zip(variance, optima, state.mean, self.mean, self.optima, strict=True)
        for v, block, mean, error, own in blocks:
            gap = np.sqrt(((block - mean) ** 2).sum(axis=1))
            errors = errors + v * (2 * gap * (error + own)) + v * (error + own) ** 2
        return np.asarray(errors, Real)


def rounding_of(risks: Shaped[Array, "tasks tasks *grid"]) -> Rounding[Numbers]:
    """That of the means, from that of their risks."""
    found = risks.astype(float)
    last, own = found[-1], np.einsum("tt...->t...", found)
    lost = (last + own)[:-1]
    forgetting = lost.mean(axis=0) if len(lost) else np.full(found.shape[2:], np.nan)
    table = np.moveaxis(found, (0, 1), (-2, -1))
    return Rounding(table, *map(np.asarray, (forgetting, last.mean(axis=0), own.mean(axis=0))))


def _length(vector: Shaped[Array, "coordinates *grid"]) -> Shaped[Array, "*grid"]:
    return np.asarray(np.sqrt((vector**2).sum(axis=0)))


def _stored(
    scenario: Scenario, block: Shaped[Array, "tasks coordinates *grid"]
) -> Shaped[Array, "tasks *grid"]:
    """Coordinates that are single numbers of the scenario are exact; sums and roots are not."""
    exact = scenario.optima.gram is None and scenario.optima.direction == "orthogonal"
    lengths = np.sqrt((block**2).sum(axis=1))
    return np.zeros_like(lengths) if exact else LAST * lengths
