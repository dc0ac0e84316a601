"""Networks as chains of modules, each of which is trained or left as it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.layers import (
    GROUPS,
    Conv,
    Dense,
    GroupNorm,
    Heads,
    normal,
)

STAGES = 4  # of a residual net, each of which has twice the channels of the one before
LAYERS = 3  # hidden ones of a perceptron


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
        self.around = normal(random, inputs, outputs) / inputs**0.5 if changes else None

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, H, W, inputs] → [batch, ⌈H/stride⌉, ⌈W/stride⌉, outputs]."""
        hidden = jax.nn.relu(self.first_norm(self.first(images)))
        found = self.second_norm(self.second(hidden))
        if self.around is not None:
            images = images[:, :: self.stride, :: self.stride] @ self.around
        return jax.nn.relu(found + images)


class Hidden(eqx.Module):
    """A hidden layer of a perceptron: relu(xW + b) of flattened images."""

    dense: Dense

    def __init__(self, random: np.random.Generator, inputs: int, outputs: int) -> None:
        self.dense = Dense(random, inputs, outputs)

    def __call__(self, images: jax.Array) -> jax.Array:
        """[batch, ...] → [batch, outputs]."""
        return jax.nn.relu(self.dense(images.reshape(len(images), -1)))


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

    Args:
        random: of the initial parameters.
        shape: of an image: height, width, channels.
        width: channels of the first stage; each further stage has twice as many, at half the size.
        heads: how many.
        outputs: classes that a head tells apart.

    Raises:
        ScenarioError: if the channels cannot be normalized in groups.

    Example:
        >>> net = residual_net(np.random.default_rng(0), (8, 8, 1), 4, heads=5, outputs=2)
        >>> images = jax.ShapeDtypeStruct((3, 8, 8, 1), float)
        >>> len(net.modules), jax.eval_shape(lambda x: net(x, 0), images).shape
        (9, (3, 2))
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
    """Three hidden layers of equal width; arguments as above.

    Example:
        >>> net = perceptron(np.random.default_rng(0), (8, 8, 1), 16, heads=1, outputs=10)
        >>> net(jax.numpy.ones((3, 8, 8, 1)), 0).shape
        (3, 10)
    """
    sizes = [shape[0] * shape[1] * shape[2], *[width] * LAYERS]
    layers = [Hidden(random, *entry) for entry in pairwise(sizes)]
    return Network(tuple(layers), Heads(random, heads, width, outputs))


MODELS = {"residual": residual_net, "perceptron": perceptron}
MODULES = {"residual": 1 + 2 * STAGES, "perceptron": LAYERS}


def parameters(network: Network) -> list[int]:
    """How many parameters each module has.

    Example:
        >>> parameters(perceptron(np.random.default_rng(0), (2, 2, 1), 3, heads=1, outputs=2))
        [15, 12, 12]
    """
    return [sum(leaf.size for leaf in jax.tree.leaves(module)) for module in network.modules]


def masked(network: Network, trains: jax.Array) -> Network:
    """A network-shaped tree (parameters, gradients, updates) with modules that do not train at 0.

    Args:
        network: the tree.
        trains: 1 for a module that trains, else 0, [modules]. Heads always train.
    """
    modules = tuple(
        jax.tree.map(lambda leaf, one=trains[place]: leaf * one.astype(leaf.dtype), module)
        for place, module in enumerate(network.modules)
    )
    return eqx.tree_at(lambda entry: entry.modules, network, modules)


def flat(tree: object) -> jax.Array:
    """All arrays of a tree in one vector."""
    return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(tree)])
