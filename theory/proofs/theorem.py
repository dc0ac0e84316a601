"""Theorems: a statement, its domain, its derivation, and a formula that can be evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.equality import DIGITS
from update_magnitude.theory.proofs.inner_products import Inner
from update_magnitude.theory.proofs.kinds import Origin
from update_magnitude.theory.proofs.lowering import lower
from update_magnitude.theory.proofs.notation import in_words


@dataclass(frozen=True)
class Case:
    """A theorem in one regime."""

    regime: str  # in words; empty if the theorem has one case only
    domain: tuple[Expr, ...]  # relations that all hold where the formula does
    derive: Callable[[], Derivation]
    words: str = ""  # the domain for people, where its relations are too long to be read
    cancels: bool = False  # whether floating point would lose its digits in the formula


@dataclass(frozen=True)
class Theorem:
    """Something that was derived.

    Example:
        >>> from update_magnitude.theory import theorem
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
        return tuple(sorted(map(str, self._symbols)))

    @property
    def _symbols(self) -> set[Symbol]:
        expressions = ((case.derive().result, *case.domain) for case in self.cases)
        return _symbols(*(of for case in expressions for of in case))

    def verify(self) -> None:
        """Verify the derivation of every case.

        Raises:
            DerivationError: naming the first line that does not follow.
        """
        for case in self.cases:
            case.derive().verify()

    def origins(self) -> Counter[Origin]:
        """How many lines of each origin it rests on, those of what it cites among them."""
        everything = {of: None for case in self.cases for of in case.derive().everything()}
        return Counter(line.origin for of in everything for line in of.lines)

    def __call__(self, **values: Any) -> NDArray[np.float64]:
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
        given = {name: _numbers(name, of) for name, of in values.items()}
        result = np.full(_common_shape(given), np.nan)
        possible = np.ones(result.shape, bool)
        for symbol in self._symbols:
            possible &= _can_be(symbol, given[str(symbol)])
        for case in self.cases:
            _fill(result, case, given, possible)
        return result

    def at(self, values: Mapping[str, float]) -> float:
        """The formula at one point; only the case that holds there is derived.

        Args:
            values: of the symbols that the formula and its domain depend on, and maybe of others.

        Returns:
            The value; NaN outside the domain.

        Raises:
            KeyError: if a symbol has no value.

        Example:
            >>> from update_magnitude.theory import theorem
            >>> theorem("optimal-count-forgetting").at({"n": 8, "xi": 4.0, "eta": 1.0, "m": 12})
            18.0
        """
        given = _Given((name, _numbers(name, of)) for name, of in values.items())
        result = np.full((), np.nan)
        for case in self.cases:
            if all(_evaluate(relation, given) for relation in case.domain):
                needed = _symbols(case.derive().result, *case.domain)
                can_be = all(_can_be(symbol, given[str(symbol)]) for symbol in needed)
                _fill(result, case, given, np.asarray(can_be))
        return float(result)


class _Given(dict[str, NDArray[np.float64]]):
    """Values of symbols; what has none is named."""

    def __missing__(self, name: str) -> NDArray[np.float64]:
        raise KeyError(f"{name}: the formula and its domain need a value of it")


def _numbers(name: str, value: Any) -> NDArray[np.float64]:
    """A number, or an array of them; what stands for no number is refused, True among it."""
    given = np.asarray(value)
    entries = given.ravel().tolist() if given.dtype.kind == "O" else []
    if given.dtype.kind not in "iufO" or any(of is None or isinstance(of, str) for of in entries):
        raise TypeError(f"{name} = {value!r:.60}: a number is needed, or an array of numbers")
    return given.astype(float)


def _common_shape(given: Mapping[str, NDArray[np.float64]]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*(of.shape for of in given.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {of.shape}" for name, of in given.items())
        raise ValueError(f"arrays of shapes that do not go together: {shapes}") from None


def _fill(
    result: NDArray[np.float64],
    case: Case,
    given: dict[str, NDArray[np.float64]],
    possible: NDArray[np.bool_],
) -> None:
    """Put a case's values where its domain is; numbers stay numbers, which is cheaper."""
    inside = possible.copy()
    with np.errstate(invalid="ignore", divide="ignore"):  # what is no number is not inside
        for relation in case.domain:
            inside &= np.asarray(_evaluate(relation, given), bool)
    evaluate = _evaluate_in_digits if case.cancels else _evaluate
    if inside.all():
        result[...] = evaluate(case.derive().result, given)
    elif inside.any():
        chosen = {
            name: np.broadcast_to(of, result.shape)[inside] if of.ndim else of
            for name, of in given.items()
        }
        result[inside] = evaluate(case.derive().result, chosen)


def _can_be(symbol: Symbol, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where values are what a symbol stands for: finite, and positive or whole if it is."""
    possible = np.isfinite(values)
    if symbol.is_positive:
        possible &= values > 0
    elif symbol.is_nonnegative:
        possible &= values >= 0
    if symbol.is_integer:
        possible &= values == np.floor(values)
    return possible


def _evaluate_in_digits(expression: Expr, given: dict[str, NDArray[np.float64]]) -> Any:
    """The same in 60 digits, value by value: for formulas that cancel in floating point."""
    symbols = tuple(sorted(_symbols(expression), key=str))
    function = lower(symbols, expression, modules="mpmath")
    values = np.broadcast_arrays(*(given[str(symbol)] for symbol in symbols))
    with mpmath.workdps(DIGITS):
        rows = zip(*(of.ravel().tolist() for of in values), strict=True)
        found = [float(function(*map(mpmath.mpf, row))) for row in rows]
    return np.array(found).reshape(values[0].shape)


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
    words = case.words or ", ".join(in_words(relation) for relation in case.domain)
    return f"{case.regime}: {words}" if case.regime else words


def by_name(theorems: Iterable[Theorem]) -> dict[str, Theorem]:
    """A table of theorems."""
    return {theorem.name: theorem for theorem in theorems}
