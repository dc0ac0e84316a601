"""Random numbers: every purpose has a stream with a name of its own.

What one purpose draws, and how much of it, then changes nothing about any other: more training
images leave the noise of the test images as it is, and the deal of the images says nothing about
the initial parameters. A name enters as a digest that never changes, so that a stream is the same
on every machine and in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import jax
import numpy as np

DEAL = "deal of images to tasks"  # by split and class
CHOICE = "choice of training images"  # by task
PIXELS = "order of pixels"  # by task
TRAIN_NOISE = "noise of training images"  # by task
TEST_NOISE = "noise of test images"  # by task
INITIAL = "initial parameters"
BATCHES = "order of training images"
BATCHES_AGAIN = "order of training images, learned again"
PROBE = "images of gradients"
SHUFFLE = "shuffles of seeds"

PURPOSES = (
    *(DEAL, CHOICE, PIXELS, TRAIN_NOISE, TEST_NOISE),
    *(INITIAL, BATCHES, BATCHES_AGAIN, PROBE, SHUFFLE),
)


def generator(purpose: str, seed: int, *places: int) -> np.random.Generator:
    """The stream of a purpose, on the host.

    Args:
        purpose: one of ``PURPOSES``.
        seed: a whole number, at least 0.
        places: which of several streams of the purpose, such as the number of a task.

    Example:
        >>> [generator(PIXELS, 0, task).permutation(5).tolist() for task in (1, 1, 2)]
        [[1, 0, 2, 4, 3], [1, 0, 2, 4, 3], [4, 2, 3, 0, 1]]
    """
    words = np.frombuffer(_digest(purpose, 16), "<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*words, *places)))


def keys(purpose: str, seeds: Sequence[int]) -> jax.Array:
    """Keys of the streams of a purpose for programs on the device, one for each seed, [seeds].

    Args:
        purpose: one of ``PURPOSES``.
        seeds: whole numbers, at least 0 and below 2³².

    Example:
        >>> keys(PROBE, [0, 1, 0]).shape
        (3,)
    """
    name = np.uint32(int.from_bytes(_digest(purpose, 4), "little"))
    found: jax.Array = jax.vmap(lambda seed: _key(seed, name))(np.array(seeds, np.uint32))
    return found


def _key(seed: jax.Array, name: np.uint32) -> jax.Array:
    return jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), name)


def _digest(purpose: str, size: int) -> bytes:
    return blake2b(purpose.encode(), digest_size=size).digest()
