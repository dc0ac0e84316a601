"""Risks over turns of the optima: the same means with less variance, since draws serve them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import Dense
from update_magnitude.simulations.measures.risks import Given, Risks

if TYPE_CHECKING:
    import jax
    from jaxtyping import Float


@dataclass(frozen=True)
class TurnedRisks(Risks):
    """Risks of scenarios of which each comes several times in a row, every time along other axes.

    All optima of a copy are moved to other coordinates of their block. Features of a block have
    independent entries of one distribution, so that all copies have the same means.
    """

    turns: int = field(default=1, compare=False)

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse engines that have no coordinates."""
        super().require(engine, scenarios)
        if not isinstance(engine, Dense):
            raise ValueError("turns: the optima are turned on the dense engine alone")

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Given:
        """The numbers of the scenarios, their optima turned, and the contrasts."""
        problem, contrasts = super().given(engine, scenarios)
        sizes = scenarios[0].blocks.sizes
        optima = turned(problem.optima, sizes, self.turns)
        tasks = problem.tasks._replace(optimum=jnp.swapaxes(optima, 0, 1))
        return problem._replace(tasks=tasks, optima=optima), contrasts


def turned(
    optima: Float[jax.Array, "scenarios tasks parameters"], sizes: Sequence[int], turns: int
) -> Float[jax.Array, "scenarios tasks parameters"]:
    """Optima of copies along other axes of each block, spread evenly over them."""
    parts = []
    for size, block in zip(
        sizes, np.split(np.asarray(optima), np.cumsum(sizes)[:-1], axis=2), strict=True
    ):
        step = max(1, size // turns)
        moved = [np.roll(one, place % turns * step, axis=1) for place, one in enumerate(block)]
        parts.append(np.stack(moved))
    return jnp.asarray(np.concatenate(parts, axis=2))
