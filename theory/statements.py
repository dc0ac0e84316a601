"""Theorems: a statement, its domain, its derivation, and a formula that can be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from theory.bilinear import Inner
from theory.derivation import Derivation
from theory.lowering import lower
from theory.notation import in_words


@dataclass(frozen=True)
class Case:
    """A theorem in one regime."""

    regime: str  # in words; empty if the theorem has one case only
    domain: tuple[Expr, ...]  # relations that all hold where the formula does
    derive: Callable[[], Derivation]


@dataclass(frozen=True)
class Theorem:
    """Something that was derived.

    Example:
        >>> from theory import theorem
        >>> best = theorem("optimal-count-forgetting")
        >>> float(best(n=8, xi=4.0, eta=1.0))
        18.0
        >>> best(n=8, xi=1.0, eta=4.0)  # no minimum: ξ < η
        array(nan)
    """

    name: str
    statement: str
    source: str
    cases: tuple[Case, ...]

    @property
    def domain(self) -> str:
        """Where the theorem holds, in symbols."""
        return "; or ".join(_domain(case) for case in self.cases)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the symbols that the formula and its domain depend on."""
        symbols: set[Symbol] = set()
        for case in self.cases:
            symbols |= _symbols(case.derive().result, *case.domain)
        return tuple(sorted(map(str, symbols)))

    def verify(self) -> None:
        """Verify the derivation of every case.

        Raises:
            DerivationError: naming the first line that does not follow.
        """
        for case in self.cases:
            case.derive().verify()

    def __call__(self, **values: Any) -> NDArray[np.float64]:
        """Evaluate the formula on numbers or on arrays that broadcast.

        Args:
            values: one for each of ``arguments``.

        Returns:
            The values; NaN outside the domain.

        Raises:
            TypeError: if an argument is missing or unknown, naming it.
        """
        wrong = set(self.arguments) ^ set(values)
        if wrong:
            raise TypeError(
                f"{self.name} takes {', '.join(self.arguments)}; "
                f"missing or unknown: {', '.join(sorted(wrong))}"
            )
        given = {name: np.asarray(of, float) for name, of in values.items()}
        result = np.full(np.broadcast_shapes(*(of.shape for of in given.values())), np.nan)
        for case in self.cases:
            _fill(result, case, given)
        return result


def _fill(result: NDArray[np.float64], case: Case, given: dict[str, NDArray[np.float64]]) -> None:
    """Put a case's values where its domain is; numbers stay numbers, which is cheaper."""
    inside = np.ones(result.shape, bool)
    with np.errstate(invalid="ignore", divide="ignore"):  # what is no number is not inside
        for relation in case.domain:
            inside &= np.asarray(_evaluate(relation, given), bool)
    if inside.all():
        result[...] = _evaluate(case.derive().result, given)
    elif inside.any():
        chosen = {
            name: np.broadcast_to(of, result.shape)[inside] if of.ndim else of
            for name, of in given.items()
        }
        result[inside] = _evaluate(case.derive().result, chosen)


def _evaluate(expression: Expr, given: dict[str, NDArray[np.float64]]) -> Any:
    symbols = tuple(sorted(_symbols(expression), key=str))
    return lower(symbols, expression)(*(given[str(symbol)] for symbol in symbols))


def _symbols(*expressions: Expr) -> set[Symbol]:
    found: set[Symbol] = set()
    for expression in expressions:
        if expression.has(Inner):
            raise ValueError(f"{expression} still has inner products in it")
        found |= expression.free_symbols
    return found


def _domain(case: Case) -> str:
    words = ", ".join(in_words(relation) for relation in case.domain)
    return f"{case.regime}: {words}" if case.regime else words


def by_name(theorems: Iterable[Theorem]) -> dict[str, Theorem]:
    """A table of theorems."""
    return {theorem.name: theorem for theorem in theorems}
