"""Formal inner products of formal vectors: the bilinear expansion that every derivation uses.

A vector is a linear expression in vector symbols, such as ``theta + alpha * Delta``; ``inner``
expands a product of two of them into coefficients times ``Inner(x, y)`` of single symbols.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sympy import Expr, Function, Symbol, expand, lambdify


class Inner(Function):  # type: ignore[misc]  # SymPy carries no types
    """The inner product of two vector symbols; symmetric."""

    nargs = 2

    @classmethod
    def eval(cls, first: Symbol, second: Symbol) -> Expr | None:
        """Order the arguments, so that ⟨x, y⟩ and ⟨y, x⟩ are one symbol."""
        if first.sort_key() > second.sort_key():
            return cls(second, first)
        return None


def vectors(names: str) -> tuple[Symbol, ...]:
    """Symbols that stand for vectors."""
    return tuple(Symbol(f"vec_{name}") for name in names.split())


def inner(first: Expr, second: Expr, among: Sequence[Symbol]) -> Expr:
    """Expand ⟨first, second⟩ of linear combinations of vectors by linearity in both.

    Example:
        >>> from sympy import symbols
        >>> x, y = vectors("x y")
        >>> k = symbols("k")
        >>> inner(x + k * y, x, [x, y])
        k*Inner(vec_x, vec_y) + Inner(vec_x, vec_x)
    """
    left, right = (_coefficients(side, among).items() for side in (first, second))
    return expand(sum(i * k * Inner(x, y) for x, i in left for y, k in right))


def expands(expansion: Expr, among: Sequence[Symbol], first: Expr, second: Expr) -> bool:
    """Whether an expansion of ⟨first, second⟩ is right for vectors of numbers.

    Example:
        >>> x, y = vectors("x y")
        >>> expands(Inner(x, x) + Inner(x, y), [x, y], x, x + y)
        True
    """
    rng = np.random.default_rng(0)
    numbers = {symbol: rng.standard_normal(7) for symbol in among}
    scalars = sorted((first + second + expansion).free_symbols - set(among), key=str)
    values = [0.5 + 0.1 * k for k in range(len(scalars))]
    left, right = (
        lambdify((*among, *scalars), side)(*numbers.values(), *values) for side in (first, second)
    )
    inners = sorted(expansion.atoms(Inner), key=str)
    products = [numbers[inner.args[0]] @ numbers[inner.args[1]] for inner in inners]
    value = lambdify((*inners, *scalars), expansion)(*products, *values)
    return bool(np.isclose(value, left @ right, rtol=1e-12))


def _coefficients(vector: Expr, among: Sequence[Symbol]) -> dict[Symbol, Expr]:
    """The coefficients of the vector symbols in a linear combination of them."""
    expanded = expand(vector)
    factors = {symbol: expanded.coeff(symbol, 1) for symbol in among}
    rest = expand(expanded - sum(factor * symbol for symbol, factor in factors.items()))
    if rest != 0 or any(factor.has(*among) for factor in factors.values()):
        raise ValueError(f"{vector} is not linear in {list(among)}")
    return {symbol: factor for symbol, factor in factors.items() if factor != 0}
