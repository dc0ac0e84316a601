"""That a root is the right one over a whole domain, and the only one there: exactly.

A rational equation in an unknown has for its roots those of its numerator. Their number and their
order change only where the leading coefficient or the discriminant of the numerator vanishes, or
where one of them crosses a bound of the region in which the unknown is looked for: where their
resultant vanishes. A root given by square roots is continuous except where a denominator or what
stands under a root vanishes. All these polynomials cut the domain of the parameters into cells, in
each of which nothing changes; so it is enough to look, in exact arithmetic, at one rational point
of each cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from sympy import (
    Dummy,
    Expr,
    Poly,
    Pow,
    Rational,
    Symbol,
    discriminant,
    false,
    fraction,
    gcd,
    prem,
    quo,
    resultant,
    sympify,
    together,
    true,
)

from update_magnitude.theory.proofs.cells import Point, samples

DIGITS = 50


class RootError(ArithmeticError):
    """A root that is not the only one over a domain, or cannot be shown to be so."""


@cache
def require_only_root(line: Expr, unknown: Symbol, root: Expr, where: tuple[Expr, ...]) -> None:
    """Prove that a root is the only one of a line in a region, for all parameters of a domain.

    Args:
        line: a rational expression of the unknown and of parameters; it vanishes at the root.
        unknown: what is solved for.
        root: its value, in the parameters; square roots may occur.
        where: relations, all of which hold: those in the unknown are its region, the others the
            domain of the parameters. Symbols that are positive are so without being named.

    Raises:
        RootError: with the point of the domain at which it is not so, or what cannot be shown.

    Example:
        >>> from sympy import sqrt
        >>> from sympy.abc import t
        >>> size = Symbol("size", positive=True)
        >>> require_only_root(t**2 - size, t, sqrt(size), (t > 0,))
        >>> require_only_root(t**2 - size, t, sqrt(size), (t > -1,))
        Traceback (most recent call last):
            ...
        update_magnitude.theory.proofs.roots.RootError: 2 roots at size = 1/2
    """
    problem = _problem(line, unknown, root, where)
    _require_root(problem)
    parameters = sorted(
        set().union(*(bound.free_symbols for bound in (problem.equation, root, *problem.domain)))
        - {unknown},
        key=str,
    )
    tried = 0
    for point in samples(_cuts(problem), problem.domain, parameters):
        _require_only_at(problem, point)
        tried += 1
    if not tried:
        raise RootError("the domain has no point inside")


class _Problem(NamedTuple):
    """An equation, the root that was chosen, and where."""

    equation: Expr  # a polynomial of the unknown and the parameters, without repeated factors
    unknown: Symbol
    root: Expr
    region: tuple[Expr, ...]  # polynomials that are positive, of the unknown and the parameters
    domain: tuple[Expr, ...]  # polynomials that are positive, of the parameters


def _problem(line: Expr, unknown: Symbol, root: Expr, where: Sequence[Expr]) -> _Problem:
    numerator = fraction(together(line))[0]
    if not numerator.is_polynomial(*numerator.free_symbols):
        raise RootError(f"the equation is no polynomial: {numerator}")
    if any(relation == false for relation in where):
        raise RootError("the domain is empty")
    bounds = [_numerator_sign(bound.gts - bound.lts) for bound in where if bound != true]
    symbols = numerator.free_symbols | root.free_symbols
    symbols |= {one for bound in bounds for one in bound.free_symbols}
    bounds += [symbol for symbol in sorted(symbols, key=str) if symbol.is_nonnegative]
    equation = Poly(numerator, unknown).primitive()[1].sqf_part().as_expr()
    return _Problem(
        equation,
        unknown,
        root,
        tuple(bound for bound in bounds if bound.has(unknown)),
        tuple(bound for bound in bounds if not bound.has(unknown)),
    )


def _numerator_sign(expression: Expr) -> Expr:
    """A polynomial of the same sign."""
    over, under = fraction(together(expression))
    return (over * under).expand()


def _require_root(problem: _Problem) -> None:
    """The root solves the equation: exactly, with y² = q in the place of every √q."""
    opened, radicals = _opened(problem.root)
    rest = fraction(together(problem.equation.subs(problem.unknown, opened)))[0].expand()
    for stand_in, inside in radicals.items():
        over, under = fraction(together(inside))
        rest = prem(rest, under * stand_in**2 - over, stand_in)
    if rest.expand() != 0:
        raise RootError(f"{problem.root} is no root")


def _opened(root: Expr) -> tuple[Expr, dict[Symbol, Expr]]:
    """A root with a symbol for every square root in it, and what stands under each."""
    powers = {atom for atom in root.atoms(Pow) if atom.exp.is_Rational and not atom.exp.is_Integer}
    if any(power.exp.q != 2 for power in powers):
        raise RootError(f"{root} has other roots in it than square roots")
    insides = sorted({power.base for power in powers}, key=str)
    if any(not inside.is_rational_function(*inside.free_symbols) for inside in insides):
        raise RootError(f"{root} has roots of roots in it")
    radicals = {Dummy(f"y{number}"): inside for number, inside in enumerate(insides)}
    names = {inside: stand_in for stand_in, inside in radicals.items()}
    return root.xreplace(
        {power: names[power.base] ** (2 * power.exp) for power in powers}
    ), radicals


def _cuts(problem: _Problem) -> Iterator[Expr]:
    """The polynomials between whose zeros nothing changes."""
    equation, unknown = problem.equation, problem.unknown
    yield Poly(equation, unknown).LC()
    yield discriminant(equation, unknown)
    for bound in problem.region:
        common = gcd(equation, bound)
        yield resultant(quo(equation, common, unknown), bound, unknown)
    opened, radicals = _opened(problem.root)
    denominator = fraction(together(opened))[1]
    for stand_in, inside in radicals.items():
        over, under = fraction(together(inside))
        yield from (over, under)
        if denominator.has(stand_in):
            denominator = resultant(denominator, under * stand_in**2 - over, stand_in)
    yield denominator


def _require_only_at(problem: _Problem, point: Point) -> None:
    """At a point: one root in the region, and it is the one that was chosen."""
    equation = Poly(problem.equation.subs(point), problem.unknown)
    bounds = [Poly(bound.subs(point), problem.unknown) for bound in problem.region]
    inside = [
        ends
        for ends, _ in equation.intervals(eps=Rational(1, 10**20))
        if all(_is_positive(equation, bound, ends) for bound in bounds)
    ]
    place = ", ".join(f"{symbol} = {number}" for symbol, number in point.items())
    if len(inside) != 1:
        raise RootError(f"{len(inside) or 'no'} roots at {place}")
    value = sympify(problem.root).subs(point).evalf(DIGITS)
    ((low, high),) = inside
    slack = Rational(1, 10**30)
    if not (value.is_real and low - slack <= value <= high + slack):
        raise RootError(f"another root at {place}")


def _is_positive(equation: Poly, bound: Poly, ends: tuple[Rational, Rational]) -> bool:
    """Whether a polynomial is positive at the root that an interval isolates."""
    low, high = ends
    if equation.gcd(bound).count_roots(low, high):
        return False
    while bound.count_roots(low, high):
        low, high = equation.refine_root(low, high, eps=(high - low) / 16)
    return bool(bound.eval((low + high) / 2) > 0)
