"""The proximal update, literally: least squares held by λ‖θ − θ_{t−1}‖²."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import Shape
from update_magnitude.simulations.engines.drawing import draw_errors, draw_features
from update_magnitude.simulations.measures.base import DrawnMeasure
from update_magnitude.simulations.numerics.elimination import solve_positive

if TYPE_CHECKING:
    from jaxtyping import Float

UNIT_NORMALS = 2**18  # normals drawn at once
DIRECTIONS = 8  # in which the optima of a replicate lie: features are the same, noise is not
RISK, FORGETTING = 0, 1  # what is read

Number: TypeAlias = float | jax.Array
Given = tuple[NDArray[np.float64] | jax.Array, Number, Number]  # the optima, turned; σ and λ


@dataclass(frozen=True)
class Proximal(DrawnMeasure[Given]):
    """One proximal update, λ > 0, from θ_1 = 0: the second task of a scenario, where all train.

    Δ minimizes ‖Φᵀ(θ + Δ) − y‖²/n + λ‖Δ‖². Read are R_2 = ‖θ*_2 − Δ‖² and
    F = ‖θ*_1 − Δ‖² − ‖θ*_1‖², per replicate the mean over ``DIRECTIONS`` turns of the optima.
    """

    penalty: float = field(compare=False)

    def __post_init__(self) -> None:
        if not self.penalty > 0:
            raise ValueError(f"penalty = {self.penalty}: λ is above 0")

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse what is no whole update of all parameters from θ_1 = 0."""
        super().require(engine, scenarios)
        (one,) = scenarios
        blocks, tasks = len(one.blocks.sizes), range(one.tasks.count)
        trained = [tuple(map(tuple, one.options(task))) for task in tasks]
        wanted = [((False,) * blocks,), ((True,) * blocks,)]
        if trained != wanted or one.updates.scale[-1] != 1:
            raise ValueError("Proximal: two tasks, of which the second alone trains, all blocks")

    def normals(self, shape: Shape) -> int:
        """Features, and noise for every direction."""
        return shape.samples[1] * (shape.capacity + DIRECTIONS)

    def unit(self, shape: Shape) -> int:
        """As many as have few enough normals."""
        return min(4096, 1 << max(1, UNIT_NORMALS // self.normals(shape)).bit_length() - 1)

    def numbers(self, shape: Shape, scenarios: Sequence[Scenario], devices: int) -> int:
        """Features, a Gram matrix, and the solutions of all directions."""
        few = min(shape.samples[1], shape.capacity)
        return self.unit(shape) * (4 * self.normals(shape) + 4 * few * (few + DIRECTIONS))

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Given:
        """Both optima, and the same turned: along other axes; the noise; the penalty."""
        first = np.asarray(engine.problem_of(scenarios).optima)[0, :2]
        step = max(1, first.shape[1] // DIRECTIONS)
        turned = np.stack([np.roll(first, k * step, 1) for k in range(DIRECTIONS)], 1)
        return turned, scenarios[0].tasks.noise[1], self.penalty

    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: Shape, given: Given
    ) -> Float[jax.Array, "replicates 2"]:
        """R_2 and F."""
        (optima, noise, penalty), own = given, jax.random.fold_in(key, unit)
        count, samples = self.unit(shape), shape.samples[1]
        features = draw_features(own, (count, samples, shape.capacity), float)  # Φᵀ, [U, n, P]
        errors = draw_errors(own, (count, DIRECTIONS * samples), float)
        first, second = optima
        left = jnp.einsum("unp,gp->ung", features, second)
        left = left + noise * errors.reshape(count, samples, DIRECTIONS)
        delta = _solved(features, left, penalty)
        risk = ((delta - second[None]) ** 2).sum(-1)
        forgetting = ((delta - first[None]) ** 2 - first[None] ** 2).sum(-1)
        return jnp.stack([risk, forgetting], -1).mean(1)


def _solved(
    features: Float[jax.Array, "replicates samples parameters"],
    left: Float[jax.Array, "replicates samples turns"],
    penalty: Number,
) -> Float[jax.Array, "replicates turns parameters"]:
    """The penalized solutions Δ of Φᵀ and residuals."""
    samples, capacity = features.shape[1:]
    across = jnp.swapaxes(features, 1, 2)
    if samples < capacity:
        gram = features @ across + samples * penalty * jnp.eye(samples)[None]
        delta = across @ solve_positive(gram, left)
    else:
        gram = across @ features + samples * penalty * jnp.eye(capacity)[None]
        delta = solve_positive(gram, across @ left)
    return jnp.swapaxes(delta, 1, 2)
