"""What the last task of a scenario meets: drift and error, block by block, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.families import family_of
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.theory.numbers.dynamics import trajectory

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """Means before the last update, [B]: e = θ − θ*_{T−1}, δ = θ*_T − θ*_{T−1}, d = δ − e."""

    error: Numbers  # E‖e‖²_b
    step: Numbers  # ‖δ‖²_b
    meet: Numbers  # E⟨e, δ⟩_b
    moves: NDArray[np.bool_]  # whether the block trains at the last task

    @property
    def drift(self) -> Numbers:
        """E‖d‖²_b."""
        return self.step - 2 * self.meet + self.error

    @property
    def overlap(self) -> Numbers:
        """E⟨e, d⟩_b."""
        return self.meet - self.error

    def trained(self, values: Numbers) -> float:
        """The sum over the blocks that train."""
        return float(values[self.moves].sum())

    def held(self, values: Numbers) -> float:
        """The sum over the blocks that do not."""
        return float(values[~self.moves].sum())


def drift(scenario: Scenario) -> Drift:
    """Drift and error at the last task, by result R; the symbols of the theorems in numbers.

    Args:
        scenario: of two tasks or more, whose strategy is not ``hybrid`` and does not reset.

    Raises:
        ScenarioError: if it is of one task, or resets.

    Example:
        >>> from update_magnitude import scenarios
        >>> found = drift(scenarios.preset("two-close-tasks"))
        >>> found.step.round(4).tolist(), found.moves.tolist()
        ([0.0, 0.04], [False, True])

    Source: docs/model.md, result R.
    """
    require_scenario(scenario)
    *before, last = scenario.schedule
    if not before or last.reset:
        raise ScenarioError(
            f"{scenario.title}: a drift is between two tasks learned one on another; here are "
            f"tasks.count = {scenario.tasks.count}, updates.strategy = "
            f"{scenario.updates.strategy!r}"
        )
    (part,) = family_of(scenario).parts
    optima = part.numbers.optima
    *_, learned = trajectory(part, changes=False)
    error, step, meet = (np.zeros(len(optima)) for _ in range(3))
    for b, points in enumerate(optima):
        gap, move = learned.before.mean[b] - points[-2], points[-1] - points[-2]
        error[b] = gap @ gap + learned.before.spread[b]
        step[b] = move @ move
        meet[b] = gap @ move
    return Drift(error, step, meet, np.array(last.trainable))
