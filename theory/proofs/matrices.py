"""Matrix symbols of any shape, and traces of what is made of them, as numbers.

A line of a derivation is a scalar; so an identity of matrices X = Y stands in it as tr(HᵀX) =
tr(HᵀY) for every H, and a quadratic form as a trace. Traces are evaluated at random matrices of
fractions, of a few shapes: two formulas that agree there are one (after Schwartz and Zippel).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

import mpmath
from sympy import QQ, Expr, Identity, Inverse, MatAdd, MatMul, MatrixSymbol, Symbol, Trace
from sympy import ZeroMatrix as Zeros
from sympy.matrices.expressions import MatPow, MatrixExpr, Transpose
from sympy.polys.matrices import DomainMatrix

from update_magnitude.theory.proofs.notation import NAMES

PARAMETERS = Symbol("P", integer=True, positive=True)  # rows: as many as there are parameters
SAMPLES = Symbol("n", integer=True, positive=True)  # columns: one for each sample
SHAPES = ((5, 2), (4, 3), (3, 3), (6, 1))  # parameters and samples of matrices of numbers
LARGEST = 9

Number: TypeAlias = Fraction | mpmath.mpf
Numbers: TypeAlias = DomainMatrix  # a matrix of fractions
Point: TypeAlias = Mapping[Expr, Number | Numbers]
Scalar: TypeAlias = Callable[[Expr], Number]  # the value of a scalar factor


class Metric(MatrixSymbol):  # type: ignore[misc]  # SymPy carries no types
    """A symmetric, positive definite matrix of the size of all parameters."""

    def _eval_transpose(self) -> Metric:
        return self


def matrix(
    name: str, rows: Expr, columns: Expr, text: str = "", latex: str = "", *, metric: bool = False
) -> MatrixSymbol:
    """A matrix symbol, and how people write it; a metric is symmetric and positive definite.

    Example:
        >>> matrix("X", PARAMETERS, SAMPLES).shape
        (P, n)
    """
    made = (Metric if metric else MatrixSymbol)(name, rows, columns)
    if text:
        NAMES[made] = (text, latex)
    return made


def drawn(symbol: MatrixSymbol, rng: random.Random, trial: int) -> Numbers:
    """A random matrix of fractions for a symbol, in the shapes of a trial."""
    sizes = dict(zip((PARAMETERS, SAMPLES), SHAPES[trial % len(SHAPES)], strict=True))
    rows, columns = (int(size.subs(sizes)) for size in symbol.shape)
    entries = [
        [QQ(rng.randint(-LARGEST, LARGEST), rng.randint(1, LARGEST)) for _ in range(columns)]
        for _ in range(rows)
    ]
    found = DomainMatrix(entries, (rows, columns), QQ)
    if isinstance(symbol, Metric):
        return found * found.transpose() + DomainMatrix.eye(rows, QQ)
    return found


def trace_value(trace: Trace, point: Point, scalar: Scalar) -> Fraction:
    """A trace at matrices of numbers; ``scalar`` gives the values of factors and entries."""
    entries = matrix_value(trace.arg, point, scalar)
    total = sum((entries[i, i].element for i in range(entries.shape[0])), QQ(0))
    return Fraction(int(total.numerator), int(total.denominator))


def matrix_value(expression: MatrixExpr, point: Point, scalar: Scalar) -> Numbers:
    """A matrix expression at matrices of numbers."""
    if expression in point:
        return point[expression]
    if isinstance(expression, Identity | Zeros):
        return _constant(expression, point)
    parts = [part for part in expression.args if isinstance(part, MatrixExpr)]
    first, *others = [matrix_value(part, point, scalar) for part in parts]
    if isinstance(expression, Transpose):
        return first.transpose()
    if isinstance(expression, Inverse):
        return first.inv()
    if isinstance(expression, MatPow):
        power = first if expression.exp > 0 else first.inv()
        return power ** abs(int(expression.exp))
    if isinstance(expression, MatAdd):
        return sum(others, first)
    if not isinstance(expression, MatMul):
        raise TypeError(f"{expression}: no value is known for it")
    for other in others:
        first = first * other
    for factor in expression.args:
        if not isinstance(factor, MatrixExpr):
            number = Fraction(scalar(factor))
            first = first * QQ(number.numerator, number.denominator)
    return first


def _constant(expression: Identity | Zeros, point: Point) -> Numbers:
    """The identity, or zeros, of the shape that the matrices of numbers have."""
    sizes: dict[Expr, int] = {}
    for symbol, entries in point.items():
        if isinstance(entries, DomainMatrix):
            sizes |= dict(zip(symbol.shape, entries.shape, strict=True))
    rows, columns = (int(size.subs(sizes)) for size in expression.shape)
    one = isinstance(expression, Identity)
    return DomainMatrix.eye(rows, QQ) if one else DomainMatrix.zeros((rows, columns), QQ)
