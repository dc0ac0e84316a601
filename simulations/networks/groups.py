"""Runs that are alike so far are trained once, in groups of equal size for one compiled program.

Two runs of a seed in which the same modules trained at every task are the same run: the first task
is shared by all strategies, and later ones by those that decided alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Tree = TypeVar("Tree")  # of arrays over runs


@dataclass(frozen=True)
class Groups:
    """One run of each kind, and which of them every run is."""

    rows: Places  # runs, a group in each row, [groups, size]; the last repeated to fill its group
    places: Places  # of every run among those, counted through, [R]
    kinds: Places  # of the runs of each group, [groups]

    @property
    def count(self) -> int:
        """How many runs differ."""
        return len(np.unique(self.places))

    def parts(self, tree: Tree) -> list[Tree]:
        """The runs of each group, copied, [size, ...] each, of arrays over all runs, [R, ...]."""
        return [_picked(tree, jax.device_put(rows)) for rows in self.rows.astype(np.int32)]

    def whole(self, parts: Sequence[Tree]) -> Tree:
        """All runs again, [R, ...], from arrays [size, ...] of each group."""
        group, place = np.divmod(self.places.astype(np.int32), self.rows.shape[1])
        place = jax.device_put(place)
        tree = _picked(parts[0], place)
        for number, part in enumerate(parts[1:], 1):
            tree = _put(tree, part, jax.device_put(group == number), place)
        return tree

    def values(self, parts: Sequence[object]) -> NDArray[np.float64]:
        """The same of one array, on the host and in double precision."""
        arrays = [np.asarray(part, np.float64) for part in parts]
        every: NDArray[np.float64] = np.concatenate(arrays)[self.places]
        return every


def grouped(keys: NDArray[np.int64], kinds: Places, size: int) -> Groups:
    """Groups of so many runs, of those whose keys, one in each row, [R, ...], differ.

    Runs of different kinds, [R], are different, and stand in different groups.
    """
    rows: list[Places] = []
    places = np.zeros(len(keys), np.int64)
    for kind in np.unique(kinds):
        mine = np.flatnonzero(kinds == kind)
        _, first, inverse = np.unique(keys[mine], axis=0, return_index=True, return_inverse=True)
        places[mine] = inverse.reshape(-1) + size * len(rows)
        first = mine[first]
        filled = np.resize(first, -(-len(first) // size) * size)
        filled[len(first) :] = first[-1]
        rows += list(filled.reshape(-1, size))
    every = np.stack(rows)
    return Groups(every, places, kinds[every[:, 0]])


@jax.jit
def _picked(tree: Tree, rows: jax.Array) -> Tree:
    """Some rows of all arrays."""
    return jax.tree.map(lambda leaf: leaf[rows], tree)


@partial(jax.jit, donate_argnames=("whole",))
def _put(whole: Tree, part: Tree, mine: jax.Array, places: jax.Array) -> Tree:
    """Rows of a part where they belong to it."""

    def put(old: jax.Array, new: jax.Array) -> jax.Array:
        return jnp.where(mine.reshape(-1, *[1] * (old.ndim - 1)), new[places], old)

    return jax.tree.map(put, whole, part)
