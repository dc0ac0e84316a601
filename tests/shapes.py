"""How the shapes and types that functions announce are held against what they get and give.

The packages import the names that annotations of arrays are written in for type checkers alone, so
running them costs nothing. Here the names are known everywhere, and each call is checked.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_origin

import beartype
import jaxtyping
import numpy as np

PACKAGES = (
    "update_magnitude.theory.numbers",
    "update_magnitude.simulations.numerics",
    *(f"update_magnitude.simulations.engines.{name}" for name in ("base", "dense", "drawing")),
    *(f"update_magnitude.simulations.engines.{name}" for name in ("holding", "hybrid")),
    *(f"update_magnitude.simulations.engines.{name}" for name in ("law", "literal", "signals")),
    "update_magnitude.simulations.measures",
    "update_magnitude.simulations.reducers",
)
NAMES = ("Bool", "Float", "Float64", "Int", "PRNGKeyArray", "Shaped", "UInt", "UInt32")
SETTINGS = beartype.BeartypeConf(is_pep484_tower=True)  # whole numbers are numbers

FunctionT = TypeVar("FunctionT")

vars(builtins).update({name: getattr(jaxtyping, name) for name in NAMES})


def checked(function: FunctionT) -> FunctionT:
    """The function, refusing arguments and results that are not what it says of them."""
    hints = function.__annotations__
    hints |= {name: _checkable(hint) for name, hint in hints.items()}
    return beartype.beartype(conf=SETTINGS)(function)


def _checkable(hint: Any) -> Any:
    """The hint, if it speaks of arrays; functions refuse other arguments in words of their own.

    To version 0.23, beartype does not know generic named tuples.
    """
    parts = tuple(_parts(hint))
    known = not any(hasattr(get_origin(part), "_fields") for part in parts)
    return hint if known and any(map(_is_array, parts)) else Any


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


def _is_array(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray):
        return True
    return get_origin(hint) is np.ndarray
