"""Spectral filters: every way of stopping short, in the limit n, m → ∞ with m/n → γ, result S.

A filter h takes the eigenvalues x of A = Φ_SΦ_Sᵀ/n to the shares that are learned along them:
Δ = H(d_S + A⁻¹Φ_Sε/n) with H = h(A) and h(0) = 0. A rotation of the features changes no law, so
that the moments of Δ come down to g = tr H/m, g_2 = tr H²/m and v = (1/n) tr H²A⁻¹, which tend to
integrals over the Marchenko–Pastur law: ∫h, ∫h² and γ∫h²/x.
"""

from __future__ import annotations

from functools import partial

from sympy import Gt, Symbol, factor, oo

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import stated
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.lemmas import Traces, solve_across, solve_along
from update_magnitude.theory.results.proximal import gamma
from update_magnitude.theory.results.symbols import D_S, N, a, alpha, b, c, g, lam, m, overlap
from update_magnitude.theory.results.two_tasks import FORGETTING, SECOND_RISK, gap_change

SOURCE = "ours; rotation invariance"
POINTWISE = "ours (cf. ridge regression as the mean of a normal posterior)"
# Draws gradient descent, literally, and compares it with the moments of its filter.
DRAWN = "tests/test_spectral.py::test_stopped_descent_is_its_filter"

g_2 = symbol(
    "g_2",
    meaning="mean square of the shares that the filter learns along all eigenvalues",
    nonnegative=True,
)
noise_of = symbol(
    "v",
    meaning="how much noise the filter takes in: N times this is added to E‖Δ‖²",
    nonnegative=True,
)
x = symbol(
    "x", meaning="eigenvalue of the second moments of the features, A = ΦΦᵀ/n", positive=True
)
h = symbol("h", meaning="share that the filter learns along the eigenvalue x", real=True)
AT_LEAST, AT_H = Symbol("least"), Symbol("at_h")

TRACES = Traces(
    (m * g) ** 2,
    "(mg)², of H in the place of Q",
    m * g_2,
    "mg_2 of the same tensor, since tr(H²) = mg_2",
)
BEST_PENALTY = "λ of which that is the filter x/(x + λ), for every x: ridge is the best of all"
MEASURES = {
    FORGETTING: "forgetting of task 1 after an update by a filter",
    SECOND_RISK: "R_2 − E‖d‖² after an update by a filter",
}


@derivation
def across(chain: Chain) -> None:
    """The coefficient of ‖v‖² I in E[Hvvᵀ H]."""
    solve_across(chain, TRACES)


@derivation
def along(chain: Chain) -> None:
    """The coefficient of vvᵀ in E[Hvvᵀ H]."""
    solve_along(chain, TRACES)


@derivation
def many_along(chain: Chain) -> None:
    """The same for large m: g²."""
    chain.cite(along(), "the coefficient")
    chain.limit(m, oo, "more and more parameters")


@derivation
def many_across(chain: Chain) -> None:
    """For large m, m times the other: g_2 − g²."""
    coefficient = chain.cite(across(), "the coefficient")
    chain.define(m * AT_H, "m times that")
    chain.substitute({AT_H: coefficient}, "in m")
    chain.limit(m, oo, "more and more parameters")


@derivation
def change(chain: Chain, measure: str) -> None:
    """Forgetting, or what R_2 changes by, after an update by a filter."""
    chain.cite(gap_change(measure), "what an update changes, by its moments")
    chain.specialize({alpha: 1}, "a whole update")
    chain.replace(
        {c: noise_of / m},
        "E[Δ] = g d_S with g = tr H/m; the noise HA⁻¹Φε/n has (N/n) tr H²A⁻¹ = vN for its mean "
        "square",
        stated(DRAWN),
        "conditional expectation",
    )
    chain.substitute({a: along(), b: across()}, "the moments of H", "theorem")
    chain.sort((overlap, D_S, N), "sorted: a + mb is g_2 at any m")


@derivation
def best_filter(chain: Chain) -> None:
    """The share at which the risk along an eigenvalue is least."""
    chain.define(
        (1 - h) ** 2 * D_S + gamma * N * h**2 / x,
        "R_2 in the trained blocks is the integral of this over the eigenvalues, which a filter "
        "may choose h for one by one",
    )
    chain.differentiate(h, "a parabola in h that opens upwards: its least value")
    chain.solve(h, "is where its slope vanishes")
    chain.rewrite(factor, "in factors")


@derivation
def best_penalty(chain: Chain) -> None:
    """The penalty of which it is the filter, at every eigenvalue the same: λ = γN/E‖d_S‖²."""
    chain.define(x / (x + lam) - AT_LEAST, "ridge regression has the filter x/(x + λ)")
    chain.substitute({AT_LEAST: best_filter()}, "which is the best one", "theorem")
    chain.solve(lam, "for this λ, whatever x is")


@derivation
def excess(chain: Chain) -> None:
    """What a filter h adds to the least R_2, along one eigenvalue."""
    integrand = chain.define(
        (1 - h) ** 2 * D_S + gamma * N * h**2 / x, "the risk along an eigenvalue"
    )
    least = chain.substitute({h: best_filter()}, "at the best share", "theorem")
    chain.define(AT_H - AT_LEAST, "what any share adds to it")
    chain.substitute({AT_H: integrand, AT_LEAST: least}, "with both")
    best = best_filter().result
    chain.rewrite(lambda line: (D_S + gamma * N / x) * (h - best) ** 2, "a square")


def theorems() -> tuple[Theorem, ...]:
    """Any filter, and the best of them."""
    ratio, seen, drifts = Gt(gamma, 0, evaluate=False), Gt(x, 0, evaluate=False), Gt(D_S, 0)
    size = Gt(m, 1)
    changes = tuple(
        Theorem(
            f"filter-{'forgetting' if measure == FORGETTING else 'risk-change'}",
            f"{words}: g = ∫h, g_2 = ∫h², v = γ∫h²/x over the Marchenko–Pastur law; m/n → γ",
            SOURCE,
            one_case(partial(change, measure), Gt(g_2, 0)),
        )
        for measure, words in MEASURES.items()
    )
    matrix = "E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + cN) I after an update by a filter"
    listed = (
        ("along", f"{matrix}: a, from g = tr H/m and g_2 = tr H²/m", along, (size,)),
        ("across", f"{matrix}: b, from g = tr H/m and g_2 = tr H²/m", across, (size,)),
        ("along-large", f"{matrix}: a as m → ∞", many_along, (Gt(g, 0),)),
        ("across-large", f"{matrix}: m times b as m → ∞", many_across, (Gt(g, 0),)),
    )
    every = (ratio, seen, drifts)
    best = (
        ("best", "the share h along an eigenvalue x at which R_2 is least", best_filter, every),
        ("best-penalty", BEST_PENALTY, best_penalty, (ratio, drifts)),
        ("excess", "what h adds to the least R_2: the integral of this over x", excess, every),
    )
    moments = tuple(
        Theorem(f"filter-{name}", words, SOURCE, one_case(derive, *domain))
        for name, words, derive, domain in listed
    )
    bests = tuple(
        Theorem(f"filter-{name}", words, POINTWISE, one_case(derive, *domain))
        for name, words, derive, domain in best
    )
    return (*moments, *changes, *bests)
