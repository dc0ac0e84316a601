"""The measure of every engine: risks, forgetting, generalization and learning error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine, Shape
from update_magnitude.simulations.measures.base import AnyMeasure, Measure
from update_magnitude.simulations.numerics.moments import Array, Tree
from update_magnitude.simulations.rounding import bounds, shadows

Given = tuple[Tree, Array]  # the problem of the engine, and the contrasts


@dataclass(frozen=True)
class Risks(Measure[Shape, Given]):
    """All that ``measures`` names, and what the engine records, of K combinations of G scenarios.

    With K contrasts [K, G] common draws cancel, replicate by replicate, before a variance is taken.
    """

    contrasts: Array = field(compare=False)

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
    ) -> jax.Array:
        """[U, K, T² + 3 + E]."""
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
    ) -> Array:
        """Of the measures of each contrast, [K, T² + 3], for terms never cancel in it.

        The first unit is run again for the scenarios themselves, for contrasts do not say what
        their risks are, and for their shadows, by the program that is there.
        """
        risks = self._risks(scenarios, first)
        pairs = zip(scenarios, risks, strict=True)
        cast = [shadows(*pair, engine.name, dtype) for pair in pairs]
        shadowed = [
            self._risks([each[k % len(each)] for each in cast], first)
            for k in range(max(map(len, cast)))
        ]
        triples = zip(scenarios, risks, np.sum(shadowed, axis=0), strict=True)
        each = np.stack([bounds(*triple, engine.name, dtype) for triple in triples])
        bound: Array = np.abs(self.contrasts) @ each
        return bound

    def _risks(
        self,
        scenarios: Sequence[Scenario],
        first: Callable[[AnyMeasure, Sequence[Scenario]], Array],
    ) -> Array:
        """Mean risks of each scenario over the first unit, [G, T, T], as many at once as K."""
        tasks, rows, count = scenarios[0].tasks.count, len(self.contrasts), len(scenarios)
        means: list[Array] = []
        for start in range(0, count, rows):
            each = replace(self, contrasts=np.eye(rows, count, start))
            means.extend(first(each, scenarios)[: count - start, : tasks**2])
        return np.stack(means).reshape(count, tasks, tasks)


def measures(risks: jax.Array) -> jax.Array:
    """All risks R_i(θ_t), [..., T, T], then F_T, G_T and L_T: [..., T² + 3].

    F_T = 1/(T−1) Σ_{i<T} [R_i(θ_T) − R_i(θ_i)], G_T = 1/T Σ_i R_i(θ_T), L_T = 1/T Σ_i R_i(θ_i);
    forgetting is 0 for a single task.
    """
    tasks = risks.shape[-1]
    last, own = risks[..., -1, :], jnp.diagonal(risks, axis1=-2, axis2=-1)
    forgetting = (last - own)[..., :-1].sum(-1) / max(1, tasks - 1)
    summaries = [forgetting, last.mean(-1), own.mean(-1)]
    flat = risks.reshape(*risks.shape[:-2], tasks**2)
    return jnp.concatenate([flat, jnp.stack(summaries, -1)], -1)
