"""Which floating-point numbers the engines compute with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import jax
from jax import experimental

from update_magnitude.simulations.resources import TYPES

WITHOUT_DOUBLE = ("tpu", "METAL")  # platforms whose float64 is emulated, or missing


def precision_of(device: jax.Device) -> str:
    """The widest type that a device computes with by itself."""
    return TYPES[device.platform in WITHOUT_DOUBLE]


@contextmanager
def computing_in(dtype: str) -> Iterator[None]:
    """A context in which jax has numbers of one type, whatever the importing program has chosen.

    Matrix products are computed in that type too: some devices would round their factors. Random
    numbers and the types of sums are those of jax's own defaults.
    """
    with (
        _wide(dtype == "float64"),
        jax.default_matmul_precision("highest"),
        jax.threefry_partitionable(True),
        jax.numpy_dtype_promotion("standard"),
    ):
        yield


def _wide(wide: bool) -> AbstractContextManager[None]:
    context: AbstractContextManager[None]
    if hasattr(jax, "enable_x64"):
        context = jax.enable_x64(wide)
    else:  # jax 0.7
        context = vars(experimental)["enable_x64" if wide else "disable_x64"]()
    return context
