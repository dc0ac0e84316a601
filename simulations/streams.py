"""Streams of random numbers by name: a run has one for every purpose.

Those of engines, checks and figures are made here; networks, which draw with NumPy too, have
``networks.streams``. The key of a purpose is ``fold_in(key(seed), number)`` with a hash of its
name. So its draws depend on the seed and on the name alone: not on what else runs, on the order in
which it runs, or on the options of a run. The numbers of purposes are at least 2^31 and those of
units are less, so no purpose has the key of a unit of another one. The stream without a name is
that of ``simulate`` and of sweeps: the key of the seed itself.
"""

from __future__ import annotations

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
    digest = blake2b(purpose.encode(), digest_size=4).digest()
    return np.uint32(FIRST | int.from_bytes(digest, "big"))


def key_from(bits: JaxArray) -> JaxArray:
    """The key that ``Stream.bits`` stand for."""
    import jax

    key: JaxArray = jax.random.wrap_key_data(bits, impl=GENERATOR)
    return key


def _whole(seed: object) -> int:
    given = plain(seed)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= MOST_SEED:
        fail("seed", given, "a seed is at least 0 and less than 2**32, a whole number")
    return given
