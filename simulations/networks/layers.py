"""The parts networks are made of: convolution, normalization, dense layers, heads.

Images are [batch, height, width, channels]. Convolution is written as one matrix product of all
3 × 3 patches. Under vmap over runs with parameters of their own, XLA has to turn its own
convolution into a grouped one, and in a loop it leaves its fast path: on a CPU either is 2 to 12
times slower than this (`make bench` measures it); on an accelerator the product is what the
hardware is best at. Initial parameters are drawn on the host: compiling draws of two dozen shapes
takes longer than training a small network.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

SIDE = 3  # of the kernels
GROUPS = 4  # of channels that are normalized together
SMALL = 0.01  # of the usual size: initial weights of heads
TINY = 1e-5  # added to the variance


class Conv(eqx.Module):
    """A 3 × 3 convolution without bias, with a border of zeros: y = Σ_k x[· + k] W_k.

    Example:
        >>> layer = Conv(np.random.default_rng(0), 3, 8, stride=2)
        >>> layer(jnp.ones((5, 9, 9, 3))).shape
        (5, 5, 5, 8)
    """

    weight: jax.Array  # [9 · inputs, outputs]
    stride: int = eqx.field(static=True)

    def __init__(
        self, random: np.random.Generator, inputs: int, outputs: int, stride: int = 1
    ) -> None:
        self.weight = he(random, SIDE * SIDE * inputs, outputs)
        self.stride = stride

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, H, W, inputs] → [batch, ⌈H/stride⌉, ⌈W/stride⌉, outputs]."""
        height, width = images.shape[1:3]
        padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
        patches = [
            padded[:, down : down + height : self.stride, right : right + width : self.stride]
            for down in range(SIDE)
            for right in range(SIDE)
        ]
        return jnp.concatenate(patches, axis=-1) @ self.weight


class GroupNorm(eqx.Module):
    """Group normalization: each image's groups of channels to mean 0, variance 1; then γx + β.

    Not batch normalization: its running statistics are neither trained nor frozen by a mask, drift
    with every task whatever is frozen, and would count as forgetting that no parameter caused; its
    batch statistics make an image's gradient depend on its batch.

    Source:
        Wu and He, Group Normalization, ECCV 2018, arXiv 1803.08494.
    """

    scale: jax.Array  # γ, [channels]
    shift: jax.Array  # β, [channels]

    def __init__(self, channels: int) -> None:
        self.scale, self.shift = jnp.ones(channels), jnp.zeros(channels)

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, H, W, channels] → the same shape."""
        grouped = images.reshape(*images.shape[:3], min(GROUPS, images.shape[3]), -1)
        mean = grouped.mean((1, 2, 4), keepdims=True)
        variance = grouped.var((1, 2, 4), keepdims=True)
        normal = ((grouped - mean) * jax.lax.rsqrt(variance + TINY)).reshape(images.shape)
        return normal * along(self.scale, normal) + along(self.shift, normal)


class Dense(eqx.Module):
    """A dense layer: y = xW + b."""

    weight: jax.Array  # [inputs, outputs]
    bias: jax.Array  # [outputs]

    def __init__(self, random: np.random.Generator, inputs: int, outputs: int) -> None:
        self.weight, self.bias = he(random, inputs, outputs), jnp.zeros(outputs)

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """[batch, inputs] → [batch, outputs]."""
        return inputs @ self.weight + along(self.bias, inputs)


class Heads(eqx.Module):
    """Linear heads, one per task or one for all, that all begin at the same small parameters.

    Gradients of two tasks at a common point can be compared only if their heads are the same there;
    and small, since else what both tasks have to undo first, the logits' common offset at the
    start, hides what they differ in: different tasks then have cosines of up to 0.97.
    """

    weight: jax.Array  # [heads, features, outputs]
    bias: jax.Array  # [heads, outputs]

    def __init__(
        self, random: np.random.Generator, heads: int, features: int, outputs: int
    ) -> None:
        weight = SMALL * normal(random, features, outputs) / features**0.5
        self.weight = jnp.repeat(weight[None], heads, axis=0)
        self.bias = jnp.zeros((heads, outputs))

    def __call__(self, features: jax.Array, head: jax.Array) -> jax.Array:
        """Logits of one head: [batch, features] → [batch, outputs]."""
        return features @ self.weight[head] + along(self.bias[head], features)


def he(random: np.random.Generator, inputs: int, outputs: int) -> jax.Array:
    """Normal weights of variance 2/inputs, [inputs, outputs] (He et al. 2015)."""
    return normal(random, inputs, outputs) * (2 / inputs) ** 0.5


def normal(random: np.random.Generator, inputs: int, outputs: int) -> jax.Array:
    """Standard normal weights, [inputs, outputs]."""
    return jax.device_put(random.standard_normal((inputs, outputs), np.float32))


def along(vector: jax.Array, like: jax.Array) -> jax.Array:
    """A vector with as many axes as an array, to be broadcast along its last one."""
    return jnp.expand_dims(vector, tuple(range(like.ndim - 1)))
