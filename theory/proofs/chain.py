"""A derivation in the making.

Formulas come in from outside as definitions, assumptions, or stated and tested, each of which says
so; derived lines are computed from lines before, from other derivations, or by SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sympy import (
    Add,
    Expr,
    Poly,
    Symbol,
    factor,
    fraction,
    limit,
    solve,
    sympify,
    together,
)

from update_magnitude.theory.proofs.derivation import Derivation, Line
from update_magnitude.theory.proofs.kinds import DEFINITION, DERIVED, Kind, Origin, assumed, stated
from update_magnitude.theory.proofs.rules import (
    Algebra,
    Cited,
    Derivative,
    Given,
    Limit,
    Part,
    Replacement,
    Rule,
    Solving,
    Specialization,
    Substitution,
    Tested,
)


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
        numbers = [value for value in values.values() if not isinstance(value, Derivation)]
        places = iter(range(1, len(numbers) + 1))
        found = tuple(
            value if isinstance(value, Derivation) else next(places) for value in values.values()
        )
        rule = Substitution(tuple(values), found, name)
        pairs = [
            (old, value.result if isinstance(value, Derivation) else self[value])
            for old, value in values.items()
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

    def part(self, line: int, entries: Sequence[Symbol], because: str) -> int:
        """Keep the terms that some symbols bring in, of a line that is a sum of such terms."""
        terms = [term for term in Add.make_args(self[line]) if term.has(*entries)]
        return self._add(Add(*terms), Part(tuple(entries)), (line,), because)

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
