"""Moments of filters in closed form: of a scale, of ridge regression, of steps of descent.

All are integrals over the Marchenko–Pastur law. Those of powers of x, of which steps of descent
are made, follow from the equation of its Stieltjes transform at λ = 1/u, where it is the series
Σ_j (−1)^j m_j u^{j+1}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from sympy import Expr, Gt, Integer, Symbol, expand, factor, simplify, together

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.proofs.totals import over_law
from update_magnitude.theory.results.proximal import (
    MARCHENKO_PASTUR,
    POSITIVE,
    SOURCE,
    gamma,
    s_1,
    s_2,
    second_moment,
    stieltjes,
)
from update_magnitude.theory.results.spectral_filters import g_2, h, noise_of, x
from update_magnitude.theory.results.symbols import D_S, N, alpha, excess, g, lam

STEPS = (1, 2, 3)  # of descent, whose moments are written out
HIGHEST = 2 * STEPS[-1]
u = symbol("u", meaning="one over the penalty, 1/λ", parameter=True, positive=True)
rate = symbol(
    "rate",
    "η",
    r"\eta",
    meaning="rate of gradient descent: the length of a step along the gradient",
    parameter=True,
    positive=True,
)
INVERSE = Symbol("w", positive=True)  # 1/(x + λ)
MASS, SEEN = Symbol("mass", positive=True), Symbol("seen", positive=True)
TURNED = Symbol("turned", positive=True)  # ∫ dμ/x over x > 0
POWERS = tuple(Symbol(f"m_{j}", positive=True) for j in range(HIGHEST + 1))  # ∫ x^j dμ

# What a filter does by its name: each of h is integrated.
MEAN, SQUARE, NOISE = "mean", "square", "noise"
INTEGRANDS: dict[str, tuple[str, Expr]] = {
    MEAN: ("g = ∫h", h),
    SQUARE: ("g_2 = ∫h²", h**2),
    NOISE: ("v = γ∫h²/x", gamma * h**2 / x),
}


@derivation
def power(chain: Chain, order: int) -> None:
    """m_j = ∫ x^j dμ, a polynomial in γ."""
    chain.assume(
        gamma * lam * s_1**2 + (1 - gamma + lam) * s_1 - 1,
        "Marchenko–Pastur: the Stieltjes transform at −λ obeys s = 1/(1 − γ + γλs + λ)",
        MARCHENKO_PASTUR,
    )
    chain.specialize({lam: 1 / u}, "at λ = 1/u")
    series = sum((-1) ** j * POWERS[j] * u ** (j + 1) for j in range(order + 1))
    because = "1/(x + 1/u) = Σ_j (−1)^j x^j u^{j+1}, integrated; higher powers are left out"
    chain.replace({s_1: series}, because)
    chain.rewrite(expand, "multiplied out")
    for _ in range(order):
        chain.differentiate(u, "the next coefficient")
    chain.limit(u, Integer(0), "which vanishes, as all do")
    chain.solve_affine(POWERS[order], "and says what the next m_j is")
    earlier: dict[Symbol, int | Derivation] = {POWERS[j]: power(j) for j in range(order)}
    if earlier:
        chain.substitute(earlier, "with the earlier ones", "theorem")
    chain.rewrite(expand, "multiplied out")


@derivation
def of_scale(chain: Chain, moment: str, side: int) -> None:
    """A moment of h = α for x > 0, on either side of γ = 1."""
    words, integrand = INTEGRANDS[moment]
    chain.define(integrand, f"{words}: along one eigenvalue")
    chain.replace({h: alpha}, "the solution times α, along every x > 0")
    wanted, term = (TURNED, 1 / x) if moment == NOISE else (SEEN, Integer(1))
    factors = {MEAN: alpha, SQUARE: alpha**2, NOISE: gamma * alpha**2}[moment]
    chain.total(factors * wanted, over_law({wanted: term}, x), "over all x > 0")
    known = turned(side) if moment == NOISE else seen(side)
    chain.substitute({wanted: known}, "which is known", "theorem")
    chain.rewrite(factor, "in factors")


@derivation
def seen(chain: Chain, side: int) -> None:
    """The share of eigenvalues that are not 0: 1 − lim λs as λ → 0."""
    chain.define(1 - lam * s_1, "1 − λ/(x + λ), integrated, tends to the share of x > 0")
    _vanishing_penalty(chain, side)


@derivation
def turned(chain: Chain, side: int) -> None:
    """∫ dμ/x over the eigenvalues that are not 0."""
    chain.define(
        s_1 - (1 - SEEN) / lam,
        "1/(x + λ), integrated, less what x = 0 brings in: it tends to ∫ dμ/x over x > 0",
    )
    chain.substitute({SEEN: seen(side)}, "with the share of x > 0", "theorem")
    _vanishing_penalty(chain, side)


def _vanishing_penalty(chain: Chain, side: int) -> None:
    """λ → 0 in a line in s_1, with γ = 1 ± k."""
    chain.substitute({s_1: stieltjes()}, "with s_1", "theorem")
    chain.specialize({gamma: 1 + side * excess}, "γ on one side of 1, k > 0")
    chain.limit(lam, Integer(0), "λ → 0")
    chain.specialize({excess: side * (gamma - 1)}, "in γ again")
    chain.rewrite(factor, "in factors")


@derivation
def of_ridge(chain: Chain, moment: str) -> None:
    """A moment of h = x/(x + λ)."""
    words, integrand = INTEGRANDS[moment]
    chain.define(integrand, f"{words}: along one eigenvalue")
    chain.replace({h: x / (x + lam)}, "ridge regression")
    chain.replace({x: 1 / INVERSE - lam}, "with w = 1/(x + λ)")
    chain.rewrite(lambda line: expand(simplify(line)), "multiplied out")
    whole = {
        MEAN: MASS - lam * s_1,
        SQUARE: MASS - 2 * lam * s_1 + lam**2 * s_2,
        NOISE: gamma * (s_1 - lam * s_2),
    }[moment]
    terms = {MASS: Integer(1), s_1: INVERSE, s_2: INVERSE**2}
    chain.total(whole, over_law(terms, INVERSE), "s_k = ∫ (x + λ)^{−k} dμ")
    if moment != NOISE:
        chain.replace({MASS: Integer(1)}, "μ is a probability")
    chain.substitute({s_1: stieltjes(), s_2: second_moment()}, "with the moments", "theorem")
    chain.rewrite(together, "over one denominator")


@derivation
def of_descent(chain: Chain, moment: str, steps: int) -> None:
    """A moment of h = 1 − (1 − ηx)^k."""
    words, integrand = INTEGRANDS[moment]
    chain.define(integrand, f"{words}: along one eigenvalue")
    chain.replace({h: 1 - (1 - rate * x) ** steps}, "what so many steps from 0 learn along it")
    chain.rewrite(expand, "multiplied out: powers of x")
    polynomial = chain[-1].as_poly(x)
    powers = {POWERS[j]: x**j for (j,) in polynomial.monoms()}
    whole = sum(weight * POWERS[j] for (j,), weight in polynomial.terms())
    chain.total(whole, over_law(powers, x), "m_j = ∫ x^j dμ")
    known: Mapping[Symbol, int | Derivation] = {POWERS[j]: power(j) for (j,) in polynomial.monoms()}
    chain.substitute(known, "with these", "theorem")
    chain.rewrite(factor, "in factors")


@derivation
def best_rate(chain: Chain) -> None:
    """The rate at which a single step leaves the least risk."""
    _risk_of_one_step(chain)
    chain.differentiate(rate, "a parabola in η that opens upwards: its least value")
    chain.solve(rate, "is where its slope vanishes")


@derivation
def best_rate_risk(chain: Chain) -> None:
    """That risk: E‖d_S‖² less the best rate's share of it."""
    _risk_of_one_step(chain)
    chain.substitute({rate: best_rate()}, "at the best rate", "theorem")
    chain.rewrite(factor, "in factors")


def _risk_of_one_step(chain: Chain) -> None:
    chain.define((1 - 2 * g + g_2) * D_S + noise_of * N, "the risk in the trained blocks")
    moments = {
        symbol_of: of_descent(moment, 1)
        for symbol_of, moment in ((g, MEAN), (g_2, SQUARE), (noise_of, NOISE))
    }
    chain.substitute(moments, "the moments of one step", "theorem")


def theorems() -> tuple[Theorem, ...]:
    """Moments of filters."""
    sizes = POSITIVE[:1]
    powers = (
        Theorem(
            f"marchenko-pastur-power-{order}",
            f"∫ x^{order} dμ over the Marchenko–Pastur law of Φ_SΦ_Sᵀ/n, m/n → γ",
            "textbook (Narayana polynomials)",
            one_case(partial(power, order), *sizes),
        )
        for order in range(1, HIGHEST + 1)
    )
    one = one_case(best_rate, *sizes, Gt(D_S, 0))
    risk = one_case(best_rate_risk, *sizes, Gt(D_S, 0))
    rates = (
        Theorem(
            "filter-descent-best-rate", "η at which one step leaves the least R_2", SOURCE, one
        ),
        Theorem("filter-descent-best-rate-risk", "R_2 in the trained blocks there", SOURCE, risk),
    )
    return (*powers, *_of_filters(), *rates)


def _of_filters() -> Iterator[Theorem]:
    """The three moments of each kind of filter."""
    yield from (
        Theorem(
            f"filter-scale-{moment}",
            f"{words} of a scale: the least-squares solution times α; m/n → γ",
            SOURCE,
            (
                Case("overparameterized", (Gt(gamma, 1),), partial(of_scale, moment, 1)),
                Case("underparameterized", (Gt(1, gamma),), partial(of_scale, moment, -1)),
            ),
        )
        for moment, (words, _) in INTEGRANDS.items()
    )
    yield from (
        Theorem(
            f"filter-ridge-{moment}",
            f"{words} of ridge regression, h = x/(x + λ); m/n → γ",
            SOURCE,
            one_case(partial(of_ridge, moment), *POSITIVE, cancels=True),
        )
        for moment, (words, _) in INTEGRANDS.items()
    )
    yield from (
        Theorem(
            f"filter-descent-{moment}-{steps}",
            f"{words} of {steps} step{'s' * (steps > 1)} of gradient descent with rate η, "
            "h = 1 − (1 − ηx)^k; m/n → γ",
            SOURCE,
            one_case(partial(of_descent, moment, steps), *POSITIVE[:1]),
        )
        for steps in STEPS
        for moment, (words, _) in INTEGRANDS.items()
    )
