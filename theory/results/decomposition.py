"""Forgetting of two tasks, term by term: drift, what was not learned, noise, interference.

With d = δ − e put in, F is sorted by its causes: how far the optimum drifts in the blocks that
train and in those frozen, what task 1 left unlearned, the noise, and the inner products of δ and e
(interference), which vanish where the step is orthogonal to the first optimum.
"""

from __future__ import annotations

from functools import partial

from sympy import Symbol

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.symbols import (
    error,
    error_C,
    meet_C,
    meet_S,
    sigma,
    step_C,
    step_S,
)
from update_magnitude.theory.results.two_tasks import FORGETTING, change_in_regime, open_gap
from update_magnitude.theory.results.update import UpdateMoments, in_regimes

# A cause of forgetting, the symbols that carry it, and what it is in words.
CAUSES: dict[str, tuple[tuple[Symbol, ...], str]] = {
    "drift-trained": ((step_S,), "the drift of the trained blocks (frozen training: specific)"),
    "drift-held": ((step_C,), "the drift of the frozen blocks (frozen training: shared)"),
    "unlearned": ((error, error_C), "what was not learned of task 1"),
    "noise": ((sigma,), "the noise of task 2"),
    "interference": ((meet_S, meet_C), "the interference of drift and what was not learned"),
}


@derivation
def decomposition(chain: Chain, moments: UpdateMoments) -> None:
    """F as a sum of terms, one or two for each of ``CAUSES``."""
    chain.cite(change_in_regime(FORGETTING, moments), "F in e and d, derived on its own")
    open_gap(chain)
    terms = (step_S, step_C, error, error_C, meet_S, meet_C, sigma**2)
    chain.sort(terms, "sorted by cause")


@derivation
def term(chain: Chain, cause: str, moments: UpdateMoments) -> None:
    """The part of F that one of ``CAUSES`` brings in."""
    carriers, words = CAUSES[cause]
    chain.cite(decomposition(moments), "F, sorted by cause")
    chain.part(carriers, f"what is due to {words}")


def theorems() -> tuple[Theorem, ...]:
    """Forgetting as a sum, and every term of it."""
    source = "the paper (forgetting as drift in parameter space); the exact terms are ours"
    statement = "F of two tasks as a sum of drift, what was not learned, noise and interference"
    terms = (
        Theorem(
            f"forgetting-{cause}",
            f"the part of F that is due to {words}",
            source,
            in_regimes(partial(term, cause)),
        )
        for cause, (_, words) in CAUSES.items()
    )
    return (
        Theorem("forgetting-decomposition", statement, source, in_regimes(decomposition)),
        *terms,
    )
