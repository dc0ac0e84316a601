"""The proximal face: an update held by λ‖θ − θ_{t−1}‖², in the limit n, m → ∞ with m/n → γ.

Δ minimizes ‖Φ_SᵀΔ − r‖²/n + λ‖Δ‖²: Δ = (A + λ)⁻¹(A d_S + Φ_Sε/n) with A = Φ_SΦ_Sᵀ/n. So E⟨v, Δ⟩,
E‖Δ‖² and the risk come down to s_k = lim tr (A + λ)^{−k}/m, moments of the Marchenko–Pastur law:
s_1 is its Stieltjes transform at −λ, and ds_k/dλ = −k s_{k+1}. At finite size all this is off by a
term that shrinks like 1/m.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from sympy import Expr, Gt, Integer, Rational, Symbol, factor, oo, simplify, together

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION, MARCHENKO_PASTUR
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.symbols import (
    D_S,
    N,
    excess,
    gamma,
    lam,
    overlap,
    s_1,
    s_2,
    s_3,
)

SOURCE = "ours; Marchenko–Pastur"
RISK, FORGETTING = "risk", "forgetting"
SLOPE = Symbol("slope", real=True)
FACTOR = Symbol("b", positive=True)  # ∫ x/(x + λ)³ dMP(x)
# Draws proximal updates and compares risk and forgetting with the limits.
DRAWN = "tests/test_drawn_theorems.py::test_the_proximal_update_is_off_by_one_over_m"


@cache
def stieltjes() -> Derivation:
    """s_1 at λ, the positive root of γλs² + (1 − γ + λ)s − 1 = 0."""
    chain = Chain()
    equation = chain.assume(
        gamma * lam * s_1**2 + (1 - gamma + lam) * s_1 - 1,
        "Marchenko–Pastur: the Stieltjes transform at −λ obeys s = 1/(1 − γ + γλs + λ)",
        MARCHENKO_PASTUR,
    )
    chain.solve(equation, s_1, "the root that is positive", (), _is_positive, together)
    return chain.done()


@cache
def second_moment() -> Derivation:
    """s_2 = −ds_1/dλ."""
    return _next(stieltjes, 1)


@cache
def third_moment() -> Derivation:
    """s_3 = −½ ds_2/dλ."""
    return _next(second_moment, 2)


def _next(moment: Callable[[], Derivation], order: int) -> Derivation:
    after = {1: s_2, 2: s_3}[order]
    chain = Chain()
    known = chain.cite(moment(), f"s_{order}")
    slope = chain.derive(known, lam, f"ds_{order}/dλ")
    relation = chain.define(
        SLOPE + order * after, f"ds_{order}/dλ is −{order} s_{order + 1}, by s_k = ∫ (x + λ)^{{−k}}"
    )
    put_in = chain.substitute(relation, {SLOPE: slope}, "with this slope")
    found = chain.solve_affine(put_in, after, f"which gives s_{order + 1}")
    chain.rewrite(found, simplify, "in short")
    return chain.done()


@cache
def change(measure: str) -> Derivation:
    """The risk in the trained blocks, or forgetting, after the update; in s_1 and s_2."""
    noise = gamma * N * (s_1 - lam * s_2)
    forms = {
        RISK: (
            lam**2 * s_2 * D_S + noise,
            "d − Δ = λ(A + λ)⁻¹d − (A + λ)⁻¹Φε/n, A isotropic: E‖λ(A + λ)⁻¹d‖² = λ² s_2 ‖d‖², and "
            "the noise gives (N/n) tr A(A + λ)⁻² = γN(s_1 − λ s_2)",
        ),
        FORGETTING: (
            2 * (1 - lam * s_1) * overlap + (1 - 2 * lam * s_1 + lam**2 * s_2) * D_S + noise,
            "F = 2E⟨e, Δ⟩ + E‖Δ‖²: A(A + λ)⁻¹ = 1 − λ(A + λ)⁻¹ gives 1 − λs_1 and, squared, "
            "1 − 2λs_1 + λ²s_2; the noise gives γN(s_1 − λ s_2)",
        ),
    }
    chain = Chain()
    chain.state(*forms[measure], DRAWN, partial(_is_change, measure), "traces")
    return chain.done()


@cache
def explicit(measure: str) -> Derivation:
    """The same in γ and λ."""
    chain = Chain()
    form = chain.cite(change(measure), "in s_1 and s_2")
    moments = {s_1: stieltjes(), s_2: second_moment()}
    put_in = chain.substitute(form, moments, "with the moments of that law", "theorem")
    chain.rewrite(put_in, lambda found: sum(_weights(found)), "sorted")
    return chain.done()


@cache
def slope(measure: str) -> Derivation:
    """The slope in λ, by ds_k/dλ = −k s_{k+1}."""
    form = change(measure).result
    total = form.diff(lam) - form.diff(s_1) * s_2 - 2 * form.diff(s_2) * s_3
    chain = Chain()
    found = chain.tested(
        total,
        "the slope in λ, by ds_k/dλ = −k s_{k+1}",
        "chain rule",
        partial(_is_slope, form),
        (change(measure),),
    )
    chain.rewrite(found, factor, "in factors")
    return chain.done()


@cache
def best_penalty() -> Derivation:
    """The λ at which the risk is least: γN/‖d_S‖²."""
    chain = Chain()
    slopes = chain.cite(slope(RISK), "the slope of the risk in λ")
    named = chain.replace(
        slopes,
        {s_2: lam * s_3 + FACTOR},
        "s_2 − λ s_3 = ∫ x/(x + λ)³ is positive; b by name",
        DEFINITION,
    )
    factors = chain.rewrite(named, factor, "in factors, of which one is b")
    chain.solve(factors, lam, "so the slope changes sign where the other factor does")
    return chain.done()


@cache
def best_risk() -> Derivation:
    """The risk at that λ."""
    chain = Chain()
    form = chain.cite(change(RISK), "the risk in s_1 and s_2")
    slopes = chain.cite(slope(RISK), "the slope of the risk in λ")
    length = chain.solve(slopes, D_S, "vanishes where ‖d_S‖² is this")
    at_best = chain.substitute(form, {D_S: length}, "at the best λ")
    simple = chain.rewrite(at_best, simplify, "s_2 drops out")
    with_s = chain.substitute(simple, {s_1: stieltjes()}, "with s_1 at that λ", "theorem")
    chain.substitute(with_s, {lam: best_penalty()}, "which is γN/‖d_S‖²", "theorem")
    return chain.done()


@cache
def loose(measure: str, over: bool) -> Derivation:
    """λ → 0: the minimum-norm update."""
    chain = Chain()
    form = chain.cite(explicit(measure), "in γ and λ")
    ratio = 1 + excess if over else 1 - excess
    aside = chain.specialize(form, {gamma: ratio}, "γ on one side of 1, k > 0")
    limit = chain.limit(aside, lam, Integer(0), "held ever more loosely")
    back = chain.specialize(limit, {excess: gamma - 1 if over else 1 - gamma}, "in γ again")
    chain.rewrite(back, lambda found: sum(_weights(found)), "sorted")
    return chain.done()


@cache
def tight(measure: str) -> Derivation:
    """λ → ∞: no update."""
    chain = Chain()
    form = chain.cite(explicit(measure), "in γ and λ")
    chain.limit(form, lam, oo, "held ever more tightly")
    return chain.done()


def _weights(expression: Expr) -> list[Expr]:
    return [factor(simplify(expression.diff(entry))) * entry for entry in (D_S, overlap, N)]


def _is_positive(root: Expr) -> bool:
    return bool(root.subs({gamma: 2, lam: 1}) > 0)


ATOMS = tuple(Rational(x, 3) for x in (1, 4, 5, 11))  # eigenvalues of some A


def _moments_at(penalty: Expr) -> dict[Symbol, Expr]:
    """s_1, s_2 and s_3 of ``ATOMS``."""
    return {
        entry: sum((x + penalty) ** -order for x in ATOMS) / len(ATOMS)
        for order, entry in enumerate((s_1, s_2, s_3), 1)
    }


def _is_change(measure: str, found: Expr) -> bool:
    """Whether it is what a diagonal A does, its directions averaged: m = 4 and n = 3."""
    penalty, samples, size, noise, met = (
        Rational(2, 7),
        3,
        Rational(5),
        Rational(1, 2),
        Rational(-1),
    )
    kept = [penalty / (x + penalty) for x in ATOMS]  # what is left of d, in each direction
    noises = [noise * x / (x + penalty) ** 2 / samples for x in ATOMS]
    directions = len(ATOMS)
    if measure == RISK:
        wanted = size * sum(k**2 for k in kept) / directions + sum(noises)
    else:
        wanted = 2 * met * sum(1 - k for k in kept) / directions
        wanted += size * sum((1 - k) ** 2 for k in kept) / directions + sum(noises)
    at = {lam: penalty, gamma: Rational(directions, samples), D_S: size, N: noise, overlap: met}
    return bool(found.subs(_moments_at(penalty) | at) == wanted)


def _is_slope(form: Expr, found: Expr) -> bool:
    """Whether differences of the form, at shrinking steps of λ, come to the slope."""
    step, penalty = Rational(1, 10**12), Rational(2, 7)
    known = {gamma: Rational(3, 2), D_S: 5, N: Rational(1, 2), overlap: -1}
    ends = [
        form.subs(_moments_at(penalty + side * step) | {lam: penalty + side * step} | known)
        for side in (1, -1)
    ]
    slope_at = found.subs(_moments_at(penalty) | {lam: penalty} | known)
    return bool(abs((ends[0] - ends[1]) / (2 * step) - slope_at) < Rational(1, 10**15))


def theorems() -> tuple[Theorem, ...]:
    """The proximal update."""
    positive = tuple(Gt(entry, 0, evaluate=False) for entry in (gamma, lam))
    above, below = Gt(gamma, 1), Gt(1, gamma)
    words = {
        RISK: "the risk R_2 in the trained blocks after a proximal update",
        FORGETTING: "forgetting by a proximal update",
    }
    return (
        Theorem(
            "marchenko-pastur-stieltjes",
            "s_1 = ∫ dMP(x)/(x + λ) of Φ_SΦ_Sᵀ/n, m/n → γ",
            "textbook (Marchenko–Pastur)",
            (Case("", positive, stieltjes, cancels=True),),
        ),
        *(
            theorem
            for measure, what in words.items()
            for theorem in (
                Theorem(
                    f"proximal-{measure}",
                    f"{what}, λ‖θ − θ_{{t−1}}‖² beside the mean squared loss; m/n → γ",
                    SOURCE,
                    (Case("", positive, partial(explicit, measure), cancels=True),),
                ),
                Theorem(
                    f"proximal-{measure}-slope",
                    f"the slope in λ of {what}; s_k = ∫ (x + λ)^{{−k}} dMP(x)",
                    SOURCE,
                    (Case("", positive, partial(slope, measure)),),
                ),
                Theorem(
                    f"proximal-{measure}-loose",
                    f"{what} as λ → 0: the minimum-norm update",
                    SOURCE,
                    (
                        Case("overparameterized", (above,), partial(loose, measure, True)),
                        Case("underparameterized", (below,), partial(loose, measure, False)),
                    ),
                ),
                Theorem(
                    f"proximal-{measure}-tight",
                    f"{what} as λ → ∞: no update",
                    SOURCE,
                    (Case("", positive[:1], partial(tight, measure)),),
                ),
            )
        ),
        Theorem(
            "proximal-best-penalty",
            "the λ at which that risk is least",
            SOURCE,
            (Case("", (*positive[:1], Gt(D_S, 0)), best_penalty),),
        ),
        Theorem(
            "proximal-best-risk",
            "the risk at that λ",
            SOURCE,
            (Case("", (*positive[:1], Gt(D_S, 0), Gt(N, 0)), best_risk, cancels=True),),
        ),
    )
