"""What a line of a derivation rests on: the four kinds of lines, and what each has to name.

- A *definition* gives something a name or says what is asked: a setting, a loss, a total.
- An *assumption* is a theorem of others that is used without a proof: it names the reference.
- A line that is *stated and tested* was typed in: it names the test that holds it.
- A *derived* line follows from others, or was computed, and is verified by its rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of lines."""

    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    STATED = "stated and tested"
    DERIVED = "derived"


@dataclass(frozen=True)
class Origin:
    """The kind of a line, with what that kind has to name.

    Example:
        >>> Origin(Kind.ASSUMPTION)
        Traceback (most recent call last):
            ...
        ValueError: assumption: it names its reference, and nothing else does
    """

    kind: Kind
    reference: str = ""  # of an assumption: where it is proved
    test: str = ""  # of a stated line: the test that holds it, as pytest names it

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
    """The origin of a line that was typed in and is held by a test, ``tests/FILE.py::NAME``."""
    return Origin(Kind.STATED, test=test)


# The references of all assumptions.
WEYL = "Weyl, The Classical Groups (2nd ed., Princeton 1946), Theorem 2.9.A"
MUIRHEAD = "Muirhead, Aspects of Multivariate Statistical Theory (Wiley 1982), Theorem 3.2.12"
MARCHENKO_PASTUR = (
    "Marchenko and Pastur, Math. USSR-Sbornik 1 (1967), 457-483; as Lemma 3.11 in Bai and "
    "Silverstein, Spectral Analysis of Large Dimensional Random Matrices (2nd ed., Springer 2010)"
)
BAI_SILVERSTEIN = "Bai and Silverstein, Ann. Probab. 32 (2004), 553-605, Theorem 1.1"
