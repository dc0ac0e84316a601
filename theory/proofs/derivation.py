"""Derivations as chains of lines, each of which is verified by the rule that led to it.

Every line has a kind (``kinds``): a definition, an assumption, what is stated and tested, or what
is derived. Formulas come in from outside through the first three alone, each of which says so;
derived lines are computed from lines before, from other derivations, or by SymPy. Verification is a
second pass over the finished lines: each rule tests its result against the lines it used. Two
expressions count as equal if they are so in exact rational arithmetic at random points (after
Schwartz and Zippel). So rewriting is tested by other means than those that led to it; so are
derivatives and limits, by coming close; a substitution is carried out again; a root is proved to be
the only one over its whole domain (``roots``); a start with a test of its own shares no code with
it. A line that was tampered with, or a rule misapplied, fails loudly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from sympy import (
    Add,
    Dummy,
    Expr,
    Poly,
    Rational,
    Symbol,
    factor,
    fraction,
    limit,
    solve,
    sympify,
    together,
)

from update_magnitude.theory.proofs.equality import agree, identical, points, value
from update_magnitude.theory.proofs.kinds import DEFINITION, DERIVED, Kind, Origin, assumed, stated
from update_magnitude.theory.proofs.notation import PARAMETERS
from update_magnitude.theory.proofs.roots import RootError, require_only_root


class DerivationError(ArithmeticError):
    """A line does not follow from the lines it names by the rule it names."""


class Rule(Protocol):
    """How a line follows from others."""

    @property
    def name(self) -> str:
        """What the rule is called in a proof."""

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the rule, applied to the lines before, gives the line after."""


@dataclass(frozen=True)
class Line:
    """One line of a derivation."""

    result: Expr
    rule: Rule
    uses: tuple[int, ...]  # earlier lines, counted from 0
    because: str  # a sentence for people
    origin: Origin = DERIVED


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
        return tuple(of for of in self.values if isinstance(of, Derivation))

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether these results were put in, and the derivations hold."""
        for source in self.sources:
            source.verify()
        results = (of.result if isinstance(of, Derivation) else before[of] for of in self.values)
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


@dataclass(frozen=True, eq=False)
class Derivation:
    """A chain of lines that ends in the formula of a theorem."""

    lines: tuple[Line, ...]

    @property
    def result(self) -> Expr:
        """The last line."""
        return self.lines[-1].result

    def verify(self) -> None:
        """Verify every line.

        Raises:
            DerivationError: naming the first line that does not follow.
        """
        _verify_once(self)

    def everything(self) -> tuple[Derivation, ...]:
        """Itself and all derivations that it cites, each once."""
        found: dict[Derivation, None] = {self: None}
        waiting = [self]
        while waiting:
            for line in waiting.pop().lines:
                for source in getattr(line.rule, "sources", ()):
                    if source not in found:
                        found[source] = None
                        waiting.append(source)
        return tuple(found)


class Chain:
    """A derivation in the making: every method adds a line and returns its number.

    Example:
        >>> from sympy.abc import t, y
        >>> chain = Chain()
        >>> start = chain.define(t**2 - 2 * t * y, "a parabola")
        >>> slope = chain.derive(start, t, "minimize in t")
        >>> chain.solve(slope, t, "where the slope vanishes")
        2
        >>> chain.done().result
        y
    """

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def define(self, result: Expr, because: str) -> int:
        """Start from a definition."""
        return self._add(result, Given(str(Kind.DEFINITION)), (), because, DEFINITION)

    def assume(
        self,
        result: Expr,
        because: str,
        reference: str,
        test: Callable[[Expr], bool] | None = None,
        name: str = "lemma",
    ) -> int:
        """Start from a theorem of others; a test may look at what it was brought to."""
        rule = Tested(name, test) if test else Given(name)
        return self._add(result, rule, (), because, assumed(reference))

    def state(
        self,
        result: Expr,
        because: str,
        held_by: str,
        test: Callable[[Expr], bool] | None = None,
        name: str = "statement",
    ) -> int:
        """State a result that was typed in, and is held by a test of ``tests/``.

        Args:
            result: the formula.
            because: why it is so.
            held_by: the test, as pytest names it.
            test: one more, which verification runs.
            name: what the rule is called in a proof.
        """
        rule = Tested(name, test) if test else Given(name)
        return self._add(result, rule, (), because, stated(held_by))

    def cite(self, source: Derivation, because: str) -> int:
        """Start from what another derivation ended in."""
        return self._add(source.result, Cited(source), (), because)

    def combine(self, total: Expr, parts: Mapping[Symbol, Derivation], because: str) -> int:
        """Define something of results that are derived on their own, and put them in."""
        return self.substitute(
            self.define(total, because), parts, "derived on their own", name="theorem"
        )

    def tested(
        self,
        result: Expr,
        because: str,
        name: str,
        test: Callable[[Expr], bool],
        sources: Sequence[Derivation] = (),
    ) -> int:
        """Write down a result that SymPy computed, with a test by other means."""
        return self._add(result, Tested(name, test, tuple(sources)), (), because)

    def rewrite(self, line: int, how: Callable[[Expr], Expr], because: str) -> int:
        """Write a line differently."""
        return self._add(how(self[line]), Algebra(), (line,), because)

    def specialize(self, line: int, values: Mapping[Symbol, Expr | int], because: str) -> int:
        """Give values to parameters, for all of which a line holds."""
        pairs = tuple((symbol, sympify(number)) for symbol, number in values.items())
        return self._replaced(line, Specialization(pairs), because, DERIVED)

    def replace(
        self,
        line: int,
        pairs: Mapping[Expr, Expr],
        because: str,
        origin: Origin,
        name: str = "substitution",
    ) -> int:
        """Put expressions in the place of symbols by a definition, or by what else is named."""
        if origin.kind is Kind.DERIVED:
            raise ValueError("a replacement that nothing verifies is not derived")
        return self._replaced(line, Replacement(_opened(pairs), name), because, origin)

    def expand(
        self,
        line: int,
        pairs: Mapping[Expr, Expr],
        because: str,
        name: str,
        test: Callable[[Mapping[Expr, Expr]], bool],
    ) -> int:
        """Put expressions in the place of symbols that they are equal to, as a test verifies."""
        return self._replaced(line, Replacement(_opened(pairs), name, test), because, DERIVED)

    def substitute(
        self,
        line: int,
        values: Mapping[Expr, int | Derivation],
        because: str,
        name: str = "substitution",
        origin: Origin = DERIVED,
    ) -> int:
        """Put results of lines, or of other derivations, in the place of symbols, all at once.

        Args:
            line: where to.
            values: for each symbol the number of a line, or a derivation.
            because: why these symbols have these values.
            name: what the rule is called in a proof.
            origin: what else than the definition of the symbols it takes that they have them.
        """
        numbers = [of for of in values.values() if not isinstance(of, Derivation)]
        places = iter(range(1, len(numbers) + 1))
        found = tuple(of if isinstance(of, Derivation) else next(places) for of in values.values())
        rule = Substitution(tuple(values), found, name)
        pairs = [
            (old, of.result if isinstance(of, Derivation) else self[of])
            for old, of in values.items()
        ]
        result = self[line].subs(pairs, simultaneous=True)
        return self._add(result, rule, (line, *numbers), because, origin)

    def solve(
        self,
        line: int,
        unknown: Symbol,
        because: str,
        where: Sequence[Expr] = (),
        which: Callable[[Expr], bool] = lambda root: True,
        write: Callable[[Expr], Expr] = lambda root: root,
    ) -> int:
        """Solve for the value of an unknown at which a line vanishes.

        Args:
            line: which line; unless it is affine in the unknown, it is rational.
            unknown: what is solved for.
            because: why.
            where: relations that hold; verification proves that there is one root, this one.
            which: picks it among the roots that SymPy finds.
            write: how it is written.
        """
        (root,) = filter(which, _roots(self[line], unknown))
        return self._add(write(root), Solving(unknown, tuple(where)), (line,), because)

    def part(self, line: int, of: Sequence[Symbol], because: str) -> int:
        """Keep the terms that some symbols bring in, of a line that is a sum of such terms."""
        terms = [term for term in Add.make_args(self[line]) if term.has(*of)]
        return self._add(Add(*terms), Part(tuple(of)), (line,), because)

    def solve_affine(self, line: int, unknown: Symbol, because: str) -> int:
        """Solve a line that is affine in the unknown, leaving slope and intercept as they are."""
        root = -self[line].subs(unknown, 0) / self[line].diff(unknown)
        return self._add(root, Solving(unknown), (line,), because)

    def derive(self, line: int, variable: Symbol, because: str) -> int:
        """Differentiate a line."""
        return self._add(self[line].diff(variable), Derivative(variable), (line,), because)

    def limit(self, line: int, variable: Symbol, point: Expr, because: str) -> int:
        """Take the limit of a line."""
        rule = Limit(variable, point)
        return self._add(limit(self[line], variable, point), rule, (line,), because)

    def done(self) -> Derivation:
        """The finished derivation."""
        return Derivation(tuple(self._lines))

    def __getitem__(self, line: int) -> Expr:
        return self._lines[line].result

    def _replaced(
        self, line: int, rule: Replacement | Specialization, because: str, origin: Origin
    ) -> int:
        result = self[line].subs(rule.pairs, simultaneous=True)
        return self._add(result, rule, (line,), because, origin)

    def _add(
        self,
        result: Expr,
        rule: Rule,
        uses: tuple[int, ...],
        because: str,
        origin: Origin = DERIVED,
    ) -> int:
        self._lines.append(Line(sympify(result), rule, uses, because, origin))
        return len(self._lines) - 1


def _opened(pairs: Mapping[Expr, Expr]) -> tuple[tuple[Expr, Expr], ...]:
    return tuple((old, sympify(new)) for old, new in pairs.items())


def _roots(line: Expr, unknown: Symbol) -> list[Expr]:
    """Where a line vanishes; neither checked nor simplified, for verification is a later pass."""
    numerator = fraction(together(line))[0]
    if numerator.is_polynomial(unknown) and Poly(numerator, unknown).degree() == 1:
        slope, intercept = Poly(numerator, unknown).all_coeffs()
        return [factor(-intercept / slope)]
    roots: list[Expr] = solve(line, unknown, simplify=False, check=False)
    return roots


@cache
def _verify_once(derivation: Derivation) -> None:
    """Verify every line; what many others cite is not verified again for each of them."""
    for number, line in enumerate(derivation.lines):
        before = [derivation.lines[used].result for used in line.uses]
        wrong = f"line {number + 1} does not follow by {line.rule.name}: {line.result}"
        if any(used >= number for used in line.uses):
            raise DerivationError(wrong)
        try:
            follows = line.rule.follows(before, line.result)
        except RootError as error:
            raise DerivationError(f"{wrong}; {error}") from error
        if not follows:
            raise DerivationError(wrong)
