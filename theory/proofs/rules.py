"""How a line of a derivation follows from others, and how that is tested.

Two expressions count as equal if they are so in exact rational arithmetic at random points (after
Schwartz and Zippel). So rewriting is tested by other means than those that led to it; so are
derivatives and limits, by coming close; a substitution is carried out again; a root is proved to be
the only one over its whole domain (``roots``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sympy import Dummy, Expr, MatrixSymbol, Rational, Symbol, Trace
from sympy.matrices.expressions import MatrixExpr
from sympy.polys.matrices import DomainMatrix

from update_magnitude.theory.proofs.derivation import Derivation, Rule
from update_magnitude.theory.proofs.equality import agree, identical, points, value
from update_magnitude.theory.proofs.matrices import Point, matrix_value
from update_magnitude.theory.proofs.notation import PARAMETERS
from update_magnitude.theory.proofs.roots import require_only_root


@dataclass(frozen=True)
class Start(Rule):
    """A line that uses none before it, with a test that shares no code with what produced it.

    Without a test there is nothing to verify: the kind of the line says what it rests on.
    """

    name: str
    test: Callable[[Expr], bool] | None = None
    sources: tuple[Derivation, ...] = ()

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the result passes its test."""
        return not before and (self.test is None or self.test(after))


@dataclass(frozen=True)
class Computed(Rule):
    """What a line is by another way of computing it: exactly, or up to an absolute tolerance."""

    name: str
    otherwise: Callable[[Expr], Expr]
    tolerance: Rational | int = 0

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether both ways lead to the same."""
        (line,) = before
        return identical(self.otherwise(line), after, self.tolerance)


ALGEBRA = Computed("algebra", lambda line: line)  # the same expression, written differently


def part(symbols: Sequence[Symbol]) -> Computed:
    """Those terms that some symbols bring in: the line less what it is where they vanish."""
    gone = [(symbol, 0) for symbol in symbols]
    return Computed("part", lambda line: line - line.subs(gone))


def derivative(variable: Symbol) -> Computed:
    """The derivative of a line: the mean slope over a short interval comes close to it."""
    step = Rational(1, 10**20)

    def slope(line: Expr) -> Expr:
        right, left = (line.subs(variable, variable + side * step) for side in (1, -1))
        return (right - left) / (2 * step)

    return Computed("derivative", slope, Rational(1, 10**12))


def limit(variable: Symbol, point: Expr) -> Computed:
    """The limit of a line: very near the point, the line comes close to it."""
    near = Rational(10) ** 20 if point.is_infinite else point + Rational(1, 10**20)
    return Computed("limit", lambda line: line.subs(variable, near), Rational(1, 10**9))


@dataclass(frozen=True)
class Substitution(Rule):
    """Expressions from outside, or the results of lines and derivations, in the place of others."""

    replaced: tuple[Expr, ...]
    values: tuple[Expr | Derivation | int, ...]  # a number is a place among the lines used
    name: str = "substitution"
    test: Callable[[Mapping[Expr, Expr]], bool] | None = None  # of what is put in for what

    @property
    def sources(self) -> tuple[Derivation, ...]:
        """The derivations among the values."""
        return tuple(value for value in self.values if isinstance(value, Derivation))

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the values pass the test, if there is one, and were put in."""
        pairs = self.pairs(before)
        return (self.test is None or self.test(pairs)) and _put_in(before[0], pairs, after)

    def pairs(self, before: Sequence[Expr]) -> dict[Expr, Expr]:
        """What is put in for what, given the lines used."""
        results = (_result(value, before) for value in self.values)
        return dict(zip(self.replaced, results, strict=True))


def are_parameters(pairs: Mapping[Expr, Expr]) -> bool:
    """Whether symbols may have any value, and are given values made of such symbols alone."""
    return {one for pair in pairs.items() for side in pair for one in side.free_symbols} <= (
        PARAMETERS
    )


def _result(value: Expr | Derivation | int, before: Sequence[Expr]) -> Expr:
    if isinstance(value, int):
        return before[value]
    return value.result if isinstance(value, Derivation) else value


def _put_in(line: Expr, pairs: Mapping[Expr, Expr], after: Expr) -> bool:
    """Whether the line with the values of the pairs put in is the result, at random points."""
    stand_ins = {old: Dummy() for old in pairs}
    opened = line.subs(list(stand_ins.items()), simultaneous=True)
    return all(
        agree(
            value(
                opened, point | {stand_ins[old]: value(new, point) for old, new in pairs.items()}
            ),
            value(after, point),
        )
        for point in points(line, after, *pairs.values())
    )


@dataclass(frozen=True)
class MatrixSubstitution(Rule):
    """Matrix expressions in the place of matrix symbols."""

    pairs: tuple[tuple[MatrixSymbol, MatrixExpr], ...]
    name: str = "substitution"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the line with the values put in is the result, at random matrices."""
        (line,) = before
        symbols = [Trace(side * side.T) for pair in self.pairs for side in pair]
        return all(
            agree(
                value(line, point | {old: self._value(new, point) for old, new in self.pairs}),
                value(after, point),
            )
            for point in points(line, after, *symbols)
        )

    @staticmethod
    def _value(new: MatrixExpr, point: Point) -> DomainMatrix:
        return matrix_value(new, point, lambda factor: value(factor, point))


@dataclass(frozen=True)
class Solving(Rule):
    """The one value of an unknown for which a line vanishes, in a region and over a domain.

    A line that is affine in the unknown has no other root, and needs no proof where no region is
    named; elsewhere a ``RootError`` says what other roots there are, or what cannot be shown.
    """

    unknown: Symbol
    where: tuple[Expr, ...] = ()  # relations: of the unknown its region, of others the domain
    name: str = "solving"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the line vanishes there, and nowhere else in the region."""
        (line,) = before
        if after.has(self.unknown) or not identical(line.subs(self.unknown, after), 0):
            return False
        if self.where or not identical(line.diff(self.unknown, 2), 0):
            require_only_root(line, self.unknown, after, self.where)
        return True
