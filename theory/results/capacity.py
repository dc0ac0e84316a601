"""The optimal number of trainable parameters at fixed capacity: m of P train, the rest is frozen.

Optima and errors are spread evenly over the P parameters, so m of them carry the share m/P. What
is frozen acts as noise on the update. For m > n + 1 every measure falls in m: on that side m = P is
best. For m < n − 1 its slope is [2ακ + α²(n − 1)B/s²]/P, with s = n − 1 − m, the κ of ``KAPPA`` and
B = (P − n + 1)E‖d‖² + Pσ²: where it vanishes there is a minimum if B > 0. ``best_count`` compares.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Ge, Gt, Symbol, expand, factor, sqrt

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.results.magnitude import MEAN, MEASURES, change_of
from update_magnitude.theory.results.symbols import D_S, N, P, alpha, m, n, overlap, sigma
from update_magnitude.theory.results.two_tasks import FORGETTING, SECOND_RISK
from update_magnitude.theory.results.update import (
    UpdateMoments,
    in_regimes,
    underparameterized,
)

gap_all = symbol(
    "d_d",
    "E‖d‖²",
    r"\mathrm{E}\|d\|^2",
    meaning="what is left to learn in all parameters: mean of ‖d‖², d = θ*_2 − θ_1",
    nonnegative=True,
)
overlap_all = symbol(
    "e_d_all",
    "E⟨e,d⟩",
    r"\mathrm{E}\langle e, d\rangle",
    meaning="mean inner product, in all parameters, of e = θ_1 − θ*_1 and d = θ*_2 − θ_1",
    real=True,
)
short = symbol(
    "short", "s", "s", meaning="by how many parameters m falls short of n − 1", positive=True
)

KAPPA = {
    FORGETTING: "κ = αE‖d‖² + E⟨e, d⟩",
    SECOND_RISK: "κ = (α − 1)E‖d‖²",
    MEAN: "κ = (α − ½)E‖d‖² + ½E⟨e, d⟩",
}
CAUSES = (overlap_all, gap_all, sigma**2)
SORTED = "sorted by E⟨e, d⟩, E‖d‖² and noise"


@derivation
def change(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """What an update of m of P parameters changes a measure by."""
    chain.cite(change_of(measure), "what an update changes, derived on its own")
    chain.substitute(moments.derived, "the moments of the update", "result U")
    chain.replace(
        {
            overlap: overlap_all * m / P,
            D_S: gap_all * m / P,
            N: gap_all * (P - m) / P + sigma**2,
        },
        "spread evenly: m of P parameters carry the share m/P, and what is frozen is noise",
    )
    chain.sort(CAUSES, SORTED)


@derivation
def slope(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """Its slope in m: negative for m > n + 1."""
    chain.cite(change(measure, moments), "the change, derived on its own")
    chain.differentiate(m, "its slope in the number of trainable parameters")
    chain.sort(CAUSES, SORTED)


@derivation
def stationary_gap(chain: Chain, measure: str) -> None:
    """How far below the threshold, s = n − 1 − m, the slope vanishes, for m < n − 1."""
    chain.cite(slope(measure, underparameterized()), "the slope, derived on its own")
    chain.replace({m: n - 1 - short}, "with s = n − 1 − m > 0")
    chain.rewrite(_by_gap, "a constant and a multiple of 1/s²")
    constant, inverse = chain[-1].as_independent(short, as_Add=True)
    chain.solve(
        short,
        "so s² is a ratio; the root with s > 0, where the ratio is positive",
        (Gt(-constant * inverse * short**2, 0),),
        _is_positive,
        lambda root: sqrt(factor(root**2)),
    )


@derivation
def stationary_count(chain: Chain, measure: str) -> None:
    """The m < n − 1 at which the slope vanishes."""
    chain.define(n - 1 - short, "m = n − 1 − s by the definition of s")
    because = "with the s at which the slope vanishes, derived on its own"
    chain.substitute({short: stationary_gap(measure)}, because, "theorem")


@derivation
def stationary_curvature(chain: Chain, measure: str) -> None:
    """The second derivative in m there: a minimum where it is positive."""
    chain.cite(slope(measure, underparameterized()), "the slope, derived on its own")
    chain.differentiate(m, "the slope of the slope")
    chain.replace({m: n - 1 - short}, "with s = n − 1 − m > 0")
    chain.rewrite(factor, "in factors: it has the sign of B")
    chain.substitute({short: stationary_gap(measure)}, "where the slope vanishes", "theorem")


def _by_gap(expression: Expr) -> Expr:
    """The expression as a constant plus a multiple of 1/s²."""
    terms = expand(expression)
    return factor(terms.coeff(short, 0)) + factor(terms.coeff(short, -2)) / short**2


def _is_positive(root: Expr) -> bool:
    """Whether a root is positive, at one point where the slope has one: for a small scale."""
    point: dict[Symbol, Expr] = {alpha: sqrt(1) / 10, P: 40, n: 20, sigma: 1}
    return bool(root.subs(point).subs({overlap_all: -2, gap_all: 3}) > 0)


def theorems() -> tuple[Theorem, ...]:
    """Fixed capacity: the change, its slope, and where that vanishes."""
    source = "ours (cf. the paper's optimal update magnitude)"
    return tuple(
        Theorem(f"capacity-{name}-{measure.replace('_', '-')}", statement, source, cases)
        for measure, words in MEASURES.items()
        for name, statement, cases in _of_measure(measure, words)
    )


def _of_measure(measure: str, words: str) -> tuple[tuple[str, str, tuple[Case, ...]], ...]:
    """Name, statement and cases of the theorems on one measure."""
    held = Ge(P, m)
    gap, count = stationary_gap(measure).result, stationary_count(measure).result
    where = (Gt(gap**2, 0), Gt(count, 0), Gt(P, count))
    domain = (
        f"{KAPPA[measure]}, B = (P − n + 1)E‖d‖² + Pσ²: ακB < 0 and 0 < m < P (a minimum if B > 0)"
    )
    changes = f"what training m of P parameters on task 2 changes {words} by, optima spread evenly"
    slopes = f"the slope of that change in {words} in m; negative for m > n + 1"
    counts = one_case(partial(stationary_count, measure), *where, words=domain)
    bends = one_case(partial(stationary_curvature, measure), *where, words=domain)
    return (
        ("change", changes, in_regimes(partial(change, measure), held)),
        ("slope", slopes, in_regimes(partial(slope, measure), held)),
        ("count", f"the m < n − 1 at which the slope of {words} vanishes", counts),
        ("curvature", f"the second derivative of {words} there; positive at a minimum", bends),
    )
