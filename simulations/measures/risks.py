"""The measure of every engine: risks, forgetting, generalization and learning error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine, Shape
from update_magnitude.simulations.engines.equal_variances import plain_form
from update_magnitude.simulations.measures.base import AnyMeasure, Measure
from update_magnitude.simulations.numerics.moments import Array, Tree
from update_magnitude.simulations.rounding import bounds, shadows

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

Given = tuple[Tree, Array | jax.Array]  # the problem of the engine, and the contrasts


@dataclass(frozen=True)
class Risks(Measure[Shape, Given]):
    """All that ``measures`` names, and what the engine records, of combinations of scenarios.

    With contrasts common draws cancel, replicate by replicate, before a variance is taken.
    """

    contrasts: Float64[Array, "combinations scenarios"] = field(compare=False)

    def numbers(self, shape: Shape, scenarios: Sequence[Scenario], devices: int) -> int:
        """Those of the engine's unit and of what is read from it."""
        tasks = scenarios[0].tasks.count
        read = len(self.contrasts) * (tasks**2 + 3 + 2 * tasks)
        return shape.numbers(len(scenarios)) + 3 * shape.unit * read + 4 * devices * read

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Given:
        """The numbers of the scenarios, and the contrasts."""
        return engine.problem_of(scenarios), self.contrasts

    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: Shape, given: Given
    ) -> Float[jax.Array, "replicates combinations numbers"]:
        """T² + 3 numbers and the records of the engine."""
        problem, contrasts = given
        run = engine.unit_run(key, unit, shape, problem)
        everything = jnp.concatenate([measures(run.risks), run.records], -1)
        return jnp.einsum("kg,ugm->ukm", contrasts, everything)

    def rounding(
        self,
        engine: AnyEngine,
        scenarios: Sequence[Scenario],
        dtype: str,
        first: Callable[[AnyMeasure, Sequence[Scenario]], Array],
    ) -> Float64[Array, "combinations numbers"]:
        """Of the measures of each contrast, for terms never cancel in it.

        The first unit is run again for the scenarios themselves, for contrasts do not say what
        their risks are, and for their shadows, by the program that is there.
        """
        worth: list[Sequence[float] | None] = [None] * len(scenarios)
        if engine.name == "law":
            worth = [scenario.features.variance[0] for scenario in scenarios]
            scenarios = [plain_form(scenario) for scenario in scenarios]
        risks = self._risks(scenarios, first)
        pairs = zip(scenarios, risks, strict=True)
        cast = [shadows(*pair, engine.name, dtype) for pair in pairs]
        shadowed = [
            self._risks([each[k % len(each)] for each in cast], first)
            for k in range(max(map(len, cast)))
        ]
        shadow = np.sum(shadowed, axis=0)
        each = np.stack(
            [
                bounds(scenario, risks[g], shadow[g], engine.name, dtype, worth[g])
                for g, scenario in enumerate(scenarios)
            ]
        )
        bound: Array = np.abs(self.contrasts) @ each
        return bound

    def _risks(
        self,
        scenarios: Sequence[Scenario],
        first: Callable[[AnyMeasure, Sequence[Scenario]], Array],
    ) -> Float64[Array, "scenarios tasks tasks"]:
        """Mean risks of each scenario over the first unit, as many at once as K."""
        tasks, rows, count = scenarios[0].tasks.count, len(self.contrasts), len(scenarios)
        means: list[Array] = []
        for start in range(0, count, rows):
            each = replace(self, contrasts=np.eye(rows, count, start))
            means.extend(first(each, scenarios)[: count - start, : tasks**2])
        return np.stack(means).reshape(count, tasks, tasks)


def measures(
    risks: Float[jax.Array, "*batch tasks tasks"],
) -> Float[jax.Array, "*batch tasks**2+3"]:
    """All risks R_i(θ_t), then F_T, G_T and L_T.

    F_T = 1/(T−1) Σ_{i<T} [R_i(θ_T) − R_i(θ_i)], G_T = 1/T Σ_i R_i(θ_T), L_T = 1/T Σ_i R_i(θ_i);
    forgetting is 0 for a single task.
    """
    tasks = risks.shape[-1]
    last, own = risks[..., -1, :], jnp.diagonal(risks, axis1=-2, axis2=-1)
    forgetting = (last - own)[..., :-1].sum(-1) / max(1, tasks - 1)
    summaries = [forgetting, last.mean(-1), own.mean(-1)]
    flat = risks.reshape(*risks.shape[:-2], tasks**2)
    return jnp.concatenate([flat, jnp.stack(summaries, -1)], -1)
