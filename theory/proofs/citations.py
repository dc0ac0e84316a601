"""Which theorems rest on which: what their derivations cite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.derivation import Derivation
    from update_magnitude.theory.proofs.theorem import Theorem


def owners(theorems: Iterable[Theorem]) -> dict[Derivation, str]:
    """The derivations that end in a theorem, each with its name; all theorems are derived."""
    return {case.derive(): theorem.name for theorem in theorems for case in theorem.cases}


def cited(theorem: Theorem, owner: Mapping[Derivation, str]) -> frozenset[str]:
    """The names of the theorems that a theorem cites.

    Derivations that belong to no theorem, and those of other cases of the same theorem, are
    followed until a theorem of another name is met.

    Args:
        theorem: whose derivations are followed.
        owner: for each derivation that ends in a theorem its name.
    """
    names: set[str] = set()
    waiting = [case.derive() for case in theorem.cases]
    known = set(waiting)
    while waiting:
        for source in waiting.pop().sources() - known:
            known.add(source)
            if owner.get(source, theorem.name) == theorem.name:
                waiting.append(source)
            else:
                names.add(owner[source])
    return frozenset(names)
