"""Derivations as chains of lines, each of which is verified by the rule that led to it.

Every line has a kind (``kinds``): a definition, an assumption, what is stated and tested, or what
is derived. Verification is a second pass over the finished lines (``chain`` makes them): each rule
(``rules``) tests its result against the lines it used. A line that was tampered with, or a rule
misapplied, fails loudly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sympy import Expr

from update_magnitude.theory.proofs.kinds import DERIVED, Origin
from update_magnitude.theory.proofs.roots import RootError

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.rules import Rule


class DerivationError(ArithmeticError):
    """A line does not follow from the lines it names by the rule it names."""


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
