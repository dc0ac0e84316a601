"""Plain gradient descent on the squared loss of one task, run until it stands still.

The model defines an update as a minimum-norm least-squares solution. That training finds it is a
claim, and this is the experiment: start at θ_{t−1}, move only the parameters in S_t, and compare
where descent ends with the update.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import require_memory
from update_magnitude.simulations.engines.dense import (
    Data,
    Problem,
    Shape,
    learn,
    problem_of,
    shape_of,
)
from update_magnitude.simulations.literal import Literal, draw
from update_magnitude.simulations.streams import Seed

UNIT = 256  # replicates that descend together
STILL = 1e-13  # the gradient, relative to the first one, at which descent ends
LONGEST = 50_000  # steps after which it ends in any case; what is missing then shows in the result


VARIANTS = ("from θ_{t−1} on S_t", "from 0 on S_t", "from θ_{t−1} on all blocks")


class Descent(Literal):
    """Gradient descent at the last task of a scenario, beside the update of the same data.

    Measures, per replicate, the share of the update that descent makes, ⟨θ_GD − θ_{t−1}, Δ⟩/‖Δ‖²,
    and its relative distance from the update, ‖θ_GD − θ_{t−1} − Δ‖/‖Δ‖. It does so for descent as
    the model has it and, as negative controls, for descent from 0 and descent on all blocks.

    Args:
        scenario: the sequence; descent replaces the update of its last task, whose scale is 1.
        seed: a whole number, at least 0, or a named stream.

    Example:
        >>> from update_magnitude import scenarios
        >>> descent = Descent(scenarios.preset("two-tasks-underparameterized"), seed=0)
        >>> descent.run(256)
        >>> descent.results().mean[0].round(6).tolist()
        [1.0, 0.0]
    """

    def __init__(self, scenario: Scenario, seed: Seed) -> None:
        if scenario.updates.scale[-1] != 1:
            raise ValueError("descent makes whole updates: the scale of the last task must be 1")
        super().__init__(seed)
        self._scenario, self._shape = scenario, shape_of([scenario])
        require_memory(4 * UNIT * self._shape.capacity * max(self._shape.samples))
        self.normals = self._shape.normals

    unit = UNIT

    def given(self) -> tuple[Any, ...]:
        """The numbers of the scenario, and 1 for the parameters that train at the last task."""
        trained = np.repeat(self._scenario.schedule[-1].trainable, self._shape.sizes)
        return problem_of([self._scenario]), trained.astype(float), self._shape

    def measure(self, key: jax.Array, *given: Any) -> Any:
        """The share of the update made, and the distance from it, for each of ``VARIANTS``."""
        return _measured(key, *given)


@partial(jax.jit, static_argnums=3)
def _measured(key: jax.Array, problem: Problem, trained: jax.Array, shape: Shape) -> jax.Array:
    """What is measured of every replicate of one unit, [U, variants, 2]."""
    theta = jnp.zeros((UNIT, 1, shape.capacity))
    for number, samples in enumerate(shape.samples):
        data = draw(jax.random.fold_in(key, number), (UNIT, samples, shape.capacity))
        task = jax.tree.map(itemgetter(number), problem.tasks)
        before, theta = theta, learn(theta, data, task, shape.sizes)
    start = before[:, 0]
    nothing, everything = jnp.zeros_like(start), jnp.ones_like(trained)
    given = (data, problem.optima[0, -1], problem.tasks.noise[-1, 0])
    variants = ((start, trained), (nothing, trained), (start, everything))
    ends = [_descend(at, *given, moved) - start for at, moved in variants]
    update = (theta - before)[:, 0]
    return jnp.stack([_compared(end, update) for end in ends], 1)


def _compared(made: jax.Array, update: jax.Array) -> jax.Array:
    """The share of the update that was made, and the relative distance from it, [U, 2]."""
    length = (update**2).sum(-1)
    share = (made * update).sum(-1) / length
    apart = jnp.sqrt(((made - update) ** 2).sum(-1) / length)
    return jnp.stack([share, apart], -1)


@jax.jit
def _descend(
    start: jax.Array, data: Data, target: jax.Array, noise: jax.Array, moved: jax.Array
) -> jax.Array:
    """Where gradient descent with a constant step ends, for every replicate, [U, P]."""
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

    def moving(state: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        steps, _, slope = state
        still_falling: jax.Array = (jnp.linalg.norm(slope, axis=-1) > STILL * first).any()
        return (steps < LONGEST) & still_falling

    def step(
        state: tuple[jax.Array, jax.Array, jax.Array],
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        steps, theta, slope = state
        theta = theta - rate * slope
        return steps + 1, theta, gradient(theta)

    return jax.lax.while_loop(moving, step, (jnp.zeros((), int), start, gradient(start)))[1]
