"""How the shapes and types that functions announce are held against what they get and give.

The packages import the names that annotations of arrays are written in for type checkers alone, so
running them costs nothing. Here the names are known everywhere, and each call is checked.
"""

from __future__ import annotations

import builtins
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import beartype
import jaxtyping
from numpy.typing import ArrayLike

PACKAGES = (
    "update_magnitude.theory.numbers",
    "update_magnitude.simulations.numerics",
    *(f"update_magnitude.simulations.engines.{name}" for name in ("base", "dense", "hybrid")),
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
    """What beartype can check: to version 0.23, generic named tuples are but tuples.

    NumPy's own hint of what makes an array refuses tuples, which do make one.
    """
    if hint is ArrayLike:
        return Any
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return reduce(or_, map(_checkable, get_args(hint)))
    return tuple if isinstance(origin, type) and hasattr(origin, "_fields") else hint
