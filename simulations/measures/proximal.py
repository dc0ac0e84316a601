"""The proximal update, literally: least squares held by λ‖θ − θ_{t−1}‖²."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import Scenario, coordinates
from update_magnitude.simulations.engines.dense import draw_errors, draw_features
from update_magnitude.simulations.literal import Literal
from update_magnitude.simulations.numerics.elimination import solve_positive
from update_magnitude.simulations.streams import Seed

UNIT_NORMALS = 2**18  # normals drawn at once
DIRECTIONS = 8  # in which the optima of a replicate lie: features are the same, noise is not
RISK, FORGETTING = 0, 1  # what is measured


class Proximal(Literal):
    """One proximal update from θ_1 = 0: the second task of a scenario, all parameters train.

    Δ minimizes ‖Φᵀ(θ + Δ) − y‖²/n + λ‖Δ‖². Measures R_2 = ‖θ*_2 − Δ‖² and
    F = ‖θ*_1 − Δ‖² − ‖θ*_1‖², per replicate the mean over ``DIRECTIONS`` turns of the optima.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> held = Proximal(close, seed=0, penalty=1e9)  # holds so tightly that nothing moves
        >>> held.run(16)
        >>> held.results().mean.round(6).tolist()  # ‖θ*_2‖², and nothing forgotten
        [4.08, -0.0]
    """

    def __init__(self, scenario: Scenario, seed: Seed, penalty: float) -> None:
        """See above.

        Args:
            scenario: two tasks; their optima, and the samples and noise of the second.
            seed: a whole number, at least 0, or a named stream.
            penalty: λ > 0.

        Raises:
            ValueError: if λ is not positive.
        """
        if not penalty > 0:
            raise ValueError(f"penalty = {penalty}: λ is above 0")
        super().__init__(seed)
        self._scenario, self._penalty = scenario, penalty
        samples, capacity = self._size = (scenario.tasks.samples[1], scenario.blocks.capacity)
        self.normals = samples * (capacity + DIRECTIONS)
        self.unit = min(4096, 1 << max(1, UNIT_NORMALS // self.normals).bit_length() - 1)

    def given(self) -> tuple[Any, ...]:
        """The optima, the noise, the penalty, and what is compiled in."""
        noise = self._scenario.tasks.noise[1]
        return self._optima(), noise, self._penalty, (self.unit, *self._size)

    def measure(self, key: jax.Array, *given: Any) -> Any:
        """R_2 and F."""
        return _measured(key, *given)

    def _optima(self) -> Any:
        """Both optima, and the same turned: along other axes, [2, DIRECTIONS, P]."""
        rows = []
        for size, points in zip(
            self._scenario.blocks.sizes, coordinates(self._scenario), strict=True
        ):
            block = np.zeros((2, size))
            kept = min(size, points.shape[1])
            block[:, :kept] = points[:2, :kept]
            rows.append(block)
        first = np.concatenate(rows, axis=1)
        step = max(1, first.shape[1] // DIRECTIONS)
        return jax.device_put(np.stack([np.roll(first, k * step, 1) for k in range(DIRECTIONS)], 1))


@partial(jax.jit, static_argnums=4)
def _measured(
    key: jax.Array,
    optima: jax.Array,
    noise: jax.Array,
    penalty: jax.Array,
    size: tuple[int, int, int],
) -> jax.Array:
    """R_2 and F of every replicate of one unit, [U, 2]."""
    unit, samples, capacity = size
    features = draw_features(key, size, float)  # Φᵀ, [U, n, P]
    errors = draw_errors(key, (unit, DIRECTIONS * samples), float)
    first, second = optima
    left = jnp.einsum("unp,gp->ung", features, second)
    left = left + noise * errors.reshape(unit, samples, DIRECTIONS)
    across = jnp.swapaxes(features, 1, 2)
    if samples < capacity:
        gram = features @ across + samples * penalty * jnp.eye(samples)[None]
        delta = across @ solve_positive(gram, left)
    else:
        gram = across @ features + samples * penalty * jnp.eye(capacity)[None]
        delta = solve_positive(gram, across @ left)
    delta = jnp.swapaxes(delta, 1, 2)  # [U, G, P]
    risk = ((delta - second[None]) ** 2).sum(-1)
    forgetting = ((delta - first[None]) ** 2 - first[None] ** 2).sum(-1)
    return jnp.stack([risk, forgetting], -1).mean(1)
