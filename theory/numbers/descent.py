"""Result S in numbers: updates of some steps of gradient descent, as coefficients of result R.

With h(x) = 1 − (1 − ηvx/ρ)^k the moments g = ∫h dμ, g₂ = ∫h² dμ and v_h = γ∫h²/x dμ over the law of
Marchenko and Pastur give E[Δ] ≈ g d_S and E[ΔΔᵀ] ≈ g² d dᵀ + (b‖d_S‖² + cN/v)I, b = (g₂ − g²)/m and
c = v_h/m, for any features of one variance v. It is off by O(1/n).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.families import Part
from update_magnitude.scenarios.fields import ScenarioError
from update_magnitude.scenarios.numbers import Update
from update_magnitude.theory.numbers.equivalent import are_alike, is_still
from update_magnitude.theory.numbers.spectral import Descent, filter_moments

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

Real = np.longdouble
Array = NDArray[np.longdouble]


class Factors(NamedTuple):
    """The coefficients of result R; c is infinite where the noise has no finite mean square."""

    # The shares of Eθ, and of the optimum, in Eθ after the update, of the blocks that move.
    shrink: Shaped[Array, "*grid"]
    reach: Shaped[Array, "*grid"]
    jitter: Shaped[Array, "*grid"]
    b: Shaped[Array, "*grid"]
    c: Shaped[Array, "*grid"]


def is_stopped(update: Update) -> Bool[NDArray[np.bool_], "*#grid"]:
    """Where an update moves anything, by steps of descent."""
    return np.asarray(~is_still(update) & (update.steps is not None))


def require_known(part: Part) -> None:
    """Refuse steps of descent for which there is no formula."""
    numbers, scenario = part.numbers, part.scenario
    if numbers.steps is None:
        return
    for task, step in enumerate(scenario.schedule):
        update = numbers.update(task, step.trainable)
        if np.any(is_stopped(update) & ~are_alike(update)):
            raise ScenarioError(
                f"{scenario.title}: no formula is known for updates.steps where the blocks that "
                f"train at task {task + 1} differ in features.variance or updates.weights; "
                "simulate it with the dense engine (update-magnitude simulate)"
            )


def descent_factors(update: Update) -> Factors:
    """The coefficients of result R after k steps; they mean nothing where nothing moves."""
    if update.rate is None:
        raise ValueError("an update without steps of descent has a solution")
    first = update.moves.index(True)
    still, m = is_still(update), update.m
    reach = update.rate * update.variance[first] / update.weights[first]
    given = (m / update.samples, np.asarray(update.steps), reach)
    gamma, steps, rate = (np.where(still, 1.0, value).astype(float) for value in given)
    found = filter_moments(Descent(steps, rate), gamma)
    mean, square, noise = (values.astype(Real) for values in found)
    with np.errstate(all="ignore"):
        b, c = (square - mean**2) / m, noise / m
    reached = update.scale * mean
    return Factors(1 - reached, reached, np.zeros_like(mean), b, c)
