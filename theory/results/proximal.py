"""The proximal face: an update penalized by λ‖θ − θ_{t−1}‖², in the limit n, m → ∞ with m/n → γ.

Δ minimizes ‖Φ_SᵀΔ − r‖²/n + λ‖Δ‖²: Δ = (A + λ)⁻¹(A d_S + Φ_Sε/n) with A = Φ_SΦ_Sᵀ/n. So E⟨v, Δ⟩,
E‖Δ‖² and the risk come down to s_k = lim tr (A + λ)^{−k}/m, moments of the Marchenko–Pastur law:
s_1 is its Stieltjes transform at −λ, and ds_k/dλ = −k s_{k+1}. At finite size all this is off by a
term that shrinks like 1/m.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Integer, Rational, Symbol, factor, oo, simplify, together

from update_magnitude.theory.proofs.chain import Chain, derivation, simplest
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.results.symbols import D_S, N, excess, lam, overlap

SOURCE = "ours; Marchenko–Pastur"
MARCHENKO_PASTUR = (
    "Marchenko and Pastur, Math. USSR-Sbornik 1 (1967), 457-483; as Lemma 3.11 in Bai and "
    "Silverstein, Spectral Analysis of Large Dimensional Random Matrices (2nd ed., Springer 2010)"
)
# Draws proximal updates and compares risk and forgetting with the limits.
DRAWN = "tests/test_drawn_theorems.py::test_the_proximal_update_is_off_by_one_over_m"

RISK, FORGETTING = "risk", "forgetting"
MEASURES = {
    RISK: "the risk R_2 in the trained blocks after a proximal update",
    FORGETTING: "forgetting by a proximal update",
}

gamma = symbol(
    "gamma",
    "γ",
    r"\gamma",
    meaning="parameters that train per sample, m/n",
    parameter=True,
    positive=True,
)
s_1 = symbol(
    "s_1",
    meaning="mean of 1/(x + λ) over the Marchenko–Pastur law, x an eigenvalue of ΦΦᵀ/n",
    positive=True,
)
s_2 = symbol(
    "s_2",
    meaning="mean of 1/(x + λ)² over the Marchenko–Pastur law, x an eigenvalue of ΦΦᵀ/n",
    positive=True,
)
s_3 = symbol(
    "s_3",
    meaning="mean of 1/(x + λ)³ over the Marchenko–Pastur law, x an eigenvalue of ΦΦᵀ/n",
    positive=True,
)
POSITIVE = tuple(Gt(quantity, 0, evaluate=False) for quantity in (gamma, lam))
SLOPE = Symbol("slope", real=True)
FACTOR = Symbol("b", positive=True)  # ∫ x/(x + λ)³ dMP(x)


@derivation
def stieltjes(chain: Chain) -> None:
    """s_1 at λ, the positive root of γλs² + (1 − γ + λ)s − 1 = 0."""
    chain.assume(
        gamma * lam * s_1**2 + (1 - gamma + lam) * s_1 - 1,
        "Marchenko–Pastur: the Stieltjes transform at −λ obeys s = 1/(1 − γ + γλs + λ)",
        MARCHENKO_PASTUR,
    )
    chain.solve(s_1, "the root that is positive", (), _is_positive, together)


@derivation
def second_moment(chain: Chain) -> None:
    """s_2 = −ds_1/dλ."""
    chain.cite(stieltjes(), "s_1")
    solve_for_next(chain, 1, s_2)
    chain.rewrite(simplify, "in short")


@derivation
def third_moment(chain: Chain) -> None:
    """s_3 = −½ ds_2/dλ."""
    chain.cite(second_moment(), "s_2")
    solve_for_next(chain, 2, s_3)
    chain.rewrite(simplify, "in short")


def solve_for_next(chain: Chain, order: int, after: Symbol) -> None:
    """From what a linear functional makes of (x + λ)^{−k} to what it makes of (x + λ)^{−k−1}."""
    slope = chain.differentiate(lam, "the slope in λ")
    power = f"d/dλ of (x + λ)^{{−{order}}} is −{order} (x + λ)^{{−{order + 1}}}"
    because = f"{power}: so it is −{order} {after}"
    chain.computed(SLOPE + order * after, because, "derivative", partial(_is_next, order, after))
    chain.substitute({SLOPE: slope}, "with this slope")
    chain.solve_affine(after, f"which gives {after}")


@derivation
def change(chain: Chain, measure: str) -> None:
    """The risk in the trained blocks, or forgetting, after the update; in s_1 and s_2."""
    noise = gamma * N * (s_1 - lam * s_2)
    form, because = {
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
    }[measure]
    chain.state(form, because, DRAWN, partial(_is_change, measure), "traces")


@derivation
def explicit(chain: Chain, measure: str) -> None:
    """The same in γ and λ."""
    chain.cite(change(measure), "in s_1 and s_2")
    moments = {s_1: stieltjes(), s_2: second_moment()}
    chain.substitute(moments, "with the moments of that law", "theorem")
    _sort(chain)


@derivation
def slope(chain: Chain, measure: str) -> None:
    """The slope in λ, by ds_k/dλ = −k s_{k+1}."""
    form = change(measure).result
    chain.computed(
        form.diff(lam) - form.diff(s_1) * s_2 - 2 * form.diff(s_2) * s_3,
        "the slope in λ, by ds_k/dλ = −k s_{k+1}",
        "chain rule",
        partial(_is_slope, form),
        (change(measure),),
    )
    chain.rewrite(factor, "in factors")


@derivation
def best_penalty(chain: Chain) -> None:
    """The λ at which the risk is least: γN/‖d_S‖²."""
    chain.cite(slope(RISK), "the slope of the risk in λ")
    because = "s_2 − λ s_3 = ∫ x/(x + λ)³ is positive; b by name"
    chain.replace({s_2: lam * s_3 + FACTOR}, because)
    chain.rewrite(factor, "in factors, of which one is b")
    chain.solve(lam, "so the slope changes sign where the other factor does")


@derivation
def best_risk(chain: Chain) -> None:
    """The risk at that λ."""
    risk = chain.cite(change(RISK), "the risk in s_1 and s_2")
    chain.cite(slope(RISK), "the slope of the risk in λ")
    length = chain.solve(D_S, "vanishes where ‖d_S‖² is this")
    chain.substitute({D_S: length}, "at the best λ", line=risk)
    chain.rewrite(simplify, "s_2 drops out")
    chain.substitute({s_1: stieltjes()}, "with s_1 at that λ", "theorem")
    chain.substitute({lam: best_penalty()}, "which is γN/‖d_S‖²", "theorem")


@derivation
def loose(chain: Chain, measure: str, side: int) -> None:
    """λ → 0: the minimum-norm update, for γ on either side of 1: γ = 1 ± k."""
    chain.cite(explicit(measure), "in γ and λ")
    chain.specialize({gamma: 1 + side * excess}, "γ on one side of 1, k > 0")
    chain.limit(lam, Integer(0), "penalized ever less")
    chain.specialize({excess: side * (gamma - 1)}, "in γ again")
    _sort(chain)


@derivation
def tight(chain: Chain, measure: str) -> None:
    """λ → ∞: no update."""
    chain.cite(explicit(measure), "in γ and λ")
    chain.limit(lam, oo, "penalized ever more")


def _sort(chain: Chain) -> None:
    chain.sort((D_S, overlap, N), "sorted", simplest)


def _is_positive(root: Expr) -> bool:
    return bool(root.subs({gamma: 2, lam: 1}) > 0)


ATOMS = tuple(Rational(x, 3) for x in (1, 4, 5, 11))  # eigenvalues of some A


def _moments_at(penalty: Expr) -> dict[Symbol, Expr]:
    """s_1, s_2 and s_3 of ``ATOMS``."""
    return {
        moment: sum((x + penalty) ** -order for x in ATOMS) / len(ATOMS)
        for order, moment in enumerate((s_1, s_2, s_3), 1)
    }


def _is_change(measure: str, formula: Expr) -> bool:
    """Whether it is what a diagonal A does, its directions averaged: m = 4 and n = 3."""
    penalty, samples = Rational(2, 7), 3
    size, noise, met = Rational(5), Rational(1, 2), Rational(-1)
    kept = [penalty / (x + penalty) for x in ATOMS]  # what is left of d, in each direction
    noises = [noise * x / (x + penalty) ** 2 / samples for x in ATOMS]
    directions = len(ATOMS)
    if measure == RISK:
        wanted = size * sum(k**2 for k in kept) / directions + sum(noises)
    else:
        wanted = 2 * met * sum(1 - k for k in kept) / directions
        wanted += size * sum((1 - k) ** 2 for k in kept) / directions + sum(noises)
    point = {lam: penalty, gamma: Rational(directions, samples), D_S: size, N: noise, overlap: met}
    return bool(formula.subs(_moments_at(penalty) | point) == wanted)


def _is_slope(form: Expr, formula: Expr) -> bool:
    """Whether differences of the form, at shrinking steps of λ, come to the slope."""
    step, penalty = Rational(1, 10**12), Rational(2, 7)
    known = {gamma: Rational(3, 2), D_S: 5, N: Rational(1, 2), overlap: -1}
    ends = [
        form.subs(_moments_at(penalty + side * step) | {lam: penalty + side * step} | known)
        for side in (1, -1)
    ]
    slope_at = formula.subs(_moments_at(penalty) | {lam: penalty} | known)
    return bool(abs((ends[0] - ends[1]) / (2 * step) - slope_at) < Rational(1, 10**15))


def _is_next(order: int, after: Symbol, formula: Expr) -> bool:
    """Whether the slope that the formula names is that of the sum over ``ATOMS``."""
    root = -formula.subs({SLOPE: 0, after: (s_1, s_2, s_3)[order]})
    return _is_slope((s_1, s_2, s_3)[order - 1], root)


def theorems() -> tuple[Theorem, ...]:
    """The proximal update."""
    no_penalty, moves = POSITIVE[:1], Gt(D_S, 0)
    return (
        Theorem(
            "marchenko-pastur-stieltjes",
            "s_1 = ∫ dMP(x)/(x + λ) of Φ_SΦ_Sᵀ/n, m/n → γ",
            "textbook (Marchenko–Pastur)",
            one_case(stieltjes, *POSITIVE, cancels=True),
        ),
        *(
            Theorem(f"proximal-{measure}{suffix}", statement, SOURCE, cases)
            for measure, words in MEASURES.items()
            for suffix, statement, cases in _of_measure(measure, words)
        ),
        Theorem(
            "proximal-best-penalty",
            "the λ at which that risk is least",
            SOURCE,
            one_case(best_penalty, *no_penalty, moves),
        ),
        Theorem(
            "proximal-best-risk",
            "the risk at that λ",
            SOURCE,
            one_case(best_risk, *no_penalty, moves, Gt(N, 0), cancels=True),
        ),
    )


def _of_measure(measure: str, words: str) -> tuple[tuple[str, str, tuple[Case, ...]], ...]:
    """Name, statement and cases of the theorems on the risk, or on forgetting."""
    whole = one_case(partial(explicit, measure), *POSITIVE, cancels=True)
    sloping = one_case(partial(slope, measure), *POSITIVE)
    loosely = (
        Case("overparameterized", (Gt(gamma, 1),), partial(loose, measure, 1)),
        Case("underparameterized", (Gt(1, gamma),), partial(loose, measure, -1)),
    )
    tightly = one_case(partial(tight, measure), *POSITIVE[:1])
    return (
        ("", f"{words}, λ‖θ − θ_{{t−1}}‖² beside the mean squared loss; m/n → γ", whole),
        ("-slope", f"the slope in λ of {words}; s_k = ∫ (x + λ)^{{−k}} dMP(x)", sloping),
        ("-loose", f"{words} as λ → 0: the minimum-norm update", loosely),
        ("-tight", f"{words} as λ → ∞: no update", tightly),
    )
