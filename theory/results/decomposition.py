"""Forgetting of two tasks, term by term: drift, what was not learned, noise, interference.

d = δ − e in the drift form sorts F by its causes: how far the optimum drifts in the blocks that
train and in those held back, what task 1 left unlearned, the noise, and the inner products of the
two (interference), which vanish where the step is orthogonal to the first optimum.
"""

from __future__ import annotations

from functools import cache, partial

from sympy import Expr, Symbol, factor

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.regimes import in_regimes
from update_magnitude.theory.results.symbols import (
    error,
    error_C,
    meet_C,
    meet_S,
    sigma,
    step_C,
    step_S,
)
from update_magnitude.theory.results.two_tasks import FORGETTING, change_in_regime, open_drift
from update_magnitude.theory.results.update import UpdateMoments

# A cause of forgetting, the symbols that carry it, and what it is in words.
CAUSES: dict[str, tuple[tuple[Symbol, ...], str]] = {
    "drift-trained": (
        (step_S,),
        "the drift of the trained blocks (frozen training: specific)",
    ),
    "drift-held": ((step_C,), "the drift of the blocks held back (frozen training: shared)"),
    "unlearned": ((error, error_C), "what was not learned of task 1"),
    "noise": ((sigma,), "the noise of task 2"),
    "interference": ((meet_S, meet_C), "the interference of drift and what was not learned"),
}


@cache
def decomposition(moments: UpdateMoments) -> Derivation:
    """F as a sum of terms, one or two for each of ``CAUSES``."""
    chain = Chain()
    start = chain.cite(change_in_regime(FORGETTING, moments), "F by drift, derived on its own")
    by_cause = open_drift(chain, start)
    chain.rewrite(by_cause, _sorted, "sorted by cause")
    return chain.done()


@cache
def term(cause: str, moments: UpdateMoments) -> Derivation:
    """The part of F that one of ``CAUSES`` brings in."""
    carriers, words = CAUSES[cause]
    chain = Chain()
    whole = chain.cite(decomposition(moments), "F, sorted by cause")
    chain.part(whole, carriers, f"what is due to {words}")
    return chain.done()


def _sorted(expression: Expr) -> Expr:
    """The expression by cause; it is linear in all carriers and in σ²."""
    linear = (step_S, step_C, error, error_C, meet_S, meet_C)
    drift = sum(factor(expression.diff(entry)) * entry for entry in linear)
    return drift + factor(expression.diff(sigma) / (2 * sigma)) * sigma**2


def theorems() -> tuple[Theorem, ...]:
    """Forgetting as a sum, and every term of it."""
    source = "the paper (forgetting as drift in parameter space); the exact terms are ours"
    whole = Theorem(
        "forgetting-decomposition",
        "F of two tasks as a sum of drift, what was not learned, noise and interference",
        source,
        in_regimes(decomposition),
    )
    terms = (
        Theorem(
            f"forgetting-{cause}",
            f"the part of F that is due to {words}",
            source,
            in_regimes(partial(term, cause)),
        )
        for cause, (_, words) in CAUSES.items()
    )
    return (whole, *terms)
