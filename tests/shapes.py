"""How the shapes and types that functions announce are held against what they get and give.

The packages import the names that annotations of arrays are written in for type checkers alone, so
running them costs nothing. Here the names are known everywhere, and each call is checked.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, get_args, get_origin

import beartype
import jaxtyping
import numpy as np

PACKAGES = (
    "update_magnitude.theory.numbers",
    "update_magnitude.simulations.numerics",
    *(f"update_magnitude.simulations.engines.{name}" for name in ("base", "dense", "drawing")),
    *(f"update_magnitude.simulations.engines.{name}" for name in ("evidence", "holding", "hybrid")),
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


def of_arrays(decorate: Callable[..., Any]) -> Callable[..., Any]:
    """The decorator, for functions that speak of arrays; others stay as they are.

    So do those that are made within others: they would be decorated anew with each call of these,
    which takes longer than what is computed.
    """

    def decorator(*, typechecker: Callable[[FunctionT], FunctionT]) -> Callable[..., Any]:
        def decorated(found: Any) -> Any:
            if inspect.isfunction(found) and not _speaks_of_arrays(found):
                return found
            return decorate(found, typechecker=typechecker)

        return decorated

    return decorator


def _speaks_of_arrays(function: Any) -> bool:
    hints = (_evaluated(hint, function) for hint in function.__annotations__.values())
    return "<locals>" not in function.__qualname__ and any(
        _checkable(hint) is not Any for hint in hints
    )


def _evaluated(hint: Any, function: Any) -> Any:
    """What the text of a hint means; Any, if that is not known yet."""
    try:
        return eval(hint, function.__globals__) if isinstance(hint, str) else hint
    except (NameError, AttributeError):
        return Any


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
