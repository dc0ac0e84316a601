"""The table of theorems: what ``results`` proves, in the order of derivation.

SymPy is loaded with the first theorem that is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.derivation import Derivation
    from update_magnitude.theory.proofs.theorem import Theorem

# Modules of ``results``.
ORDER = (
    "lemmas",
    "update",
    "recursion",
    "two_tasks",
    "explicit",
    "decomposition",
    "magnitude",
    "capacity",
    "constrained",
    "least_forgetting",
    "least_forgetting_limits",
    "critical_distances",
    "sequence_risks",
    "sequence_totals",
    "steady_drift",
    "gradients",
    "variance",
    "proximal",
    "proximal_size",
    "equivalent",
    "equivalent_update",
    "equivalent_limits",
    "equivalent_known",
    "optimal_update",
    "optimal_gain",
    "estimated_update",
    "spectral_filters",
    "filter_moments",
    "orthogonal_scales",
)


class UnknownTheoremError(KeyError):
    """A name that no theorem has; ``problem`` is the sentence without a word on where to look."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        """The sentence, without the quotes that a KeyError puts around it."""
        return f"{self.problem}; um.theorems() lists all of them"


class Theorems(dict[str, "Theorem"]):
    """Theorems by name, in the order of their derivation; it shows itself as a list or a table."""

    def __repr__(self) -> str:
        from update_magnitude.theory.proofs import writing

        return writing.table_in_lines(self.values())

    def _repr_html_(self) -> str:
        from update_magnitude.theory.proofs import writing

        return writing.table_in_html(self.values())


@cache
def theorems() -> Theorems:
    """All theorems, by name.

    Example:
        >>> len(theorems()) > 90, theorems()["haar-mean"].arguments
        (True, ('m', 'n'))
    """
    from update_magnitude.theory.numbers.arguments import scenario_argument

    modules = (import_module(f"update_magnitude.theory.results.{name}") for name in ORDER)
    derived = (theorem for module in modules for theorem in module.theorems())
    return Theorems(
        (one.name, replace(one, argument=scenario_argument, citations=uses)) for one in derived
    )


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
        raise UnknownTheoremError(f"{name}: no theorem of that name; {hint}")
    return theorems()[name]


def uses(name: str) -> tuple[str, ...]:
    """The theorems that the derivation of a theorem cites, in the order of their derivation.

    The first call derives all theorems, which takes half a minute.

    Raises:
        UnknownTheoremError: if there is no theorem of that name.

    Example:
        >>> uses("proximal-best-penalty")
        ('proximal-risk-slope',)
    """
    from update_magnitude.theory.proofs.citations import cited

    found = cited(theorem(name), _owners())
    return tuple(other for other in theorems() if other in found)


@cache
def _owners() -> dict[Derivation, str]:
    """The derivations that end in a theorem, each with its name."""
    from update_magnitude.theory.proofs.citations import owners

    return owners(theorems().values())


def theorem_names() -> tuple[str, ...]:
    """The names of all theorems, in the order of their derivation."""
    return tuple(theorems())
