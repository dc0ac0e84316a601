"""The variance of an update and of forgetting, given θ_{t−1}, from the exact law of the update.

Result L: for m > n, Δ = A d̂_S + B τ, where A = ‖d_S‖β + hκ√β and A² + B² = ‖Δ‖² = ‖d_S‖²β +
2‖d_S‖hκ√β + h², for independent β ~ Beta(n/2, (m−n)/2), h² = N χ²_n/χ²_{m−n+1}, κ symmetric of mean
square 1/n, and τ uniform on the unit sphere orthogonal to d_S. For m < n, Δ = d_S + hu with h² =
N χ²_m/χ²_{n−m+1} and u uniform on the unit sphere. docs/model.md has the proof. In this module D_S,
N, e_e and e_d stand for the squares and products themselves, θ_{t−1} being given, not for means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sympy import (
    Eq,
    Expr,
    Ge,
    Gt,
    Integer,
    Poly,
    Pow,
    Symbol,
    beta,
    factor,
    gamma,
    prod,
)

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.equality import integrates
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.results.enumeration import (
    beta_1,
    beta_2,
    h_2,
    h_4,
    is_variance,
    length_variance,
)
from update_magnitude.theory.results.lemmas import (
    PROJECTED,
    chi_square_moment,
    inverse_chi_square,
    without_gamma,
)
from update_magnitude.theory.results.symbols import D_S, N, alpha, error, m, n, nu, overlap

# Draws updates: their law, and the variances of ‖Δ‖² and of F.
LAW = "tests/test_law.py::test_it_has_the_distribution_of_the_dense_engine"
DRAWN = "tests/test_drawn_theorems.py::test_variances"


@derivation
def chi_square_square(chain: Chain) -> None:
    """E (χ²_ν)² = ν(ν + 2), by integration."""
    because = "E (χ²_ν)² = ∫ s² s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2))"
    chi_square_moment(chain, 2, 0, because)


@derivation
def inverse_chi_square_square(chain: Chain) -> None:
    """E (1/χ²_ν)² = 1/((ν − 2)(ν − 4)), finite for ν > 4."""
    because = "E (1/χ²_ν)² = ∫ s⁻² s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2))"
    chi_square_moment(chain, -2, 4, because)


@derivation
def beta_moment(chain: Chain, order: int) -> None:
    """E β or E β² of Beta(n/2, (m − n)/2): β is the squared length of a projected unit vector."""
    x, half, rest = Symbol("x", positive=True), n / 2, (m - n) / 2
    norm = beta(half, rest).rewrite(gamma)
    integrand = x ** (half + order - 1) * (1 - x) ** (rest - 1) / norm
    power, factors = {1: ("", "x"), 2: ("²", "x²")}[order]
    chain.computed(
        beta(half + order, rest).rewrite(gamma) / norm,  # both integrals are Beta functions
        f"E β{power} = ∫ {factors} · x^{{n/2−1}} (1−x)^{{(m−n)/2−1}} dx / B(n/2, (m−n)/2)",
        "integration",
        lambda formula: all(
            integrates(integrand, x, (0, 0.5, 1), formula, {n: rank, m: 2 * rank + 3})
            for rank in (2, 3, 7)
        ),
    )
    without_gamma(chain)


class Regime(NamedTuple):
    """What result L depends on in a regime: h² = N χ²_k/χ²_ν, with k and ν degrees of freedom."""

    over: bool
    few: Symbol  # k
    freedom: Expr  # ν
    words: str


OVER = Regime(True, n, m - n + 1, "k and ν are n and m − n + 1")
UNDER = Regime(False, m, n - m + 1, "k and ν are m and n − m + 1")


@derivation
def noise_moment(chain: Chain, order: int, regime: Regime) -> None:
    """E h² (order 1) or E h⁴ (order 2): h² = N χ²_k/χ²_ν, the two independent."""
    top, bottom = Symbol("top", positive=True), Symbol("bottom", positive=True)
    ratio = chain.state(
        N**order * top * bottom,
        "h² = N χ²_k/χ²_ν with independent χ²: the product of a moment and an inverse moment",
        LAW,
    )
    if order == 1:
        because = "E χ²_ν = ∫ s · s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2))"
        mean = chi_square_moment(chain, 1, 0, because)
        below = inverse_chi_square()
    else:
        mean = chain.cite(chi_square_square(), "the mean square of χ²_ν")
        below = inverse_chi_square_square()
    inverse = chain.cite(below, "the moment of 1/χ²_ν")
    moments = {
        top: chain.specialize({nu: regime.few}, "at k degrees of freedom", mean),
        bottom: chain.specialize({nu: regime.freedom}, "at ν degrees of freedom", inverse),
    }
    chain.substitute(moments, regime.words, "lemma", line=ratio)
    chain.rewrite(factor, "in factors")


@derivation
def update_variance(chain: Chain, regime: Regime) -> None:
    """Var ‖Δ‖², given θ_{t−1}."""
    if regime.over:
        variance = D_S**2 * (beta_2 - beta_1**2) + 4 * D_S * h_2 * beta_1 / n + h_4 - h_2**2
        because = (
            "‖Δ‖² = ‖d_S‖²β + 2‖d_S‖hκ√β + h²: three terms without covariances, because κ is "
            "symmetric and β, κ and h are independent; Var(2‖d_S‖hκ√β) = 4‖d_S‖² E h² E κ² E β "
            "and E κ² = 1/n"
        )
    else:
        variance = 4 * D_S * h_2 / m + h_4 - h_2**2
        because = (
            "‖Δ‖² = ‖d_S‖² + 2‖d_S‖hu_1 + h², u_1 = ⟨u, d̂_S⟩ symmetric, of mean square 1/m, and "
            "independent of h: two terms without covariance"
        )
    test = partial(is_variance, over=regime.over, forgetting=False)
    chain.state(variance, because, DRAWN, test, "result L")
    _with_moments(chain, regime)


@derivation
def forgetting_variance(chain: Chain, regime: Regime) -> None:
    """Var F, F = 2α⟨e_S, Δ⟩ + α²‖Δ‖², given θ_1."""
    if regime.over:
        spread, across = beta_2 - beta_1**2, h_2 * beta_1 / n
        beside = D_S * (beta_1 - beta_2) + h_2 - across  # E B²
        variance = (
            4 * alpha**2 * overlap**2 * (spread + across / D_S)
            + 4 * alpha**3 * overlap * (D_S * spread + 2 * across)
            + 4 * alpha**2 * (error - overlap**2 / D_S) * beside / (m - 1)
            + alpha**4 * length_variance
        )
        because = (
            "with e_S = e_∥ d̂_S + e_⊥: ⟨e_S, Δ⟩ = e_∥ A + B⟨e_⊥, τ⟩, the second term symmetric and "
            "of mean square ‖e_⊥‖² E B²/(m − 1); Var A = D² Var β + E h² E β/n, Cov(A, ‖Δ‖²) = "
            "‖d_S‖³ Var β + 2‖d_S‖ E h² E β/n, E B² = E‖Δ‖² − E A²"
        )
    else:
        variance = (
            4 * alpha**2 * error * h_2 / m
            + 8 * alpha**3 * overlap * h_2 / m
            + alpha**4 * length_variance
        )
        because = "F = 2α(⟨e_S, d_S⟩ + h⟨e_S, u⟩) + α²‖Δ‖² with E uuᵀ = I/m, h and u independent"
    test = partial(is_variance, over=regime.over, forgetting=True)
    chain.state(variance, because, DRAWN, test, "result L")
    length = {length_variance: update_variance(regime)}
    chain.substitute(length, "Var ‖Δ‖², derived above", "theorem")
    _with_moments(chain, regime)


def _with_moments(chain: Chain, regime: Regime) -> None:
    """Put the moments of β and h in, and sort by products of squared lengths."""
    moments = {h_2: noise_moment(1, regime), h_4: noise_moment(2, regime)}
    if regime.over:
        moments |= {beta_1: beta_moment(1), beta_2: beta_moment(2)}
    chain.substitute(moments, "the moments of β and of h", "lemma")
    chain.rewrite(_by_term, "sorted")


def _by_term(expression: Expr) -> Expr:
    """The expression sorted by products of squared lengths, which are its monomials.

    A term in ⟨e_S, d_S⟩²/‖d_S‖² cancels: as much of the noise falls along d_S as to any other side.
    """
    inverse, others = Symbol("inverse", positive=True), (N, error, overlap)
    weights: dict[Expr, Expr] = defaultdict(lambda: Integer(0))
    opened = Poly(expression.xreplace({1 / D_S: inverse}), D_S, inverse, *others)
    for (up, down, *powers), weight in opened.terms():
        weights[D_S ** (up - down) * prod(map(Pow, others, powers))] += weight
    return sum(factor(weight) * term for term, weight in weights.items())


@derivation
def _noiseless(chain: Chain, variance: Callable[[Regime], Derivation], regime: Regime) -> None:
    """The variance for N = 0, where no χ² divides anything."""
    chain.cite(variance(regime), "the variance with noise")
    chain.replace({N: Integer(0)}, "without noise it exists on both sides of m = n")


def theorems() -> tuple[Theorem, ...]:
    """Second moments of the law, and the variances that follow."""
    beyond = (Gt(m, n), Gt(n, 0, evaluate=False))
    some = Gt(nu, 0, evaluate=False)
    projection = "E β of β ~ Beta(n/2, (m−n)/2), the squared length of a projected unit vector"
    square = "E β² of β ~ Beta(n/2, (m−n)/2)"
    squares = one_case(inverse_chi_square_square, Gt(nu, 4))
    moments = (
        ("chi-square-square", "the mean square of χ²_ν", one_case(chi_square_square, some)),
        ("inverse-chi-square-square", "the mean square of 1/χ²_ν", squares),
        ("projection-mean", projection, one_case(partial(beta_moment, 1), *beyond)),
        ("projection-mean-square", square, one_case(partial(beta_moment, 2), *beyond)),
    )
    known = "are given; infinite for |m − n| ≤ 3, unless N = 0"
    update = f"Var ‖Δ‖² given θ_{{t−1}}: D_S = ‖d_S‖² and N = ‖d_C‖² + σ² {known}"
    forgetting = (
        "Var F of two tasks given θ_1, F = 2α⟨e_S, Δ⟩ + α²‖Δ‖²: D_S, e_d, e_e and N " + known
    )
    source = "ours (result L)"
    given = {
        "D_S": "what is left to learn in the trained blocks, θ_{t−1} being given: ‖d_S‖²",
        "N": "what the update takes for noise, θ_{t−1} being given: ‖d_C‖² + σ²",
        "e_e": "what task 1 left unlearned in the trained blocks, θ_1 being given: ‖e_S‖²",
        "e_d": "inner product of e_S and d_S in the trained blocks, θ_1 being given",
    }
    return (
        *(
            Theorem(name, words, "textbook; integration", cases, PROJECTED)
            for name, words, cases in moments
        ),
        Theorem("update-variance", update, source, _cases(update_variance), given),
        Theorem("forgetting-variance", forgetting, source, _cases(forgetting_variance), given),
    )


def _cases(variance: Callable[[Regime], Derivation]) -> tuple[Case, ...]:
    """Both regimes; and, nearer to the threshold, updates without noise."""
    over, under, exact = "overparameterized", "underparameterized", Eq(N, 0)
    near_over, near_under = (Gt(m, n), Ge(n + 3, m), exact), (Ge(n, m), Ge(m + 3, n), exact)
    return (
        Case(over, (Gt(m, n + 3),), partial(variance, OVER)),
        Case(under, (Gt(n, m + 3),), partial(variance, UNDER)),
        Case(f"{over}, no noise", near_over, partial(_noiseless, variance, OVER)),
        Case(f"{under}, no noise", near_under, partial(_noiseless, variance, UNDER)),
    )
