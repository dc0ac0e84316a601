"""Derivations as chains of lines, each of which is verified by the rule that led to it.

A chain computes: no line is typed in. Verification is a second pass over the finished lines: each
rule tests its result against the lines it used. Two expressions count as equal if they are so in
exact rational arithmetic at random points (after Schwartz and Zippel). So rewriting and solving are
tested by other means than those that led to them; so are derivatives and limits, by coming close;
a substitution is carried out again; a start with a test of its own shares no code with it. A line
that was tampered with, or a rule misapplied, fails loudly.
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
    together,
)

from update_magnitude.theory.identity import agree, identical, points, value


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


@dataclass(frozen=True)
class Given:
    """A definition, an assumption, or a result that was derived elsewhere."""

    name: str = "definition"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Nothing to verify: it is where a derivation starts."""
        return not before


@dataclass(frozen=True)
class Cited:
    """What other derivations ended in, or something made of their results."""

    sources: tuple[Derivation, ...]
    how: Callable[..., Expr]
    name: str = "theorem"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether it is what those derivations give, and they hold."""
        for source in self.sources:
            source.verify()
        found = self.how(*(source.result for source in self.sources))
        return not before and identical(found, after)


@dataclass(frozen=True)
class Tested:
    """A result with a test of its own, which shares no code with what produced it."""

    name: str
    test: Callable[[Expr], bool]

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the result passes its test."""
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
class Substitution:
    """Known expressions take the place of symbols."""

    pairs: tuple[tuple[Expr, Expr], ...]
    name: str = "substitution"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether line and result agree at random points, the line at what the pairs are there."""
        (line,) = before
        stand_ins = {of: Dummy() for of, _ in self.pairs}
        opened = line.subs(list(stand_ins.items()), simultaneous=True)
        return all(
            agree(
                value(opened, at | {stand_ins[of]: value(by, at) for of, by in self.pairs}),
                value(after, at),
            )
            for at in points(line, after, *(by for _, by in self.pairs))
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
    """The value of an unknown for which a line vanishes."""

    unknown: Symbol
    name: str = "solving"

    def follows(self, before: Sequence[Expr], after: Expr) -> bool:
        """Whether the line vanishes there."""
        (line,) = before
        return not after.has(self.unknown) and identical(line.subs(self.unknown, after), 0)


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


@dataclass(frozen=True)
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


class Chain:
    """A derivation in the making: every method adds a line and returns its number.

    Example:
        >>> from sympy.abc import t, y
        >>> chain = Chain()
        >>> start = chain.given(t**2 - 2 * t * y, "a definition")
        >>> slope = chain.derive(start, t, "minimize in t")
        >>> chain.solve(slope, t, "where the slope vanishes")
        2
        >>> chain.done().result
        y
    """

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def given(self, result: Expr, because: str, name: str = "definition") -> int:
        """Start from a definition or from a result derived elsewhere."""
        return self._add(result, Given(name), (), because)

    def cite(
        self,
        sources: Derivation | Sequence[Derivation],
        because: str,
        how: Callable[..., Expr] = lambda result: result,
    ) -> int:
        """Start from what other derivations ended in; ``how`` makes something of their results."""
        several = (sources,) if isinstance(sources, Derivation) else tuple(sources)
        result = how(*(source.result for source in several))
        return self._add(result, Cited(several, how), (), because)

    def tested(self, result: Expr, because: str, name: str, test: Callable[[Expr], bool]) -> int:
        """State a result that has a test of its own."""
        return self._add(result, Tested(name, test), (), because)

    def rewrite(self, line: int, how: Callable[[Expr], Expr], because: str) -> int:
        """Write a line differently."""
        return self._add(how(self[line]), Algebra(), (line,), because)

    def substitute(
        self, line: int, pairs: Mapping[Expr, Expr], because: str, name: str = "substitution"
    ) -> int:
        """Put known expressions in the place of symbols, all at once."""
        rule = Substitution(tuple(pairs.items()), name)
        return self._add(self[line].subs(rule.pairs, simultaneous=True), rule, (line,), because)

    def solve(
        self,
        line: int,
        unknown: Symbol,
        because: str,
        which: Callable[[Expr], bool] = lambda root: True,
    ) -> int:
        """Solve for the value of an unknown at which a line vanishes; ``which`` picks one root."""
        (root,) = filter(which, _roots(self[line], unknown))
        return self._add(root, Solving(unknown), (line,), because)

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

    def _add(self, result: Expr, rule: Rule, uses: tuple[int, ...], because: str) -> int:
        self._lines.append(Line(result, rule, uses, because))
        return len(self._lines) - 1


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
        if any(used >= number for used in line.uses) or not line.rule.follows(before, line.result):
            raise DerivationError(
                f"line {number + 1} does not follow by {line.rule.name}: {line.result}"
            )
