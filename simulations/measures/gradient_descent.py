"""Plain gradient descent on the squared loss of one task, run until it stands still.

The model defines an update as a minimum-norm least-squares solution. That training ends there is a
claim, and this is the experiment: start at θ_{t−1}, move only the parameters in S_t, and compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import AnyEngine
from update_magnitude.simulations.engines.dense import Data, Problem, Shape, learn
from update_magnitude.simulations.measures.base import DrawnMeasure, draw, task_of, trained_last

if TYPE_CHECKING:
    from jaxtyping import Float

STILL = 1e-13  # the gradient, relative to the first one, at which descent ends
LONGEST = 50_000  # steps after which it ends in any case; what is missing then shows in the result
VARIANTS = ("from θ_{t−1} on S_t", "from 0 on S_t", "from θ_{t−1} on all blocks")


@dataclass(frozen=True)
class Descent(DrawnMeasure[Problem]):
    """Gradient descent at the last task of a scenario, beside its update, of scale 1.

    Read, per replicate, are the share of the update that descent makes, ⟨θ_GD − θ_{t−1}, Δ⟩/‖Δ‖²,
    and its relative distance from the update, ‖θ_GD − θ_{t−1} − Δ‖/‖Δ‖, for descent as the model
    has it and, as negative controls, for descent from 0 and descent on all blocks.
    """

    together = 256

    def require(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> None:
        """Refuse a scaled update, which descent does not make."""
        super().require(engine, scenarios)
        if scenarios[0].updates.scale[-1] != 1:
            raise ValueError("descent makes whole updates: the scale of the last task must be 1")

    def numbers(self, shape: Shape, scenarios: Sequence[Scenario], devices: int) -> int:
        """Features of all replicates, and what is made of them."""
        return 4 * self.together * shape.capacity * max(shape.samples)

    def given(self, engine: AnyEngine, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of the scenario."""
        problem: Problem = engine.problem_of(scenarios)
        return problem

    def read(
        self, engine: AnyEngine, key: jax.Array, unit: jax.Array, shape: Shape, given: Problem
    ) -> Float[jax.Array, "replicates variants 2"]:
        """The share of the update made, and the distance from it."""
        trained, own = trained_last(given, shape), jax.random.fold_in(key, unit)
        theta = jnp.zeros((self.together, 1, shape.capacity))
        for number, samples in enumerate(shape.samples):
            data = draw(jax.random.fold_in(own, number), (self.together, samples, shape.capacity))
            before = theta
            theta = learn(theta, data, task_of(given, number), shape.sizes)
        start = before[:, 0]
        nothing, everything = jnp.zeros_like(start), jnp.ones_like(trained)
        target, noise = given.optima[0, -1], given.tasks.noise[-1, 0]
        variants = ((start, trained), (nothing, trained), (start, everything))
        ends = [_descend(origin, data, target, noise, moved) - start for origin, moved in variants]
        update = (theta - before)[:, 0]
        return jnp.stack([_compared(end, update) for end in ends], 1)


def _compared(
    made: Float[jax.Array, "replicates parameters"],
    update: Float[jax.Array, "replicates parameters"],
) -> Float[jax.Array, "replicates 2"]:
    """The share of the update that was made, and the relative distance from it."""
    length = (update**2).sum(-1)
    share = (made * update).sum(-1) / length
    apart = jnp.sqrt(((made - update) ** 2).sum(-1) / length)
    return jnp.stack([share, apart], -1)


State = tuple[jax.Array, jax.Array, jax.Array]  # steps, θ, and the gradient there


@jax.jit
def _descend(
    start: Float[jax.Array, "replicates parameters"],
    data: Data,
    target: Float[jax.Array, "parameters"],
    noise: Float[jax.Array, ""],
    moved: Float[jax.Array, "parameters"],
) -> Float[jax.Array, "replicates parameters"]:
    """Where gradient descent with a constant step ends, for every replicate."""
    features = data.features
    outcomes = jnp.einsum("unp,p->un", features, target) + noise * data.errors

    def loss(theta: jax.Array) -> jax.Array:
        misfit = outcomes - jnp.einsum("unp,up->un", features, theta)
        return 0.5 * (misfit**2).sum()  # replicates do not interact: one gradient serves all

    def gradient(theta: jax.Array) -> jax.Array:
        slope: jax.Array = jax.grad(loss)(theta)
        return moved[None] * slope

    trained = features * moved[None, None]
    gram = jnp.einsum("unp,ump->unm", trained, trained)
    steepest = jnp.abs(gram).sum(-1).max(-1)  # no eigenvalue is larger
    rate = 1 / steepest[:, None]
    first = jnp.linalg.norm(gradient(start), axis=-1)

    def moving(state: State) -> jax.Array:
        steps, _, slope = state
        falling: jax.Array = (jnp.linalg.norm(slope, axis=-1) > STILL * first).any()
        return (steps < LONGEST) & falling

    def step(state: State) -> State:
        steps, theta, slope = state
        theta = theta - rate * slope
        return steps + 1, theta, gradient(theta)

    return jax.lax.while_loop(moving, step, (jnp.zeros((), int), start, gradient(start)))[1]
