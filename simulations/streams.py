"""Streams of random numbers by name: a run has one for every purpose.

The key of a purpose is ``fold_in(key(seed), number)`` with a number that is a hash of the name. So
the draws of a purpose depend on the seed and on its name alone: not on what else runs, not on the
order in which it runs, and on none of the options of a run. The numbers of purposes are at least
2^31 and those of units are less, so no purpose has the key of a unit of another one.

The stream without a name is that of ``simulate`` and of sweeps: the key of the seed itself. jax is
imported with the first key, not with this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.fields import fail, plain

if TYPE_CHECKING:
    from jax import Array as JaxArray

GENERATOR = "threefry2x32"  # named, so that a program's own choice for its keys changes nothing
FIRST = 2**31  # of the numbers that names have
MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Stream:
    """The random numbers of one purpose; jax is imported with its key."""

    seed: int
    purpose: str = ""

    @property
    def key(self) -> JaxArray:
        """The key of the stream, of jax."""
        import jax

        key = jax.random.key(np.uint32(self.seed), impl=GENERATOR)
        return jax.random.fold_in(key, number_of(self.purpose)) if self.purpose else key

    @property
    def bits(self) -> NDArray[np.uint32]:
        """The same key as two numbers, which a compiled program takes as data; see ``key_from``."""
        import jax

        return np.asarray(jax.random.key_data(self.key))


Seed = int | Stream


def named(seed: Seed, *names: str) -> Stream:
    """The stream of a purpose, of a seed or, as a part of it, of another stream.

    Raises:
        ScenarioError: if the seed is no whole number, at least 0 and less than 2^32.

    Example:
        >>> figure = named(7, "figures", "drift")
        >>> named(figure, "dense")
        Stream(seed=7, purpose='figures/drift/dense')
    """
    whole = seed if isinstance(seed, Stream) else Stream(_whole(seed))
    return Stream(whole.seed, "/".join(name for name in (whole.purpose, *names) if name))


def number_of(purpose: str) -> np.uint32:
    """The number that stands for a name: the same on every machine, at least 2^31."""
    return np.uint32(FIRST | int.from_bytes(_digest(purpose, 4), "big"))


def key_from(bits: JaxArray) -> JaxArray:
    """The key that ``Stream.bits`` stand for."""
    import jax

    key: JaxArray = jax.random.wrap_key_data(bits, impl=GENERATOR)
    return key


# The purposes of networks. What one draws, and how much of it, changes nothing about any other:
# more training images leave the noise of the test images as it is.
DEAL = "deal of images to tasks"  # by split and class
CHOICE = "choice of training images"  # by task
PIXELS = "order of pixels"  # by task
TRAIN_NOISE = "noise of training images"  # by task
TEST_NOISE = "noise of test images"  # by task
INITIAL = "initial parameters"
BATCHES = "order of training images"
BATCHES_AGAIN = "order of training images, learned again"
PROBE = "images of gradients"
IMPORTANCE = "images and outputs of importances"
IMPORTANCE_ORDER = "shuffles of importances"
PERTURBATION = "perturbation of initial parameters"
CLASSES = "order of classes"
SHUFFLE = "shuffles of seeds"
PURPOSES = (
    *(DEAL, CHOICE, PIXELS, TRAIN_NOISE, TEST_NOISE),
    *(INITIAL, BATCHES, BATCHES_AGAIN, PROBE, SHUFFLE),
    *(IMPORTANCE, IMPORTANCE_ORDER, PERTURBATION, CLASSES),
)


def generator(purpose: str, seed: int, *places: int) -> np.random.Generator:
    """The stream of a purpose of networks on the host; ``places`` are numbers of a task or class.

    Example:
        >>> [generator(PIXELS, 0, task).permutation(5).tolist() for task in (1, 1, 2)]
        [[1, 0, 2, 4, 3], [1, 0, 2, 4, 3], [4, 2, 3, 0, 1]]
    """
    words = np.frombuffer(_digest(purpose, 16), "<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*words, *places)))


def keys(purpose: str, seeds: Sequence[int]) -> JaxArray:
    """Keys of a purpose of networks on the device, one for each seed, [seeds].

    The number of its name is read from the other end than ``number_of`` reads it: committed runs
    were trained with these keys.
    """
    import jax

    name = np.uint32(int.from_bytes(_digest(purpose, 4), "little"))
    made: JaxArray = jax.vmap(
        lambda seed: jax.random.fold_in(jax.random.key(seed, impl=GENERATOR), name)
    )(np.array(seeds, np.uint32))
    return made


def _digest(purpose: str, size: int) -> bytes:
    return blake2b(purpose.encode(), digest_size=size).digest()


def _whole(seed: object) -> int:
    given = plain(seed)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MOST_SEED:
        fail("seed", given, "a seed is at least 0 and less than 2**32, a whole number")
    return given
