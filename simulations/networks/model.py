"""Networks as chains of modules, each of which is trained or left as it is, and their layers.

Images are [batch, height, width, channels]. Convolution is written as one matrix product of all
3 × 3 patches: XLA's own, which over runs with parameters of their own becomes a grouped one, is 2
to 12 times slower on a CPU (`make bench` measures it). Initial parameters are drawn on the host:
compiling draws of two dozen shapes takes longer than training a small network.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import ScenarioError

SIDE = 3  # of the kernels
GROUPS = 4  # of channels that are normalized together
SMALL = 0.01  # of the usual size: initial weights of heads
TINY = 1e-5  # added to the variance
STAGES = 4  # of a residual net, each of which has twice the channels of the one before
LAYERS = 3  # hidden ones of a perceptron


class Conv(eqx.Module):
    """A 3 × 3 convolution without bias, with a border of zeros: y = Σ_k x[· + k] W_k."""

    weight: jax.Array  # [9 · inputs, outputs]
    stride: int = eqx.field(static=True)

    def __init__(
        self, random: np.random.Generator, inputs: int, outputs: int, stride: int = 1
    ) -> None:
        self.weight = _he(random, SIDE * SIDE * inputs, outputs)
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
        return normal * _along(self.scale, normal) + _along(self.shift, normal)


class First(eqx.Module):
    """The first block of a residual net: a single convolution, normalized and rectified."""

    conv: Conv
    norm: GroupNorm

    def __init__(self, random: np.random.Generator, inputs: int, outputs: int) -> None:
        self.conv, self.norm = Conv(random, inputs, outputs), GroupNorm(outputs)

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, H, W, inputs] → [batch, H, W, outputs]."""
        return jax.nn.relu(self.norm(self.conv(images)))


class Residual(eqx.Module):
    """Two convolutions around which the input is led: y = relu(f(x) + x).

    Where the shape changes, x is led through a linear map of its channels at every second place.

    Source:
        He et al., Deep Residual Learning, CVPR 2016, arXiv 1512.03385 (the basic block).
    """

    first: Conv
    first_norm: GroupNorm
    second: Conv
    second_norm: GroupNorm
    around: jax.Array | None  # [inputs, outputs]
    stride: int = eqx.field(static=True)

    def __init__(self, random: np.random.Generator, inputs: int, outputs: int, stride: int) -> None:
        self.first, self.first_norm = Conv(random, inputs, outputs, stride), GroupNorm(outputs)
        self.second, self.second_norm = Conv(random, outputs, outputs), GroupNorm(outputs)
        self.stride = stride
        changes = inputs != outputs or stride > 1
        self.around = _normal(random, inputs, outputs) / inputs**0.5 if changes else None

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, H, W, inputs] → [batch, ⌈H/stride⌉, ⌈W/stride⌉, outputs]."""
        hidden = jax.nn.relu(self.first_norm(self.first(images)))
        added = self.second_norm(self.second(hidden))
        if self.around is not None:
            images = images[:, :: self.stride, :: self.stride] @ self.around
        return jax.nn.relu(added + images)


class Hidden(eqx.Module):
    """A hidden layer of a perceptron: relu(xW + b) of flattened images."""

    weight: jax.Array  # [inputs, outputs]
    bias: jax.Array  # [outputs]

    def __init__(self, random: np.random.Generator, inputs: int, outputs: int) -> None:
        self.weight, self.bias = _he(random, inputs, outputs), jnp.zeros(outputs)

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, ...] → [batch, outputs]."""
        rows = images.reshape(len(images), -1)
        return jax.nn.relu(rows @ self.weight + _along(self.bias, rows))


class Heads(eqx.Module):
    """Linear heads, one per task or one for all, that all begin at the same small parameters.

    Gradients of two tasks at a common point can be compared only if their heads are the same there;
    and small, since else the logits' common offset, which both undo first, hides what they differ
    in: different tasks then have cosines of up to 0.97.
    """

    weight: jax.Array  # [heads, features, outputs]
    bias: jax.Array  # [heads, outputs]

    def __init__(
        self, random: np.random.Generator, heads: int, features: int, outputs: int
    ) -> None:
        weight = SMALL * _normal(random, features, outputs) / features**0.5
        self.weight = jnp.repeat(weight[None], heads, axis=0)
        self.bias = jnp.zeros((heads, outputs))

    def __call__(self, features: jax.Array, head: jax.Array) -> jax.Array:
        """Logits of one head: [batch, features] → [batch, outputs]."""
        return features @ self.weight[head] + _along(self.bias[head], features)


class Network(eqx.Module):
    """Modules one after another, average pooling over what is left of the image, and heads."""

    modules: tuple[Callable[[jax.Array], jax.Array], ...]
    heads: Heads

    def __call__(self, images: jax.Array, head: jax.Array) -> jax.Array:
        """Logits of one head: [batch, H, W, channels] → [batch, outputs]."""
        for module in self.modules:
            images = module(images)
        pooled = images.mean((1, 2)) if images.ndim == 4 else images
        return self.heads(pooled, head)


def residual_net(
    random: np.random.Generator, shape: tuple[int, int, int], width: int, heads: int, outputs: int
) -> Network:
    """Nine convolutional blocks: a single layer, then two residual blocks in each of four stages.

    ``width`` is the channels of the first stage; each further one has twice as many, at half the
    size. ``shape`` is the height, width and channels of an image; ``outputs`` is of each head.
    """
    if width % GROUPS:
        raise ScenarioError(
            f"--width {width}: channels are normalized in groups; give a multiple of {GROUPS}"
        )
    blocks: list[First | Residual] = [First(random, shape[2], width)]
    inputs = width
    for stage in range(STAGES):
        channels = width * 2**stage
        for stride in (2 if stage else 1, 1):
            blocks.append(Residual(random, inputs, channels, stride))
            inputs = channels
    return Network(tuple(blocks), Heads(random, heads, inputs, outputs))


def perceptron(
    random: np.random.Generator, shape: tuple[int, int, int], width: int, heads: int, outputs: int
) -> Network:
    """Three hidden layers of equal width; arguments as above."""
    sizes = [shape[0] * shape[1] * shape[2], *[width] * LAYERS]
    layers = [Hidden(random, *ends) for ends in pairwise(sizes)]
    return Network(tuple(layers), Heads(random, heads, width, outputs))


MODELS = {"residual": residual_net, "perceptron": perceptron}
MODULES = {"residual": 1 + 2 * STAGES, "perceptron": LAYERS}


def parameters(network: Network) -> tuple[int, ...]:
    """How many parameters each module has."""
    return tuple(sum(leaf.size for leaf in jax.tree.leaves(part)) for part in network.modules)


def flat(tree: object) -> jax.Array:
    """All arrays of a tree in one vector."""
    return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(tree)])


def _he(random: np.random.Generator, inputs: int, outputs: int) -> jax.Array:
    """Normal weights of variance 2/inputs, [inputs, outputs] (He et al. 2015)."""
    return _normal(random, inputs, outputs) * (2 / inputs) ** 0.5


def _normal(random: np.random.Generator, inputs: int, outputs: int) -> jax.Array:
    """Standard normal weights, [inputs, outputs]."""
    return jax.device_put(random.standard_normal((inputs, outputs), np.float32))


def _along(vector: jax.Array, like: jax.Array) -> jax.Array:
    """A vector with as many axes as an array, to be broadcast along its last one."""
    return jnp.expand_dims(vector, tuple(range(like.ndim - 1)))
