"""The table of theorems: what ``results`` proves, in the order of derivation.

SymPy is loaded with the first theorem that is asked for.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Theorem

# Modules of ``results``.
ORDER = (
    "lemmas",
    "recursion",
    "sequences",
    "two_tasks",
    "explicit",
    "decomposition",
    "magnitude",
    "capacity",
    "constrained",
    "critical_distances",
    "task_sequences",
    "sequence_totals",
    "steady_drift",
    "gradients",
    "variance",
    "proximal",
    "proximal_size",
)


class UnknownTheoremError(KeyError):
    """A name that no theorem has."""

    def __str__(self) -> str:
        """The sentence, without the quotes that a KeyError puts around it."""
        return str(self.args[0])


@cache
def theorems() -> dict[str, Theorem]:
    """All theorems, by name."""
    from update_magnitude.theory.proofs.theorem import by_name

    modules = (import_module(f"update_magnitude.theory.results.{name}") for name in ORDER)
    return by_name(theorem for module in modules for theorem in module.theorems())


def theorem(name: str) -> Theorem:
    """The theorem of that name.

    Raises:
        UnknownTheoremError: if there is none, with the names that come close.

    Example:
        >>> theorem("inverse-chi-square").domain
        'ν > 2'
    """
    if not isinstance(name, str) or name not in theorems():
        close = get_close_matches(str(name), theorems(), n=3)
        hint = f"the closest are {', '.join(close)}" if close else "none is close"
        raise UnknownTheoremError(
            f"{name}: no theorem of that name; {hint}; `update-magnitude derive` lists all of "
            "them, and so does theorem_names()"
        )
    return theorems()[name]


def theorem_names() -> tuple[str, ...]:
    """The names of all theorems, in the order of their derivation."""
    return tuple(theorems())
