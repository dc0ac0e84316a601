"""Whether two expressions are identically equal: by exact values at random points.

After Schwartz and Zippel: a rational function that is not 0 is almost never 0 at a random point.
Rational functions are evaluated in Python's fractions, traces at random matrices of them, roots and
powers with 60 digits. Integrals are compared with quadrature.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import prod

import mpmath
from sympy import Expr, MatrixSymbol, Rational, Symbol, Trace, lambdify, sympify
from sympy.polys.matrices import DomainMatrix

from update_magnitude.theory.proofs.inner_products import Inner
from update_magnitude.theory.proofs.matrices import Number, Point, drawn, trace_value

TRIALS = 4  # random points per identity; each catches a false one almost surely
DIGITS = 60  # of values that are not rational
LARGEST = 10**6  # powers beyond it are not computed exactly
INFINITY = mpmath.inf


def identical(first: Expr, second: Expr, tolerance: Rational | int = 0) -> bool:
    """Whether two expressions are equal for all values of their symbols, or so close everywhere.

    Functions of symbols, such as inner products, count as symbols.

    Example:
        >>> from sympy.abc import t
        >>> identical((t + 1) ** 2, t**2 + 2 * t + 1), identical((t + 1) ** 2, t**2 + 1)
        (True, False)
    """
    tried = points(first, second)
    return all(agree(value(first, point), value(second, point), tolerance) for point in tried)


def points(*expressions: Expr) -> Iterator[dict[Expr, Number | DomainMatrix]]:
    """Random values for whatever the expressions depend on, the same in every run."""
    rng = random.Random(0)
    unknowns = sorted(set().union(*map(_unknowns, expressions)), key=str)
    for trial in range(TRIALS):
        yield {
            unknown: drawn(unknown, rng, trial)
            if isinstance(unknown, MatrixSymbol)
            else Fraction(rng.randint(1, 10**4), 997)
            for unknown in unknowns
        }


def value(expression: Expr, point: Point) -> Number:
    """An expression at a point: a fraction, or a number of 60 digits; NaN where it has no value.

    Example:
        >>> from sympy.abc import t
        >>> value((t + 1) / t, {t: Fraction(1, 2)})
        Fraction(3, 1)
    """
    with mpmath.workdps(DIGITS):
        try:
            return _value(sympify(expression), point)
        except ZeroDivisionError:
            return mpmath.nan


def agree(first: Number, second: Number, tolerance: Rational | int = 0) -> bool:
    """Whether two values are equal, exactly if they are fractions, or differ by a tolerance."""
    if isinstance(first, Fraction) and isinstance(second, Fraction) and not tolerance:
        return first == second
    with mpmath.workdps(DIGITS):
        apart = abs(_inexact(first) - _inexact(second))
        return bool(apart <= max(float(tolerance), 10.0 ** (10 - DIGITS)))


def integrates(
    integrand: Expr,
    over: Symbol,
    cuts: Sequence[float],
    closed_form: Expr,
    point: Mapping[Symbol, int],
) -> bool:
    """Whether quadrature gives the same integral, at a point of the other symbols.

    The cuts are the limits of integration, and points between them at which to divide the work.
    """
    numeric = lambdify(over, integrand.subs(point), "mpmath")
    closed = float(closed_form.subs(point))
    return bool(abs(mpmath.quad(numeric, list(cuts)) - closed) < 1e-10 * max(1.0, abs(closed)))


def _value(expression: Expr, point: Point) -> Number:
    if expression in point:
        return point[expression]
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    if isinstance(expression, Trace):
        return trace_value(expression, point, lambda factor: _value(factor, point))
    parts = [_value(part, point) for part in expression.args]
    if not all(isinstance(part, Fraction) for part in parts):
        parts = [_inexact(part) for part in parts]
    if expression.is_Add:
        return sum(parts, Fraction(0))
    if expression.is_Mul:
        return prod(parts[1:], start=parts[0])
    if expression.is_Pow:
        return _power(*parts)
    known = [(symbol, Rational(str(number))) for symbol, number in point.items()]
    return mpmath.mpmathify(expression.subs(known).evalf(DIGITS))


def _power(base: Number, exponent: Number) -> Number:
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if whole and abs(exponent) <= LARGEST:
        return base ** int(exponent)
    return mpmath.power(_inexact(base), _inexact(exponent))


def _inexact(number: Number) -> mpmath.mpf:
    if isinstance(number, Fraction):
        return mpmath.mpf(number.numerator) / number.denominator
    return number


def _unknowns(expression: Expr) -> set[Expr]:
    whole = sympify(expression)
    inners: set[Expr] = whole.atoms(Inner)
    inside = {symbol for inner in inners for symbol in inner.free_symbols}
    return inners.union(whole.free_symbols - inside)
