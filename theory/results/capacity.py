"""The optimal number of trainable parameters at fixed capacity: m of P train, the rest is held.

Optima and errors are spread evenly over the P parameters, so m of them carry the share m/P. What
is held back acts as noise on the update. For m > n + 1 every measure falls in m, and m = P is best;
for m < n − 1 its slope vanishes at the roots of a quadratic. ``best_count`` compares the branches.
"""

from __future__ import annotations

from functools import cache, partial

from sympy import Expr, Ge, Gt, Symbol, expand, factor, sqrt

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.magnitude import MEAN, change_of
from update_magnitude.theory.results.regimes import UNDER, in_regimes
from update_magnitude.theory.results.symbols import (
    D_S,
    N,
    P,
    alpha,
    drift_all,
    m,
    n,
    overlap,
    overlap_all,
    short,
    sigma,
)
from update_magnitude.theory.results.two_tasks import FORGETTING, SECOND_RISK
from update_magnitude.theory.results.update import UpdateMoments

MEASURES = {
    FORGETTING: "forgetting",
    SECOND_RISK: "the risk on task 2",
    MEAN: "the mean of both risks",
}

KAPPA = {  # what the sign of the curvature depends on
    FORGETTING: "κ = αE‖d‖² + E⟨e, d⟩",
    SECOND_RISK: "κ = (α − 1)E‖d‖²",
    MEAN: "κ = (α − ½)E‖d‖² + ½E⟨e, d⟩",
}


@cache
def change(measure: str, moments: UpdateMoments) -> Derivation:
    """What an update of m of P parameters changes a measure by."""
    chain = Chain()
    start = chain.cite(change_of(measure), "what an update changes, derived on its own")
    of_regime = chain.substitute(start, moments.derived, "the moments of the update", "result U")
    evenly = chain.replace(
        of_regime,
        {
            overlap: overlap_all * m / P,
            D_S: drift_all * m / P,
            N: drift_all * (P - m) / P + sigma**2,
        },
        "spread evenly: m of P parameters carry the share m/P, and what is held back is noise",
        DEFINITION,
    )
    chain.rewrite(evenly, _by_cause, "sorted by overlap, drift and noise")
    return chain.done()


@cache
def slope(measure: str, moments: UpdateMoments) -> Derivation:
    """Its slope in m: negative for m > n + 1."""
    chain = Chain()
    start = chain.cite(change(measure, moments), "the change, derived on its own")
    by_count = chain.derive(start, m, "its slope in the number of trainable parameters")
    chain.rewrite(by_count, _by_cause, "sorted by overlap, drift and noise")
    return chain.done()


@cache
def stationary_gap(measure: str) -> Derivation:
    """How far below the threshold, s = n − 1 − m, the slope vanishes, for m < n − 1."""
    chain = Chain()
    start = chain.cite(slope(measure, UNDER.moments()), "the slope, derived on its own")
    below = chain.replace(start, {m: n - 1 - short}, "with s = n − 1 − m > 0", DEFINITION)
    ordered = chain.rewrite(below, _by_gap, "a constant and a multiple of 1/s²")
    constant, inverse = chain[ordered].as_independent(short, as_Add=True)
    chain.solve(
        ordered,
        short,
        "so s² is a ratio; the root with s > 0, where the ratio is positive",
        (Gt(-constant * inverse * short**2, 0),),
        _is_positive,
        lambda found: sqrt(factor(found**2)),
    )
    return chain.done()


@cache
def stationary_count(measure: str) -> Derivation:
    """The m < n − 1 at which the slope vanishes."""
    chain = Chain()
    below = chain.define(n - 1 - short, "m = n − 1 − s by the definition of s")
    chain.substitute(
        below,
        {short: stationary_gap(measure)},
        "with the s at which the slope vanishes, derived on its own",
        "theorem",
    )
    return chain.done()


@cache
def stationary_curvature(measure: str) -> Derivation:
    """The second derivative in m there: a minimum where it is positive."""
    chain = Chain()
    start = chain.cite(slope(measure, UNDER.moments()), "the slope, derived on its own")
    bend = chain.derive(start, m, "the slope of the slope")
    below = chain.replace(bend, {m: n - 1 - short}, "with s = n − 1 − m > 0", DEFINITION)
    ordered = chain.rewrite(below, factor, "in factors: it has the sign of the last one")
    chain.substitute(
        ordered, {short: stationary_gap(measure)}, "where the slope vanishes", "theorem"
    )
    return chain.done()


def _by_cause(expression: Expr) -> Expr:
    """The expression sorted by E⟨e, d⟩, E‖d‖² and σ², in all of which it is linear."""
    drift = sum(factor(expression.diff(entry)) * entry for entry in (overlap_all, drift_all))
    return drift + factor(expression.diff(sigma) / (2 * sigma)) * sigma**2


def _by_gap(expression: Expr) -> Expr:
    """The expression as a constant plus a multiple of 1/s²."""
    terms = expand(expression)
    constant, inverse = terms.coeff(short, 0), terms.coeff(short, -2)
    return factor(constant) + factor(inverse) / short**2


def _is_positive(root: Expr) -> bool:
    """Whether a root is positive, at one point where the slope has one: for a small scale."""
    at: dict[Symbol, Expr] = {alpha: sqrt(1) / 10, P: 40, n: 20, sigma: 1}
    return bool(root.subs(at).subs({overlap_all: -2, drift_all: 3}) > 0)


def theorems() -> tuple[Theorem, ...]:
    """Fixed capacity: the change, its slope, and where that vanishes."""
    source = "ours (cf. the paper's optimal update magnitude)"
    return tuple(
        theorem
        for measure, words in MEASURES.items()
        for theorem in _of_measure(measure, words, source)
    )


def _of_measure(measure: str, words: str, source: str) -> tuple[Theorem, ...]:
    name = measure.replace("_", "-")
    held = Ge(P, m)
    where_it_is = (
        f"{KAPPA[measure]}, B = (P − n + 1)E‖d‖² + Pσ²: ακB < 0 and 0 < m < P (a minimum if κ < 0)"
    )
    where = (Gt(stationary_gap(measure).result ** 2, 0), Gt(stationary_count(measure).result, 0))
    within = (*where, Gt(P, stationary_count(measure).result))
    return (
        Theorem(
            f"capacity-change-{name}",
            f"what training m of P parameters on task 2 changes {words} by, optima spread evenly",
            source,
            in_regimes(partial(change, measure), held),
        ),
        Theorem(
            f"capacity-slope-{name}",
            f"the slope of that change in {words} in m; negative for m > n + 1, so m = P is best",
            source,
            in_regimes(partial(slope, measure), held),
        ),
        Theorem(
            f"capacity-count-{name}",
            f"the m < n − 1 at which the slope of {words} vanishes",
            source,
            (Case("", within, partial(stationary_count, measure), where_it_is),),
        ),
        Theorem(
            f"capacity-curvature-{name}",
            f"the second derivative of {words} there; positive at a minimum",
            source,
            (Case("", within, partial(stationary_curvature, measure), where_it_is),),
        ),
    )
