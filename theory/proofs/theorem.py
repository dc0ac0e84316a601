"""Theorems: a statement, its domain, its derivation, and a formula that can be evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sympy import And, Expr, Piecewise, Symbol

from update_magnitude.theory.proofs import writing
from update_magnitude.theory.proofs.derivation import Derivation, Origin
from update_magnitude.theory.proofs.evaluation import (
    Given,
    Values,
    can_be,
    common_shape,
    numbers,
    symbols_in,
    value,
    value_in_digits,
)
from update_magnitude.theory.proofs.notation import Explained, explained, in_words, latex
from update_magnitude.theory.proofs.signs import Domain

if TYPE_CHECKING:
    from update_magnitude.scenarios import Scenario

# What a scenario says an argument of a theorem is: scenario, name of the theorem, argument.
Argument = Callable[["Scenario", str, str], float]
# The names of the theorems that the theorem of a name cites.
Citations = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    """A theorem in one regime."""

    regime: str  # in words; empty if the theorem has one case only
    domain: tuple[Expr, ...]  # relations that all hold where the formula does
    derive: Callable[[], Derivation]
    words: str = ""  # the domain for people, where its relations are too long to be read
    cancels: bool = False  # whether floating point would lose its digits in the formula


def one_case(
    derive: Callable[[], Derivation], *domain: Expr, words: str = "", cancels: bool = False
) -> tuple[Case]:
    """The cases of a theorem that has one form wherever it holds."""
    return (Case("", domain, derive, words, cancels),)


@dataclass(frozen=True, repr=False)
class Theorem:
    """Something that was derived: a formula to call, to evaluate for a scenario, and to read.

    Example:
        >>> from update_magnitude.theory import theorem
        >>> best = theorem("optimal-count-forgetting")
        >>> float(best(n=8, xi=4.0, eta=1.0))
        18.0
        >>> best(n=8, xi=1.0, eta=4.0)  # no minimum: ξ < η
        array(nan)
        >>> theorem("haar-mean")
        haar-mean(m, n)
            E[Q] = q I for a Haar-random projection Q of rank n in ℝ^m
            domain: m ≥ n, m > 1, n > 0
            source: ours; rotation invariance
    """

    name: str
    statement: str
    source: str
    cases: tuple[Case, ...]
    meanings: Mapping[str, str] = field(default_factory=dict, compare=False)  # where they differ
    argument: Argument | None = field(default=None, compare=False)  # for ``evaluate``
    citations: Citations | None = field(default=None, compare=False)  # for ``uses``

    @property
    def domain(self) -> str:
        """Where the theorem holds, in symbols."""
        return "; or ".join(_domain(case) for case in self.cases)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the symbols that the formula and its domain depend on."""
        return tuple(sorted(map(str, self._symbols)))

    @property
    def symbols(self) -> dict[str, Explained]:
        r"""For each of ``arguments`` how it is written, and what it means in a few plain words.

        Example:
            >>> from update_magnitude.theory import theorem
            >>> theorem("optimal-count-forgetting").symbols["n"].meaning
            'samples of the task'
            >>> theorem("chi-square-square").symbols["nu"]
            Explained(text='ν', latex='\\nu', meaning='degrees of freedom of a χ² distribution')
        """
        found = {str(symbol): symbol for symbol in self._symbols}
        return {name: explained(found[name], self.meanings) for name in self.arguments}

    @property
    def expression(self) -> Expr:
        r"""The formula in SymPy; where it has several regimes, a Piecewise on their domains.

        Example:
            >>> from update_magnitude.theory import theorem
            >>> theorem("haar-mean").expression, theorem("haar-mean").latex
            (n/m, '\\frac{n}{m}')
        """
        if len(self.cases) == 1:
            return self.cases[0].derive().result
        pairs = ((case.derive().result, case.domain) for case in self.cases)
        return Piecewise(*((result, And(*domain, evaluate=False)) for result, domain in pairs))

    @property
    def latex(self) -> str:
        """The formula in LaTeX, without dollars; several regimes are written as cases."""
        rows = [latex(Domain(case.domain).turned(case.derive().result)) for case in self.cases]
        if len(rows) == 1:
            return rows[0]
        regimes = [rf"\text{{{writing.tex(case.regime)}}}" for case in self.cases]
        lines = r" \\ ".join(f"{row} & {regime}" for row, regime in zip(rows, regimes, strict=True))
        return rf"\begin{{cases}} {lines} \end{{cases}}"

    @property
    def derivation(self) -> str:
        """The derivation as text, as ``update-magnitude derive`` prints it; it is not verified."""
        return writing.proof(self, writing.TEXT)

    @property
    def uses(self) -> tuple[str, ...]:
        """The names of the theorems that its derivation cites, in the order of their derivation.

        What belongs to no theorem is followed to the theorems that it cites. The first time, all
        theorems are derived for this, which takes half a minute.

        Example:
            >>> from update_magnitude.theory import theorem
            >>> theorem("settled-risk").uses, theorem("haar-mean").uses
            (('sequence-risk',), ())
        """
        if self.citations is None:
            raise TypeError(f"{self.name}: uses needs a theorem as um.theorem returns it")
        return self.citations(self.name)

    def __repr__(self) -> str:
        return "\n    ".join((self._call, *writing.facts(self)))

    def _repr_html_(self) -> str:
        lines = "<br>".join(map(escape, writing.facts(self)))
        shown = f"$\\displaystyle {escape(self.latex)}$"
        return f"<p><code>{escape(self._call)}</code><br>{lines}</p><p>{shown}</p>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    @property
    def _call(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"

    @property
    def _symbols(self) -> set[Symbol]:
        return set().union(*(symbols_in(case.derive().result, *case.domain) for case in self.cases))

    def verify(self) -> None:
        """Verify every case; a ``DerivationError`` names the first line that does not follow."""
        for case in self.cases:
            case.derive().verify()

    def origins(self) -> Counter[Origin]:
        """How many lines of each origin it rests on, those of what it cites among them."""
        cited = {one: None for case in self.cases for one in case.derive().everything()}
        return Counter(line.origin for derivation in cited for line in derivation.lines)

    def __call__(self, **values: ArrayLike) -> NDArray[np.float64]:
        """Evaluate the formula on numbers or on arrays that broadcast.

        Args:
            values: one for each of ``arguments``.

        Returns:
            The values; NaN outside the domain, and where a symbol has a value that it cannot have
            (a size that is not positive, a square that is negative, a fraction of a task).

        Raises:
            TypeError: if an argument is missing or unknown, or is no number, naming it.
            ValueError: if arrays do not broadcast.
        """
        wrong = set(self.arguments) ^ set(values)
        if wrong:
            raise TypeError(
                f"{self.name} takes {', '.join(self.arguments)}; "
                f"missing or unknown: {', '.join(sorted(wrong))}"
            )
        given = {name: numbers(name, value) for name, value in values.items()}
        result = np.full(common_shape(given), np.nan)
        possible = np.ones(result.shape, bool)
        for symbol in self._symbols:
            possible &= can_be(symbol, given[str(symbol)])
        for case in self.cases:
            _fill(result, case, given, possible)
        return result

    def at(self, values: Mapping[str, float]) -> float:
        """The formula at one point, NaN outside its domain; only the case that holds is derived.

        The values may be those of other symbols too; a ``KeyError`` names a symbol that has none.
        """
        return self._at(Given((name, numbers(name, value)) for name, value in values.items()))

    def evaluate(self, scenario: Scenario, **given: float) -> float:
        """The formula at the numbers of a scenario: its last update, or its two tasks.

        Args:
            scenario: whose sizes, noise, scale and distances the arguments are.
            given: values of arguments, in place of what the scenario says; those that a scenario
                does not determine have to be given.

        Returns:
            The value; NaN outside the domain.

        Raises:
            ScenarioError: naming an argument that the scenario does not determine.
            TypeError: if something is given that is no argument, or no number.

        Example:
            >>> import update_magnitude as um
            >>> close = um.preset("two-close-tasks")
            >>> round(um.theorem("two-task-forgetting").evaluate(close), 4)
            -0.8095
        """
        if self.argument is None:
            raise TypeError(f"{self.name}: evaluate needs a theorem as um.theorem returns it")
        unknown = sorted(set(given) - set(self.arguments)) if given else []
        if unknown:
            raise TypeError(
                f"{self.name} takes {', '.join(self.arguments)}; unknown: {', '.join(unknown)}"
            )
        values = Given((name, numbers(name, number)) for name, number in given.items())
        values.find = partial(self.argument, scenario, self.name)
        return self._at(values)

    def _at(self, given: Given) -> float:
        """The value of the case that holds; no other is derived."""
        result = np.full((), np.nan)
        # Outside its domain a formula may be NaN or infinite.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            for case in self.cases:
                if all(value(relation, given) for relation in case.domain):
                    needed = symbols_in(case.derive().result, *case.domain)
                    possible = all(can_be(symbol, given[str(symbol)]) for symbol in needed)
                    _fill(result, case, given, np.asarray(possible))
        return float(result)


def _fill(
    result: NDArray[np.float64],
    case: Case,
    given: Values,
    possible: NDArray[np.bool_],
) -> None:
    """Put a case's values where its domain is; numbers stay numbers, which is cheaper."""
    inside = possible.copy()
    # What is no number is not inside.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for relation in case.domain:
            inside &= np.asarray(value(relation, given), bool)
    result_at = value_in_digits if case.cancels else value
    if inside.all():
        result[...] = result_at(case.derive().result, given)
    elif inside.any():
        chosen = {
            name: np.broadcast_to(array, result.shape)[inside] if array.ndim else array
            for name, array in given.items()
        }
        result[inside] = result_at(case.derive().result, chosen)


def _domain(case: Case) -> str:
    words = case.words or ", ".join(in_words(relation) for relation in case.domain)
    return f"{case.regime}: {words}" if case.regime else words
