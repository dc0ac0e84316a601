"""Which floating-point numbers the engines compute with."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import jax
from jax import experimental


def double_precision() -> AbstractContextManager[Any]:
    """A context in which jax has 64-bit numbers, whatever the importing program has chosen.

    Example:
        >>> import jax.numpy as jnp
        >>> with double_precision():
        ...     jnp.zeros(()).dtype
        dtype('float64')
    """
    if hasattr(jax, "enable_x64"):
        context: AbstractContextManager[Any] = jax.enable_x64(True)
        return context
    older: AbstractContextManager[Any] = vars(experimental)["enable_x64"](True)  # jax 0.7
    return older
