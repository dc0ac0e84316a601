"""How a line of a derivation follows from others, and how that is tested.

Two expressions count as equal if they are so in exact rational arithmetic at random points (after
Schwartz and Zippel). So rewriting is tested by other means than those that led to it; so are
derivatives and limits, by coming close; a substitution is carried out again; a root is proved to be
the only one over its whole domain (``roots``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sympy import (
    Dummy,
    Expr,
    Rational,
    Symbol,
)

from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.equality import agree, identical, points, value
from update_magnitude.theory.proofs.notation import PARAMETERS
from update_magnitude.theory.proofs.roots import require_only_root


class Rule(Protocol):
    """How a line follows from others."""

    @property
    def name(self) -> str:
        """What the rule is called in a proof."""

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the rule, applied to the lines before, gives the line after."""


@dataclass(frozen=True)
class Given:
    """Where a derivation starts: a definition, an assumption, or what a test of its own holds."""

    name: str = "start"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Nothing to verify here: the kind of the line says what it rests on."""
        return not before


@dataclass(frozen=True)
class Cited:
    """What another derivation ended in."""

    source: Derivation
    name: str = "theorem"

    @property
    def sources(self) -> tuple[Derivation, ...]:
        """The derivations that it rests on."""
        return (self.source,)

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether it is what that derivation ends in, and that holds."""
        self.source.verify()
        return not before and identical(self.source.result, after)


@dataclass(frozen=True)
class Tested:
    """A result with a test that shares no code with what produced it."""

    name: str
    test: Callable[[Expr], bool]
    sources: tuple[Derivation, ...] = ()  # what the test compares it with

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the result passes its test."""
        for source in self.sources:
            source.verify()
        return self.test(after)


@dataclass(frozen=True)
class Algebra:
    """The same expression, written differently."""

    name: str = "algebra"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the two are identically equal."""
        (line,) = before
        return identical(line, after)


@dataclass(frozen=True)
class Replacement:
    """Expressions from outside, or that pass a test of their own, take the place of symbols."""

    pairs: tuple[tuple[Expr, Expr], ...]
    name: str = "substitution"
    test: Callable[[Mapping[Expr, Expr]], bool] | None = None

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether they were put in; and whether they pass the test, if there is one."""
        (line,) = before
        passes = self.test is None or self.test(dict(self.pairs))
        return passes and _put_in(line, dict(self.pairs), after)


@dataclass(frozen=True)
class Specialization:
    """Values take the place of parameters, for all of which a line holds."""

    pairs: tuple[tuple[Symbol, Expr], ...]
    name: str = "substitution"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether all of them are parameters, and their values made of parameters alone."""
        (line,) = before
        symbols = {one for pair in self.pairs for side in pair for one in side.free_symbols}
        return symbols <= PARAMETERS and _put_in(line, dict(self.pairs), after)


@dataclass(frozen=True)
class Substitution:
    """The results of other lines, or of other derivations, take the place of symbols."""

    replaced: tuple[Expr, ...]
    values: tuple[int | Derivation, ...]  # the place among the lines used, or a derivation
    name: str = "substitution"

    @property
    def sources(self) -> tuple[Derivation, ...]:
        """The derivations that it rests on."""
        return tuple(value for value in self.values if isinstance(value, Derivation))

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether these results were put in, and the derivations hold."""
        for source in self.sources:
            source.verify()
        results = (
            value.result if isinstance(value, Derivation) else before[value]
            for value in self.values
        )
        return _put_in(before[0], dict(zip(self.replaced, results, strict=True)), after)


def _put_in(line: Expr, pairs: Mapping[Expr, Expr], after: Expr) -> bool:
    """Whether line and result agree at random points, the line at what the pairs are there."""
    stand_ins = {old: Dummy() for old in pairs}
    opened = line.subs(list(stand_ins.items()), simultaneous=True)
    return all(
        agree(
            value(opened, at | {stand_ins[old]: value(new, at) for old, new in pairs.items()}),
            value(after, at),
        )
        for at in points(line, after, *pairs.values())
    )


@dataclass(frozen=True)
class Part:
    """Those terms of a line that some symbols bring in."""

    of: tuple[Symbol, ...]
    name: str = "part"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the result is the line less what it is where the symbols vanish."""
        (line,) = before
        return identical(line - line.subs([(symbol, 0) for symbol in self.of]), after)


@dataclass(frozen=True)
class Solving:
    """The one value of an unknown for which a line vanishes, in a region and over a domain."""

    unknown: Symbol
    where: tuple[Expr, ...] = ()  # relations: of the unknown its region, of others the domain
    name: str = "solving"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the line vanishes there, and nowhere else in the region.

        A line that is affine in the unknown has no other root, and needs no proof where no region
        is named.

        Raises:
            RootError: if there are other roots, or that there are none cannot be shown.
        """
        (line,) = before
        if after.has(self.unknown) or not identical(line.subs(self.unknown, after), 0):
            return False
        if self.where or not identical(line.diff(self.unknown, 2), 0):
            require_only_root(line, self.unknown, after, self.where)
        return True


@dataclass(frozen=True)
class Derivative:
    """The derivative of a line."""

    variable: Symbol
    name: str = "derivative"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the mean value over shrinking intervals tends to the result."""
        (line,) = before
        step = Rational(1, 10**20)
        shifts = (line.subs(self.variable, self.variable + side * step) for side in (1, -1))
        right, left = shifts
        return identical((right - left) / (2 * step), after, tolerance=Rational(1, 10**15))


@dataclass(frozen=True)
class Limit:
    """Where a line tends."""

    variable: Symbol
    point: Expr
    name: str = "limit"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the line comes close, far out on the way."""
        (line,) = before
        near = Rational(10) ** 20 if self.point.is_infinite else self.point + Rational(1, 10**20)
        return identical(line.subs(self.variable, near), after, tolerance=Rational(1, 10**12))
