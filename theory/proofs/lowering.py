"""From a SymPy expression to a function on plain numbers or NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sympy import Expr, Symbol, lambdify


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
    function: Callable[..., Any] = lambdify(arguments, wanted, modules=modules, cse=True)
    return function
