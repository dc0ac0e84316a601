"""Sums over tasks of terms in powers of r."""

from __future__ import annotations

from sympy import Add, Expr, Piecewise, Symbol, expand, summation


def sum_of(term: Expr, index: Symbol, first: Expr | int, last: Expr) -> Expr:
    """Σ of a term in powers of r over an index; r ≠ 1.

    Example:
        >>> from sympy.abc import k, n
        >>> sum_of(k, k, 1, n)
        n**2/2 + n/2
    """
    parts = Add.make_args(expand(term))
    total = sum(summation(part, (index, first, last)) for part in parts)
    return total.replace(Piecewise, lambda *cases: cases[-1][0])
