"""Theorems by name, without loading SymPy until one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theory.statements import Theorem


def theorem(name: str) -> Theorem:
    """The theorem of that name.

    Raises:
        KeyError: if there is none, naming those there are.

    Example:
        >>> theorem("inverse-chi-square").domain
        'ν > 2'
    """
    from theory.theorems import theorems

    if name not in theorems():
        raise KeyError(f"{name}: no theorem of that name; theorems: {', '.join(theorems())}")
    return theorems()[name]


def theorem_names() -> tuple[str, ...]:
    """The names of all theorems, in the order of their derivation."""
    from theory.theorems import theorems

    return tuple(theorems())
