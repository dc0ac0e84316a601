"""How each theorem stands: tested by simulation, used by one that is, or derived alone."""

from __future__ import annotations

from collections.abc import Collection
from graphlib import TopologicalSorter
from typing import Literal

from update_magnitude.paper_checks.claims.catalogue import CLAIMS
from update_magnitude.theory.theorems import theorems

Standing = Literal["tested", "used", "derived", "doubtful"]


def claims_about(theorem: str) -> list[str]:
    """The names of the claims whose predictions rest on a theorem.

    Example:
        >>> claims_about("optimal-count-forgetting")
        ['best-count']
    """
    return [name for name, claim in CLAIMS.items() if theorem in claim.theorems]


def standings(failed: Collection[str] = ()) -> dict[str, Standing]:
    """How each theorem stands.

    Args:
        failed: claims that do not hold; what they are about is *doubtful*.

    Returns:
        For each theorem by its name: *tested* if a claim predicts with it, *used* if the
        derivation of such a theorem rests on it, else *derived*.
    """
    found: dict[str, Standing] = {}
    for name in theorems():
        claims = claims_about(name)
        doubtful = any(claim in failed for claim in claims)
        found[name] = ("doubtful" if doubtful else "tested") if claims else "derived"
    uses = {name: theorem.uses for name, theorem in theorems().items()}
    for name in reversed(list(TopologicalSorter(uses).static_order())):  # what is used comes last
        if found[name] != "derived":
            found |= {used: "used" for used in uses[name] if found[used] == "derived"}
    return found
