"""Numbers put into formulas: values of symbols, checked, and formulas evaluated at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sympy import Expr, Symbol, lambdify

from update_magnitude.theory.proofs.equality import DIGITS
from update_magnitude.theory.proofs.inner_products import Inner

Values = Mapping[str, NDArray[np.float64]]


class Given(dict[str, NDArray[np.float64]]):
    """Values of symbols; a missing one is asked of ``find``, or named by a ``KeyError``."""

    find: Callable[[str], float] | None = None

    def __missing__(self, name: str) -> NDArray[np.float64]:
        if self.find is None:
            raise KeyError(f"{name}: the formula and its domain need a value of it")
        return self.setdefault(name, np.asarray(self.find(name)))


def numbers(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """A number or an array as floats; truth values, None and texts are refused."""
    given = np.asarray(value)
    parts = given.ravel().tolist() if given.dtype.kind == "O" else []
    if given.dtype.kind not in "iufO" or any(p is None or isinstance(p, str) for p in parts):
        raise TypeError(f"{name} = {value!r:.60}: a number is needed, or an array of numbers")
    return given.astype(float)


def common_shape(given: Values) -> tuple[int, ...]:
    """The shape to which arrays broadcast, or a ``ValueError`` that names theirs."""
    try:
        return np.broadcast_shapes(*(array.shape for array in given.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in given.items())
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


@cache
def lower(
    arguments: tuple[Symbol, ...], *expressions: Expr, modules: str = "numpy"
) -> Callable[..., Any]:
    """Compile expressions to one function of the arguments, by position.

    Args:
        arguments: the symbols, in the order in which the function takes their values.
        expressions: one, or several that are returned as a tuple.
        modules: whose functions are used, ``numpy`` or ``mpmath``.

    Returns:
        A function that broadcasts over NumPy arrays, or takes numbers of mpmath.

    Example:
        >>> from update_magnitude.theory.results.symbols import m, n
        >>> lower((n, m), n / m)(30, 60)
        0.5
    """
    wanted = expressions[0] if len(expressions) == 1 else expressions
    # By its name SymPy would import all of NumPy, tests and compilers included.
    chosen = np if modules == "numpy" else modules
    function: Callable[..., Any] = lambdify(arguments, wanted, modules=chosen, cse=True)
    return function


def value(expression: Expr, given: Values) -> NDArray[np.float64]:
    """The expression at values of its symbols, in floating point."""
    symbols = tuple(sorted(symbols_in(expression), key=str))
    return np.asarray(lower(symbols, expression)(*(given[str(symbol)] for symbol in symbols)))


def value_in_digits(expression: Expr, given: Values) -> NDArray[np.float64]:
    """The same in 60 digits, value by value: for formulas that cancel in floating point."""
    symbols = tuple(sorted(symbols_in(expression), key=str))
    function = lower(symbols, expression, modules="mpmath")
    values = np.broadcast_arrays(*(given[str(symbol)] for symbol in symbols))
    with mpmath.workdps(DIGITS):
        rows = zip(*(value.ravel().tolist() for value in values), strict=True)
        results = [float(function(*map(mpmath.mpf, row))) for row in rows]
    return np.array(results).reshape(values[0].shape)


def symbols_in(*expressions: Expr) -> set[Symbol]:
    """The symbols of some expressions, in which no inner products may be left."""
    for expression in expressions:
        if expression.has(Inner):
            raise ValueError(f"{expression} still has inner products in it")
    return set().union(*(expression.free_symbols for expression in expressions))
