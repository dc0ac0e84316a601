"""The variance of an update and of forgetting, given θ_{t−1}, from the exact law of the update.

Result L: for m > n, with D = ‖d_S‖, Δ = A d̂_S + B τ, where A = Dβ + hκ√β and A² + B² = ‖Δ‖² =
D²β + 2Dhκ√β + h², for independent β ~ Beta(n/2, (m−n)/2), h² = N χ²_n/χ²_{m−n+1}, κ symmetric of
mean square 1/n, and τ uniform on the unit sphere orthogonal to d_S. For m < n, Δ = d_S + hν with
h² = N χ²_m/χ²_{n−m+1} and ν uniform on the unit sphere. In this module D_S, N, e_e and e_d stand
for the squares and products themselves, θ_{t−1} being given, not for their means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache, partial

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
    exp,
    factor,
    gamma,
    integrate,
    oo,
    prod,
    simplify,
)

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.quadrature import integrates
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.enumeration import Moments, is_variance
from update_magnitude.theory.results.lemmas import CUTS, inverse_chi_square
from update_magnitude.theory.results.symbols import D_S, N, alpha, error, excess, m, n, nu, overlap

OURS_L = "ours (result L)"

# Draws updates: their law, and the variances of ‖Δ‖² and of F.
LAW = "tests/test_law.py::test_it_has_the_distribution_of_the_dense_engine"
DRAWN = "tests/test_drawn_theorems.py::test_variances"

beta_1, beta_2 = Symbol("beta_1", positive=True), Symbol("beta_2", positive=True)  # E β, E β²
h_2, h_4 = Symbol("h_2", positive=True), Symbol("h_4", positive=True)  # E h², E h⁴
length_variance = Symbol("v_X", positive=True)  # Var ‖Δ‖²
MOMENTS = Moments(beta_1, beta_2, h_2, h_4, length_variance)


@cache
def chi_square_square() -> Derivation:
    """E (χ²_ν)² = ν(ν + 2), by integration."""
    return _chi_square(2, "E (χ²_ν)² = ∫ s² s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2))", Integer(0))


@cache
def inverse_chi_square_square() -> Derivation:
    """E (1/χ²_ν)² = 1/((ν − 2)(ν − 4)), finite for ν > 4."""
    because = "E (1/χ²_ν)² = ∫ s⁻² s^{ν/2−1} e^{−s/2} ds / (2^{ν/2} Γ(ν/2)), with ν = 4 + k, k > 0"
    return _chi_square(-2, because, Integer(4))


def _chi_square(order: int, because: str, above: Integer) -> Derivation:
    s, k = Symbol("s", positive=True), excess
    freedom = above + k
    density = s ** (freedom / 2 - 1) * exp(-s / 2) / (2 ** (freedom / 2) * gamma(freedom / 2))
    chain = Chain()
    moment = chain.tested(
        simplify(integrate(density * s**order, (s, 0, oo))),
        because,
        "integration",
        lambda found: all(
            integrates(density * s**order, s, CUTS, found, {k: at}) for at in (2, 5, 8)
        ),
    )
    in_nu = chain.specialize(moment, {k: nu - above}, "in ν again")
    chain.rewrite(in_nu, factor, "in factors")
    return chain.done()


@cache
def beta_mean() -> Derivation:
    """E β, the mean of Beta(n/2, (m − n)/2): β is the length of a projection of a unit vector."""
    return _beta(1, "E β = ∫ x · x^{n/2−1} (1−x)^{(m−n)/2−1} dx / B(n/2, (m−n)/2)")


@cache
def beta_square() -> Derivation:
    """E β²."""
    return _beta(2, "E β² = ∫ x² · x^{n/2−1} (1−x)^{(m−n)/2−1} dx / B(n/2, (m−n)/2)")


def _beta(order: int, because: str) -> Derivation:
    x, half, rest = Symbol("x", positive=True), n / 2, (m - n) / 2
    norm = beta(half, rest).rewrite(gamma)
    moment = beta(half + order, rest).rewrite(gamma) / norm  # both integrals are Beta functions
    chain = Chain()
    found = chain.tested(
        moment,
        because,
        "integration",
        lambda found: all(
            integrates(
                x ** (half + order - 1) * (1 - x) ** (rest - 1) / norm,
                x,
                (0, 0.5, 1),
                found,
                {n: at, m: 2 * at + 3},
            )
            for at in (2, 3, 7)
        ),
    )
    chain.rewrite(found, lambda value: factor(simplify(value)), "by Γ(x + 1) = x Γ(x)")
    return chain.done()


@cache
def noise_moment(order: int, over: bool) -> Derivation:
    """E h² (order 1) or E h⁴ (order 2): h² = N χ²_k/χ²_ν, the two independent."""
    few, freedom = (n, m - n + 1) if over else (m, n - m + 1)
    top, bottom = Symbol("top", positive=True), Symbol("bottom", positive=True)
    above = {1: None, 2: chi_square_square()}[order]
    below = {1: inverse_chi_square(), 2: inverse_chi_square_square()}[order]
    chain = Chain()
    ratio = chain.state(
        N**order * top * bottom,
        "h² = N χ²_k/χ²_ν with independent χ²: the product of a moment and an inverse moment",
        LAW,
    )
    mean = chain.cite(above, "the mean square of χ²_ν") if above else _mean_of_chi_square(chain)
    inverse = chain.cite(below, "the moment of 1/χ²_ν")
    put_in = chain.substitute(
        ratio,
        {
            top: chain.specialize(mean, {nu: few}, "at k degrees of freedom"),
            bottom: chain.specialize(inverse, {nu: freedom}, "at ν degrees of freedom"),
        },
        "k and ν are n and m − n + 1" if over else "k and ν are m and n − m + 1",
        "lemma",
    )
    chain.rewrite(put_in, factor, "in factors")
    return chain.done()


def _mean_of_chi_square(chain: Chain) -> int:
    return chain.define(nu, "χ²_ν is the sum of ν squares of mean 1")


@cache
def update_variance(over: bool) -> Derivation:
    """Var ‖Δ‖², given θ_{t−1}."""
    chain = Chain()
    if over:
        start = chain.state(
            D_S**2 * (beta_2 - beta_1**2) + 4 * D_S * h_2 * beta_1 / n + h_4 - h_2**2,
            "‖Δ‖² = D²β + 2Dhκ√β + h²: three terms without covariances, because κ is symmetric and "
            "β, κ and h are independent; Var(2Dhκ√β) = 4D² E h² E κ² E β and E κ² = 1/n",
            DRAWN,
            partial(is_variance, moments=MOMENTS, over=True, forgetting=False),
            "result L",
        )
    else:
        start = chain.state(
            4 * D_S * h_2 / m + h_4 - h_2**2,
            "‖Δ‖² = D² + 2Dhν_1 + h², ν_1 = ⟨ν, d̂_S⟩ symmetric, of mean square 1/m, and "
            "independent of h: two terms without covariance",
            DRAWN,
            partial(is_variance, moments=MOMENTS, over=False, forgetting=False),
            "result L",
        )
    return _with_moments(chain, start, over)


@cache
def forgetting_variance(over: bool) -> Derivation:
    """Var F, F = 2α⟨e_S, Δ⟩ + α²‖Δ‖², given θ_1."""
    chain = Chain()
    if over:
        spread, across = beta_2 - beta_1**2, h_2 * beta_1 / n
        beside = D_S * (beta_1 - beta_2) + h_2 - across  # E B²
        start = chain.state(
            4 * alpha**2 * overlap**2 * (spread + across / D_S)
            + 4 * alpha**3 * overlap * (D_S * spread + 2 * across)
            + 4 * alpha**2 * (error - overlap**2 / D_S) * beside / (m - 1)
            + alpha**4 * length_variance,
            "with e_S = e_∥ d̂_S + e_⊥: ⟨e_S, Δ⟩ = e_∥ A + B⟨e_⊥, τ⟩, the second term symmetric and "
            "of mean square ‖e_⊥‖² E B²/(m − 1); Var A = D² Var β + E h² E β/n, Cov(A, ‖Δ‖²) = "
            "D³ Var β + 2D E h² E β/n, E B² = E‖Δ‖² − E A²",
            DRAWN,
            partial(is_variance, moments=MOMENTS, over=True, forgetting=True),
            "result L",
        )
    else:
        start = chain.state(
            4 * alpha**2 * error * h_2 / m
            + 8 * alpha**3 * overlap * h_2 / m
            + alpha**4 * length_variance,
            "F = 2α(⟨e_S, d_S⟩ + h⟨e_S, ν⟩) + α²‖Δ‖² with E ν νᵀ = I/m, h and ν independent",
            DRAWN,
            partial(is_variance, moments=MOMENTS, over=False, forgetting=True),
            "result L",
        )
    whole = chain.substitute(
        start, {length_variance: update_variance(over)}, "Var ‖Δ‖², derived above", "theorem"
    )
    return _with_moments(chain, whole, over)


def _with_moments(chain: Chain, line: int, over: bool) -> Derivation:
    """Put the moments of β and h in, and sort by products of squared lengths."""
    moments: dict[Expr, Derivation] = {h_2: noise_moment(1, over), h_4: noise_moment(2, over)}
    if over:
        moments |= {beta_1: beta_mean(), beta_2: beta_square()}
    put_in = chain.substitute(line, moments, "the moments of β and of h", "lemma")
    chain.rewrite(put_in, _by_term, "sorted")
    return chain.done()


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


def theorems() -> tuple[Theorem, ...]:
    """Second moments of the law, and the variances that follow."""
    beyond = (Gt(m, n), Gt(n, 0, evaluate=False))
    return (
        Theorem(
            "chi-square-square",
            "the mean square of χ²_ν",
            "textbook; integration",
            (Case("", (Gt(nu, 0, evaluate=False),), chi_square_square),),
        ),
        Theorem(
            "inverse-chi-square-square",
            "the mean square of 1/χ²_ν",
            "textbook; integration",
            (Case("", (Gt(nu, 4),), inverse_chi_square_square),),
        ),
        Theorem(
            "projection-mean",
            "E β of β ~ Beta(n/2, (m−n)/2), the squared length of a projected unit vector",
            "textbook; integration",
            (Case("", beyond, beta_mean),),
        ),
        Theorem(
            "projection-mean-square",
            "E β² of β ~ Beta(n/2, (m−n)/2)",
            "textbook; integration",
            (Case("", beyond, beta_square),),
        ),
        Theorem(
            "update-variance",
            "Var ‖Δ‖² given θ_{t−1}: D_S = ‖d_S‖² and N = ‖d_C‖² + σ² are given; infinite for "
            "|m − n| ≤ 3, unless N = 0",
            OURS_L,
            _cases(update_variance),
        ),
        Theorem(
            "forgetting-variance",
            "Var F of two tasks given θ_1, F = 2α⟨e_S, Δ⟩ + α²‖Δ‖²: D_S, e_d, e_e and N are given; "
            "infinite for |m − n| ≤ 3, unless N = 0",
            OURS_L,
            _cases(forgetting_variance),
        ),
    )


def _cases(variance: Callable[[bool], Derivation]) -> tuple[Case, ...]:
    """Both regimes; and, nearer to the threshold, updates without noise."""
    exact = Eq(N, 0)
    return (
        Case("overparameterized", (Gt(m, n + 3),), partial(variance, True)),
        Case("underparameterized", (Gt(n, m + 3),), partial(variance, False)),
        Case(
            "overparameterized, no noise",
            (Gt(m, n), Ge(n + 3, m), exact),
            partial(_noiseless, variance, True),
        ),
        Case(
            "underparameterized, no noise",
            (Ge(n, m), Ge(m + 3, n), exact),
            partial(_noiseless, variance, False),
        ),
    )


@cache
def _noiseless(variance: Callable[[bool], Derivation], over: bool) -> Derivation:
    """The variance for N = 0, where no χ² divides anything."""
    chain = Chain()
    whole = chain.cite(variance(over), "the variance with noise")
    chain.replace(
        whole, {N: Integer(0)}, "without noise it exists on both sides of m = n", DEFINITION
    )
    return chain.done()
