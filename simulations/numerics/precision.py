"""Which floating-point numbers the engines compute with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
from jax import experimental

from update_magnitude.simulations.resources import TYPES

WITHOUT_DOUBLE = ("tpu", "METAL")  # platforms whose float64 is emulated, or missing


def precision_of(device: jax.Device) -> str:
    """The widest type that a device computes with by itself.

    Example:
        >>> precision_of(jax.devices("cpu")[0])
        'float64'
    """
    return TYPES[device.platform in WITHOUT_DOUBLE]


@contextmanager
def computing_in(dtype: str) -> Iterator[None]:
    """A context in which jax has numbers of one type, whatever the importing program has chosen.

    Matrix products are computed in that type too: some devices would round their factors. Random
    numbers and the types of sums are those of jax's own defaults.

    Example:
        >>> import jax.numpy as jnp
        >>> with computing_in("float64"):
        ...     jnp.zeros(()).dtype
        dtype('float64')
    """
    with (
        _wide(dtype == "float64"),
        jax.default_matmul_precision("highest"),
        jax.threefry_partitionable(True),
        jax.numpy_dtype_promotion("standard"),
    ):
        yield


def _wide(wide: bool) -> Any:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(wide)
    return vars(experimental)["enable_x64" if wide else "disable_x64"]()  # jax 0.7
