"""Numbers put into formulas: values of symbols, checked, and formulas evaluated at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from update_magnitude.theory.proofs.equality import DIGITS
from update_magnitude.theory.proofs.inner_products import Inner
from update_magnitude.theory.proofs.lowering import lower


class Given(dict[str, NDArray[np.float64]]):
    """Values of symbols; what has none is looked for, or else named."""

    find: Callable[[str], float] | None = None

    def __missing__(self, name: str) -> NDArray[np.float64]:
        if self.find is None:
            raise KeyError(f"{name}: the formula and its domain need a value of it")
        return self.setdefault(name, np.asarray(self.find(name)))


def numbers(name: str, value: Any) -> NDArray[np.float64]:
    """A number, or an array of them; what stands for no number is refused, True among it."""
    given = np.asarray(value)
    entries = given.ravel().tolist() if given.dtype.kind == "O" else []
    if given.dtype.kind not in "iufO" or any(
        entry is None or isinstance(entry, str) for entry in entries
    ):
        raise TypeError(f"{name} = {value!r:.60}: a number is needed, or an array of numbers")
    return given.astype(float)


def common_shape(given: Mapping[str, NDArray[np.float64]]) -> tuple[int, ...]:
    """The shape to which arrays broadcast.

    Raises:
        ValueError: naming their shapes, if they do not.
    """
    try:
        return np.broadcast_shapes(*(entry.shape for entry in given.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {entry.shape}" for name, entry in given.items())
        raise ValueError(f"arrays of shapes that do not go together: {shapes}") from None


def can_be(symbol: Symbol, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where values are what a symbol stands for: finite, and positive or whole if it is."""
    possible = np.isfinite(values)
    if symbol.is_positive:
        possible &= values > 0
    elif symbol.is_nonnegative:
        possible &= values >= 0
    if symbol.is_integer:
        possible &= values == np.floor(values)
    return possible


def value_in_digits(expression: Expr, given: dict[str, NDArray[np.float64]]) -> Any:
    """The same in 60 digits, value by value: for formulas that cancel in floating point."""
    symbols = tuple(sorted(symbols_in(expression), key=str))
    function = lower(symbols, expression, modules="mpmath")
    values = np.broadcast_arrays(*(given[str(symbol)] for symbol in symbols))
    with mpmath.workdps(DIGITS):
        rows = zip(*(value.ravel().tolist() for value in values), strict=True)
        found = [float(function(*map(mpmath.mpf, row))) for row in rows]
    return np.array(found).reshape(values[0].shape)


def value(expression: Expr, given: dict[str, NDArray[np.float64]]) -> Any:
    """The expression at values of its symbols, in floating point."""
    symbols = tuple(sorted(symbols_in(expression), key=str))
    return lower(symbols, expression)(*(given[str(symbol)] for symbol in symbols))


def symbols_in(*expressions: Expr) -> set[Symbol]:
    """The symbols of some expressions, in which no inner products may be left."""
    found: set[Symbol] = set()
    for expression in expressions:
        if expression.has(Inner):
            raise ValueError(f"{expression} still has inner products in it")
        found |= expression.free_symbols
    return found
