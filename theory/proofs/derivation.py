"""Derivations as chains of lines, each of which is verified by the rule that led to it.

Every line is of a kind, which says what it rests on and what it has to name:

- A *definition* gives something a name or says what is asked: a setting, a loss, a total.
- An *assumption* is a theorem of others that is used without a proof: it names the reference.
- A line that is *stated and tested* was typed in: it names the test that checks it.
- A *derived* line follows from others, or was computed, and is verified by its rule.

Verification is a second pass over the finished lines (``chain`` makes them): each rule (``rules``)
tests its result against the lines it used. A line that was tampered with, or a rule misapplied,
fails loudly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sympy import Expr

from update_magnitude.theory.proofs.roots import RootError


class DerivationError(ArithmeticError):
    """A line does not follow from the lines it names by the rule it names."""


class Kind(StrEnum):
    """The kinds of lines."""

    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    STATED = "stated and tested"
    DERIVED = "derived"


@dataclass(frozen=True)
class Origin:
    """The kind of a line, with what that kind has to name."""

    kind: Kind
    reference: str = ""  # of an assumption: where it is proved
    test: str = ""  # of a stated line: the test that checks it, as pytest names it

    def __post_init__(self) -> None:
        if bool(self.reference) != (self.kind is Kind.ASSUMPTION):
            raise ValueError(f"{self.kind}: it names its reference, and nothing else does")
        if bool(self.test) != (self.kind is Kind.STATED):
            raise ValueError(f"{self.kind}: it names its test, and nothing else does")

    def __str__(self) -> str:
        """The kind for people, with the reference or the test."""
        named = self.reference or self.test
        return f"{self.kind} ({named})" if named else str(self.kind)


DEFINITION, DERIVED = Origin(Kind.DEFINITION), Origin(Kind.DERIVED)


def assumed(reference: str) -> Origin:
    """The origin of an assumption that is proved in a reference."""
    return Origin(Kind.ASSUMPTION, reference=reference)


def stated(test: str) -> Origin:
    """The origin of a line that was typed in and is checked by a test, ``tests/FILE.py::NAME``."""
    return Origin(Kind.STATED, test=test)


class Rule(ABC):
    """How a line follows from others."""

    name: str  # what the rule is called in a proof

    @property
    def sources(self) -> tuple[Derivation, ...]:
        """Other derivations, on which it rests."""
        return ()

    @abstractmethod
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


@dataclass(frozen=True, eq=False)
class Derivation:
    """A chain of lines that ends in the formula of a theorem."""

    lines: tuple[Line, ...]

    @property
    def result(self) -> Expr:
        """The last line."""
        return self.lines[-1].result

    def verify(self) -> None:
        """Raise a ``DerivationError`` that names the first line that does not follow."""
        _verify_once(self)

    def sources(self) -> frozenset[Derivation]:
        """The derivations that its lines cite."""
        return frozenset(source for line in self.lines for source in line.rule.sources)

    def everything(self) -> tuple[Derivation, ...]:
        """Itself and all derivations that it cites, each once."""
        known: dict[Derivation, None] = {self: None}
        waiting = [self]
        while waiting:
            sources = {source: None for line in waiting.pop().lines for source in line.rule.sources}
            waiting += [source for source in sources if source not in known]
            known |= sources
        return tuple(known)


@cache
def _verify_once(derivation: Derivation) -> None:
    """Verify every line; what many others cite is not verified again for each of them."""
    for number, line in enumerate(derivation.lines):
        wrong = f"line {number + 1} does not follow by {line.rule.name}: {line.result}"
        if any(used >= number for used in line.uses):
            raise DerivationError(wrong)
        for source in line.rule.sources:
            source.verify()
        try:
            follows = line.rule.follows(
                [derivation.lines[used].result for used in line.uses], line.result
            )
        except RootError as error:
            raise DerivationError(f"{wrong}; {error}") from error
        if not follows:
            raise DerivationError(wrong)
