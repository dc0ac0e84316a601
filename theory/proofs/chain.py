"""A derivation in the making.

Formulas come in from outside as definitions, assumptions, or stated and tested, each of which says
so; derived lines are computed from lines before, from other derivations, or by SymPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial, wraps
from typing import Concatenate, ParamSpec, TypeAlias

import sympy
from sympy import Add, Expr, MatrixSymbol, Poly, Symbol, factor, fraction, sympify, together
from sympy.matrices.expressions import MatrixExpr

from update_magnitude.theory.proofs import rules
from update_magnitude.theory.proofs.derivation import (
    DEFINITION,
    DERIVED,
    Derivation,
    Kind,
    Line,
    Origin,
    Rule,
    assumed,
    stated,
)
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.inner_products import expands, inner
from update_magnitude.theory.proofs.rules import Solving, Start, Substitution
from update_magnitude.theory.proofs.totals import Summed

Parameters = ParamSpec("Parameters")
Test: TypeAlias = Callable[[Expr], bool] | None  # of a result; without it, any passes


def derivation(
    write: Callable[Concatenate[Chain, Parameters], None],
) -> Callable[Parameters, Derivation]:
    """Make a function that writes lines into a chain one that returns the finished derivation.

    Example:
        >>> from sympy.abc import t, y
        >>> @derivation
        ... def lowest_point(chain: Chain) -> None:
        ...     chain.define(t**2 - 2 * t * y, "a parabola")
        ...     chain.differentiate(t, "minimize in t")
        ...     chain.solve(t, "where the slope vanishes")
        >>> lowest_point().result
        y
    """

    @cache
    @wraps(write)
    def finished(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Derivation:
        chain = Chain()
        write(chain, *args, **kwargs)
        return chain.done()

    return finished  # type: ignore[return-value]  # the cache forgets the signature


class Chain:
    """A derivation in the making: every method adds a line and returns its number.

    A method that works on a line works on the last one, unless ``line`` names another. An equation
    is a line that is read as “= 0”: its left side less its right side.
    """

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def define(self, result: Expr, because: str) -> int:
        """Start from a definition."""
        return self._add(result, Start(str(Kind.DEFINITION)), (), because, DEFINITION)

    def assume(
        self, result: Expr, because: str, reference: str, test: Test = None, name: str = "lemma"
    ) -> int:
        """Start from a theorem of others; a test may look at what it was brought to."""
        return self._add(result, Start(name, test), (), because, assumed(reference))

    def state(
        self,
        result: Expr,
        because: str,
        checked_by: str,
        test: Test = None,
        name: str = "statement",
    ) -> int:
        """State a result that was typed in, checked by a test of ``tests/`` and maybe one here."""
        return self._add(result, Start(name, test), (), because, stated(checked_by))

    def cite(self, source: Derivation, because: str) -> int:
        """Start from what another derivation ended in."""
        rule = Start("theorem", partial(identical, source.result), (source,))
        return self._add(source.result, rule, (), because)

    def combine(self, total: Expr, parts: Mapping[Symbol, Derivation], because: str) -> int:
        """Define something of results that are derived on their own, and put them in."""
        self.define(total, because)
        return self.substitute(parts, "derived on their own", "theorem")

    def computed(
        self, result: Expr, because: str, name: str, test: Test, sources: Sequence[Derivation] = ()
    ) -> int:
        """Write down a result that SymPy computed, with a test by other means."""
        return self._add(result, Start(name, test, tuple(sources)), (), because)

    def multiply(self, first: Expr, second: Expr, among: Sequence[Symbol], because: str) -> int:
        """Expand an inner product of two linear combinations of vectors."""
        test = partial(expands, among=among, first=first, second=second)
        return self.computed(inner(first, second, among), because, "bilinear expansion", test)

    def rewrite(self, how: Callable[[Expr], Expr], because: str, line: int = -1) -> int:
        """Write a line differently."""
        return self._add(how(self[line]), rules.ALGEBRA, (line,), because)

    def sort(
        self,
        terms: Sequence[Expr],
        because: str,
        write: Callable[[Expr], Expr] = factor,
        line: int = -1,
    ) -> int:
        """Write a line that is linear in symbols, or in squares of them, as weights times these."""
        total = sum(write(_weight(self[line], term)) * term for term in terms)
        return self._add(total, rules.ALGEBRA, (line,), because)

    def specialize(self, values: Mapping[Symbol, Expr | int], because: str, line: int = -1) -> int:
        """Give values to parameters, for all of which a line holds."""
        given = tuple(map(sympify, values.values()))
        rule = Substitution(tuple(values), given, test=rules.are_parameters)
        return self._put_in(line, rule, because, DERIVED)

    def replace(
        self,
        pairs: Mapping[Expr, Expr | int],
        because: str,
        origin: Origin = DEFINITION,
        name: str = "substitution",
        line: int = -1,
    ) -> int:
        """Put expressions in the place of symbols by a definition, or by what else is named."""
        if origin.kind is Kind.DERIVED:
            raise ValueError("a replacement that nothing verifies is not derived")
        rule = Substitution(tuple(pairs), tuple(map(sympify, pairs.values())), name)
        return self._put_in(line, rule, because, origin)

    def replace_matrices(self, pairs: Mapping[MatrixSymbol, MatrixExpr], because: str) -> int:
        """Put matrix expressions in the place of matrix symbols by definition, inside of traces."""
        rule = rules.MatrixSubstitution(tuple(pairs.items()))
        return self._add(self[-1].xreplace(dict(pairs)), rule, (-1,), because, DEFINITION)

    def expand(
        self,
        pairs: Mapping[Expr, Expr],
        because: str,
        test: Callable[[Mapping[Expr, Expr]], bool],
        line: int = -1,
    ) -> int:
        """Put expanded products in the place of symbols that they are equal to, as a test says."""
        rule = Substitution(tuple(pairs), tuple(pairs.values()), "bilinear expansion", test)
        return self._put_in(line, rule, because, DERIVED)

    def substitute(
        self,
        values: Mapping[Symbol, int | Derivation],
        because: str,
        name: str = "substitution",
        origin: Origin = DERIVED,
        line: int = -1,
    ) -> int:
        """Put results of lines, or of other derivations, in the place of symbols, all at once.

        Args:
            values: for each symbol the number of a line, or a derivation.
            because: why these symbols have these values.
            name: what the rule is called in a proof.
            origin: the kind of the line, if the symbols have these values not by definition alone.
            line: where to.
        """
        used = [value for value in values.values() if isinstance(value, int)]
        places = iter(range(1, len(used) + 1))
        put_in = tuple(next(places) if isinstance(v, int) else v for v in values.values())
        return self._put_in(line, Substitution(tuple(values), put_in, name), because, origin, used)

    def solve(
        self,
        unknown: Symbol,
        because: str,
        where: Sequence[Expr] = (),
        which: Test = None,
        write: Callable[[Expr], Expr] = lambda root: root,
        line: int = -1,
    ) -> int:
        """Solve for the value of an unknown at which a line vanishes.

        Args:
            unknown: what is solved for.
            because: why.
            where: relations that hold; verification proves that there is one root, this one.
            which: picks it among the roots that SymPy finds.
            write: how it is written.
            line: which line; unless it is affine in the unknown, it is rational.
        """
        (root,) = (root for root in _roots(self[line], unknown) if which is None or which(root))
        return self._add(write(root), Solving(unknown, tuple(where)), (line,), because)

    def solve_affine(self, unknown: Symbol, because: str, line: int = -1) -> int:
        """Solve a line that is affine in the unknown, leaving slope and intercept as they are."""
        root = -self[line].subs(unknown, 0) / self[line].diff(unknown)
        return self._add(root, Solving(unknown), (line,), because)

    def part(self, symbols: Sequence[Symbol], because: str, line: int = -1) -> int:
        """Keep the terms that some symbols bring in, of a line that is a sum of such terms."""
        terms = [term for term in Add.make_args(self[line]) if term.has(*symbols)]
        return self._add(Add(*terms), rules.part(symbols), (line,), because)

    def total(self, result: Expr, rule: Summed, because: str, line: int = -1) -> int:
        """Sum a line over all blocks, or integrate it."""
        return self._add(result, rule, (line,), because)

    def differentiate(self, variable: Symbol, because: str, line: int = -1) -> int:
        """Differentiate a line."""
        return self._add(self[line].diff(variable), rules.derivative(variable), (line,), because)

    def limit(self, variable: Symbol, point: Expr, because: str, line: int = -1) -> int:
        """Take the limit of a line."""
        tends = sympy.limit(self[line], variable, point)
        return self._add(tends, rules.limit(variable, point), (line,), because)

    def done(self) -> Derivation:
        """The finished derivation."""
        return Derivation(tuple(self._lines))

    def __getitem__(self, line: int) -> Expr:
        return self._lines[line].result

    def _put_in(
        self,
        line: int,
        rule: Substitution,
        because: str,
        origin: Origin,
        used: Sequence[int] = (),
    ) -> int:
        before = [self[number] for number in (line, *used)]
        result = before[0].subs(list(rule.pairs(before).items()), simultaneous=True)
        return self._add(result, rule, (line, *used), because, origin)

    def _add(
        self,
        result: Expr,
        rule: Rule,
        uses: tuple[int, ...],
        because: str,
        origin: Origin = DERIVED,
    ) -> int:
        numbers = tuple(range(len(self._lines))[number] for number in uses)
        self._lines.append(Line(sympify(result), rule, numbers, because, origin))
        return len(self._lines) - 1


def simplest(weight: Expr) -> Expr:
    """A weight in factors, for which it has to be simplified first."""
    return factor(sympy.simplify(weight))


def _weight(line: Expr, term: Expr) -> Expr:
    """What a line that is linear in a power of a symbol multiplies it by."""
    symbol, power = term.as_base_exp()
    return line.diff(symbol) / (power * symbol ** (power - 1))


def _roots(line: Expr, unknown: Symbol) -> list[Expr]:
    """Where a line vanishes; neither checked nor simplified, for verification is a later pass."""
    numerator = fraction(together(line))[0]
    if numerator.is_polynomial(unknown) and Poly(numerator, unknown).degree() == 1:
        slope, intercept = Poly(numerator, unknown).all_coeffs()
        return [factor(-intercept / slope)]
    roots: list[Expr] = sympy.solve(line, unknown, simplify=False, check=False)
    return roots
