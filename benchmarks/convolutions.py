"""The convolution of the networks beside XLA's own, over runs with parameters of their own."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.timing import PACE, Pace, Timed, side_by_side
from update_magnitude.simulations.networks.model import SIDE, Conv

RUNS, BATCH, LAYERS = 12, 32, 4
EMPTY = Conv(np.random.default_rng(0), 1, 1)  # for weights of any size
SHAPES = ((8, 16), (4, 64), (16, 8))  # pixels on a side, channels

Row = dict[str, float | None]
Step = Callable[[jax.Array, jax.Array], tuple[jax.Array, jax.Array]]  # loss and gradient


def rows(shapes: tuple[tuple[int, int], ...] = SHAPES, pace: Pace = PACE) -> list[Row]:
    """Training steps of a chain of convolutions: GFLOP per second, and ratios to the fastest."""
    return [_row(side, channels, pace) for side, channels in shapes]


def _row(side: int, channels: int, pace: Pace) -> Row:
    work = 6 * RUNS * BATCH * side**2 * SIDE**2 * channels**2 * LAYERS / 1e9
    rates = side_by_side(
        {
            f"{name}, {how}": _timed(convolve, how, side, channels, work)
            for name, convolve in (("patches", _patches), ("XLA's", _xla))
            for how in ("loop", "vmap")
        },
        pace,
    )
    best = np.max(list(rates.values()), axis=0)
    return {
        "side": side,
        "channels": channels,
        **{name: float(np.median(rate)) for name, rate in rates.items()},
        **{f"{name} / best": float(np.median(rate / best)) for name, rate in rates.items()},
    }


def _patches(weight: jax.Array, images: jax.Array) -> jax.Array:
    convolved: jax.Array = eqx.tree_at(lambda layer: layer.weight, EMPTY, weight)(images)
    return convolved


def _xla(weight: jax.Array, images: jax.Array) -> jax.Array:
    channels = images.shape[-1]
    kernel = weight.reshape(SIDE, SIDE, channels, channels)
    return jax.lax.conv_general_dilated(
        images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _timed(
    convolve: Callable[[jax.Array, jax.Array], jax.Array],
    how: str,
    side: int,
    channels: int,
    work: float,
) -> Timed:
    """The loss and gradient of a chain of layers for all runs, compiled."""
    random = np.random.default_rng(0)
    images = random.standard_normal((RUNS, BATCH, side, side, channels), np.float32)
    weights = random.standard_normal((RUNS, LAYERS, SIDE**2 * channels, channels), np.float32)

    def loss(weights: jax.Array, images: jax.Array) -> jax.Array:
        for place in range(LAYERS):
            images = images + 0.1 * jax.nn.relu(convolve(0.1 * weights[place], images))
        return jnp.mean(images**2)

    step = jax.value_and_grad(loss)
    run = jax.vmap(step) if how == "vmap" else _looped(step)
    compiled = jax.jit(run)
    on_device = jax.device_put((weights, images))
    return lambda: compiled(*on_device)[0].block_until_ready(), work


def _looped(step: Step) -> Step:
    return lambda weights, images: jax.lax.map(lambda pair: step(*pair), (weights, images))
