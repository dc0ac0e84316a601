"""Theorems by name, without loading SymPy until one is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from update_magnitude.theory.statements import Theorem


class UnknownTheoremError(KeyError):
    """A name that no theorem has."""

    def __str__(self) -> str:
        """The sentence, without the quotes that a KeyError puts around it."""
        return str(self.args[0])


def theorem(name: str) -> Theorem:
    """The theorem of that name.

    Raises:
        UnknownTheoremError: if there is none, with the names that come close.

    Example:
        >>> theorem("inverse-chi-square").domain
        'ν > 2'
    """
    from update_magnitude.theory.theorems import theorems

    if not isinstance(name, str) or name not in theorems():
        close = get_close_matches(str(name), theorems(), n=3)
        hint = f"the closest are {', '.join(close)}" if close else "none is close"
        raise UnknownTheoremError(
            f"{name}: no theorem of that name; {hint}; update-magnitude derive lists all"
        )
    return theorems()[name]


def theorem_names() -> tuple[str, ...]:
    """The names of all theorems, in the order of their derivation."""
    from update_magnitude.theory.theorems import theorems

    return tuple(theorems())
