"""Result D where other results have said the same: U, the Marchenko–Pastur law, ridge regression.

All blocks that train are alike there, v = ρ = 1, and together have m = γn parameters.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Integer, Symbol, factor, oo

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.results import proximal
from update_magnitude.theory.results.equivalent import penalty
from update_magnitude.theory.results.equivalent_symbols import (
    BLOCKS,
    FIRST,
    SECOND,
    SOURCE,
    kappa,
)
from update_magnitude.theory.results.equivalent_update import all_risk, gain, variance
from update_magnitude.theory.results.proximal import MEASURES, POSITIVE, RISK, gamma
from update_magnitude.theory.results.symbols import D_S, N, a, b, c, excess, lam, m, n, overlap
from update_magnitude.theory.results.update import UpdateMoments, overparameterized, regimes

DOBRIBAN = f"{SOURCE}; Dobriban and Wager (2018) by other means"
SHARE, EACH, TOTAL = Symbol("g", positive=True), Symbol("each"), Symbol("total")


def make_alike(chain: Chain, because: str) -> int:
    """Make both blocks of the last line alike, of m = γn parameters in all."""
    ones = {value: 1 for one in BLOCKS for value in (one.v, one.rho)}
    chain.specialize({FIRST.p: gamma * n - SECOND.p} | ones, f"v = ρ = 1, m = γn: {because}")
    chain.replace({FIRST.gap: D_S - SECOND.gap}, "‖d_1‖² + ‖d_2‖² by its name")
    return chain.rewrite(factor, "in factors: what each block has does not matter")


@derivation
def kappa_alike(chain: Chain) -> None:
    """κ where s = 1: the positive root of κ² + (1 − λ − γ)κ − λ = 0."""
    chain.cite(penalty(), "the λ that has κ")
    known = make_alike(chain, "blocks alike")
    chain.define(lam - TOTAL, "it is λ")
    chain.substitute({TOTAL: known}, "so this vanishes")
    chain.solve(kappa, "the root that is positive", (), _is_positive)


def _is_positive(root: Expr) -> bool:
    return bool(root.subs({gamma: 2, lam: 1}) > 0)


@derivation
def kappa_loose(chain: Chain, side: int) -> None:
    """κ as λ → 0: γ − 1 for m > n, and 0 for m < n."""
    chain.cite(kappa_alike(), "κ")
    chain.specialize({gamma: 1 + side * excess}, "γ on one side of 1, k > 0")
    chain.limit(lam, Integer(0), "penalized ever less")
    chain.specialize({excess: side * (gamma - 1)}, "in γ again")


@derivation
def same_as_proximal(chain: Chain, measure: str) -> None:
    """The risk in the trained blocks, or forgetting, as the Marchenko–Pastur law has it."""
    if measure == RISK:
        chain.cite(all_risk(), "R_t + σ², with N in it")
        known = make_alike(chain, "blocks alike")
        chain.define(TOTAL - N, "the risk in the trained blocks")
        chain.substitute({TOTAL: known}, "less N")
    else:
        learned, each = _moments(chain)
        chain.define(
            2 * SHARE * overlap + SHARE**2 * D_S + gamma * n * EACH,
            "F = 2E⟨e, Δ⟩ + E‖Δ‖²: the mean g d, and what each of γn parameters varies by",
        )
        chain.substitute({SHARE: learned, EACH: each}, "with the moments of the update")
    chain.substitute({kappa: kappa_alike()}, "with κ in γ and λ", "theorem")
    wanted = proximal.explicit(measure).result
    chain.rewrite(lambda _: wanted, "the formula that the Marchenko–Pastur law gives")


def _moments(chain: Chain) -> tuple[int, int]:
    """The lines of g, and of what each parameter varies by, where blocks are alike."""
    chain.cite(gain(FIRST), "the share that is learned")
    learned = chain.specialize({FIRST.v: 1, FIRST.rho: 1}, "v = ρ = 1")
    chain.cite(variance(FIRST), "what each parameter varies by")
    return learned, make_alike(chain, "blocks alike")


@derivation
def ridge(chain: Chain) -> None:
    """At ridge regression's best penalty, λ = γN/‖d‖², risk and noise are Nκ/λ."""
    chain.cite(penalty(), "the λ that has κ")
    held = make_alike(chain, "blocks alike")
    chain.cite(all_risk(), "R_t + σ²")
    risk = make_alike(chain, "blocks alike")
    chain.define(gamma * N / lam, "‖d‖² where λ is γN/‖d‖²")
    length = chain.substitute({lam: held}, "with the λ that has κ")
    chain.substitute({D_S: length}, "at that penalty", line=risk)
    chain.rewrite(factor, "in factors: Nκ/λ, with λ = κ(1 − γ/(1 + κ))")
    chain.substitute({kappa: kappa_alike()}, "with κ in γ and λ", "theorem")
    chain.substitute({lam: proximal.best_penalty()}, "λ = γN/‖d‖²", "theorem")
    wanted = proximal.best_risk().result + N
    chain.rewrite(lambda _: wanted, "ridge regression's least risk, and noise")


@derivation
def exact_error(chain: Chain, coefficient: Symbol, moments: UpdateMoments) -> None:
    """N times the relative error of D in a coefficient of result U, as n → ∞ with m = γn."""
    side = 1 if moments is overparameterized() else -1
    if coefficient == a:
        chain.cite(gain(FIRST), "the share that is learned")
        learned = chain.specialize({FIRST.v: 1, FIRST.rho: 1}, "v = ρ = 1")
        chain.define(SHARE**2, "what multiplies ddᵀ in the mean of ΔΔᵀ")
        chain.substitute({SHARE: learned}, "with this share")
    else:
        chain.cite(variance(FIRST), "what each parameter varies by")
        make_alike(chain, "blocks alike")
        chain.differentiate(D_S if coefficient == b else N, "what it multiplies")
    chain.substitute({kappa: kappa_loose(side)}, "with κ as λ → 0", "theorem")
    leading = chain.rewrite(factor, "in factors")
    chain.cite(moments.derived[coefficient], f"result U's {coefficient}")
    exact = chain.specialize({m: gamma * n}, "m = γn")
    chain.define(n * (TOTAL / EACH - 1), "how much larger U's is, as a fraction, times n")
    chain.substitute({TOTAL: exact, EACH: leading}, "with both")
    chain.rewrite(factor, "in factors")
    chain.limit(n, oo, "n, m → ∞ with m = γn: the error is of order 1/n")


# What of the second moment of an update result U has exactly, and a name for it.
COEFFICIENTS = {
    a: ("mean", "d dᵀ"),
    b: ("signal", "‖d‖² I"),
    c: ("noise", "N I"),
}


def theorems() -> tuple[Theorem, ...]:
    """The results that D contains."""
    over, under = Gt(gamma, 1), Gt(1, gamma)
    loosely = tuple(
        Case(regime, (relation,), partial(kappa_loose, side))
        for regime, relation, side in (
            ("overparameterized", over, 1),
            ("underparameterized", under, -1),
        )
    )
    return (
        Theorem(
            "deterministic-equivalent-kappa",
            "the effective penalty κ where v = ρ = 1 in all blocks that train; m/n = γ",
            SOURCE,
            one_case(kappa_alike, *POSITIVE, cancels=True),
        ),
        Theorem(
            "deterministic-equivalent-kappa-least-norm",
            "the effective penalty κ as λ → 0 where v = ρ = 1: initialized training",
            SOURCE,
            loosely,
        ),
        *(
            Theorem(
                f"deterministic-equivalent-proximal-{measure}",
                f"{words} by the deterministic equivalent: as by the Marchenko–Pastur law",
                SOURCE,
                one_case(partial(same_as_proximal, measure), *POSITIVE, cancels=True),
            )
            for measure, words in MEASURES.items()
        ),
        Theorem(
            "deterministic-equivalent-ridge",
            "R_t + σ² at ridge regression's best penalty, λ = γN/‖d‖²: it is Nκ/λ",
            DOBRIBAN,
            one_case(ridge, POSITIVE[0], Gt(D_S, 0), Gt(N, 0), cancels=True),
        ),
        *(_exact(coefficient) for coefficient in COEFFICIENTS),
    )


def _exact(coefficient: Symbol) -> Theorem:
    """By how much a coefficient of the exact result U differs, to leading order."""
    name, words = COEFFICIENTS[coefficient]
    # For m < n the mean is exact in both, and so is that nothing but noise varies.
    chosen = regimes() if coefficient == c else regimes()[:1]
    domains = {"overparameterized": Gt(gamma, 1), "underparameterized": Gt(1, gamma)}
    return Theorem(
        f"deterministic-equivalent-exact-{name}",
        f"by what fraction, times n, result U's coefficient of {words} in E[ΔΔᵀ] is larger than "
        "the deterministic equivalent's: v = ρ = 1, λ → 0, n, m → ∞ with m/n = γ",
        SOURCE,
        tuple(
            Case(one.regime, (domains[one.regime],), partial(exact_error, coefficient, one))
            for one in chosen
        ),
    )
