"""Rational points, one in every open cell into which polynomials cut a domain.

After Collins (cylindrical algebraic decomposition), for open cells alone: leading coefficients,
discriminants and resultants take the polynomials to one variable less; over a point there, the
roots of what is left cut a line into intervals, and each gets a rational point. Inside a cell none
of the polynomials changes its sign. What lies between the cells has no interior, and what is shown
for all cells holds there by continuity, wherever the quantities in question are continuous.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from sympy import Expr, Poly, Rational, Symbol, discriminant, factor_list, resultant

Point = dict[Symbol, Rational]


def samples(
    cuts: Iterable[Expr], positive: Sequence[Expr], variables: Sequence[Symbol]
) -> Iterator[Point]:
    """A rational point of every cell in which some polynomials are positive.

    None of the polynomials, nor of those that are positive, changes its sign inside a cell.

    Example:
        >>> from sympy.abc import x, y
        >>> [tuple(point.values()) for point in samples([y - x], [x, y], [x, y])]
        [(1, 1/2), (1, 2)]
    """
    yield from _samples([*_factors([*cuts, *positive])], tuple(positive), tuple(variables))


def _samples(
    cuts: Sequence[Expr], positive: Sequence[Expr], variables: tuple[Symbol, ...]
) -> Iterator[Point]:
    if not variables:
        yield {}
        return
    *before, last = variables
    here = [cut for cut in cuts if cut.has(last)]
    below = [*(cut for cut in cuts if not cut.has(last)), *_projected(here, last)]
    decided = [bound for bound in positive if bound.has(last)]
    undecided = [bound for bound in positive if not bound.has(last)]
    for point in _samples([*_factors(below)], undecided, tuple(before)):
        line = [Poly(cut.subs(point), last) for cut in here]
        for number in _between(line, last):
            if all(bound.subs(point).subs(last, number) > 0 for bound in decided):
                yield {**point, last: number}


def _factors(polynomials: Iterable[Expr]) -> dict[Expr, None]:
    """All irreducible factors, each once."""
    return {
        factor: None
        for polynomial in polynomials
        for factor, _ in factor_list(polynomial)[1]
        if factor.free_symbols
    }


def _projected(polynomials: Sequence[Expr], variable: Symbol) -> Iterator[Expr]:
    """What of the other variables cuts where the roots in this one change their order."""
    for one in polynomials:
        yield Poly(one, variable).LC()
        yield discriminant(one, variable)
    for one, other in combinations(polynomials, 2):
        yield resultant(one, other, variable)


def _between(polynomials: Iterable[Poly], variable: Symbol) -> list[Rational]:
    """Rational numbers between neighbouring roots, and beyond the first and the last."""
    product = Poly(1, variable)
    for one in polynomials:
        if not one.is_zero:
            product *= one
    product = product.sqf_part()
    size, ends = Rational(1, 4), []
    while True:
        ends = [ends for ends, _ in product.intervals(eps=size)] if product.degree() > 0 else []
        if all(left[1] < right[0] for left, right in pairwise(ends)):
            break
        size /= 16
    if not ends:
        return [Rational(1)]
    middles = [(left[1] + right[0]) / 2 for left, right in pairwise(ends)]
    return [ends[0][0] - 1, *middles, ends[-1][1] + 1]
