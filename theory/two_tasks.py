"""Two tasks in closed form: forgetting, R_2 and G.

The first task trains all parameters from θ_0 = 0; the second trains the blocks S and holds the
blocks C. With e = θ_1 − θ*_1 and d = δ − e, what is known of the past enters through the squared
norms of the first optimum and of the step δ in S and in C.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Expr, Symbol, expand, factor

from theory.bilinear import Inner, expands, inner, vectors
from theory.derivation import Chain, Derivation
from theory.recursion import mean_step
from theory.symbols import (
    D_S,
    G_tt,
    N,
    P,
    a,
    alpha,
    alpha_1,
    alpha_2,
    b,
    c,
    cross_C,
    cross_S,
    g,
    m,
    n,
    n_1,
    n_2,
    norm_C,
    norm_S,
    overlap,
    p,
    sigma_1,
    sigma_2,
    step_C,
    step_S,
)
from theory.update import UpdateMoments

E_S, D_VEC, DELTA = EVERYTHING = vectors("e d Delta")
(OPTIMUM,) = vectors("target")  # θ*_1

ARGUMENTS: tuple[Symbol, ...] = (
    *(P, m, n_1, n_2, sigma_1, sigma_2, alpha_1, alpha_2),
    *(norm_S, norm_C, step_S, step_C, cross_S, cross_C),
)


@dataclass(frozen=True)
class TwoTaskForms:
    """What two tasks come to, as expressions in ``ARGUMENTS``."""

    forgetting: Expr  # F_2 = R_1(θ_2) − R_1(θ_1)
    second_risk: Expr  # R_2(θ_2)
    generalization: Expr  # G_2 = (R_1(θ_2) + R_2(θ_2))/2


@cache
def drift_forgetting() -> Derivation:
    """F = 2αg E⟨e_S, d_S⟩ + α²[(a + mb) E‖d_S‖² + mcN]: what an update does to R_1 = ‖e‖²."""
    return _drift_form(E_S, "e", 1)


@cache
def drift_second_risk() -> Derivation:
    """R_2 − E‖d‖² = −2αg E‖d_S‖² + α²[(a + mb) E‖d_S‖² + mcN]: what it does to R_2 = ‖d‖²."""
    return _drift_form(D_VEC, "d", -1)


def _drift_form(gap: Symbol, name: str, sign: int) -> Derivation:
    """The mean change of ‖gap‖² when gap becomes gap ± αΔ, by the moments of result U."""
    after = gap + sign * alpha * DELTA
    chain = Chain()
    change = chain.tested(
        expand(inner(after, after, EVERYTHING) - inner(gap, gap, EVERYTHING)),
        f"the update moves {name} by {'' if sign > 0 else '−'}αΔ on S: the change of ‖{name}‖²",
        "bilinear expansion",
        lambda found: expands(found + Inner(gap, gap), EVERYTHING, after, after),
    )
    chain.substitute(
        change,
        {
            Inner(gap, DELTA): g * (Inner(gap, D_VEC) if gap != D_VEC else D_S),
            Inner(DELTA, DELTA): (a + m * b) * D_S + m * c * N,
        },
        "E[Δ] = g d_S, and E‖Δ‖² = tr E[ΔΔᵀ] = (a + mb) E‖d_S‖² + mcN, N = E‖d_C‖² + σ²",
        "conditional expectation (result U)",
    )
    return chain.done()


@cache
def change_in_regime(measure: str, moments: UpdateMoments) -> Derivation:
    """The drift form of ``forgetting`` or ``second_risk`` with result U of one regime in it.

    F = 2αg E⟨e_S, d_S⟩ + α²V and R_2 − E‖d‖² = −2αg E‖d_S‖² + α²V, V = g E‖d_S‖² + vN, v = mc.
    """
    form = {"forgetting": drift_forgetting, "second_risk": drift_second_risk}[measure]()
    chain = Chain()
    start = chain.given(form.result, "the drift form, derived on its own", "theorem")
    named = chain.substitute(start, {Inner(E_S, D_VEC): overlap}, "E⟨e_S, d_S⟩ by its name")
    coefficients = {g: moments.g, a: moments.a, b: moments.b, c: moments.c}
    of_regime = chain.substitute(named, coefficients, "the moments of the update", "result U")
    chain.rewrite(of_regime, _by_drift, "sorted: a + mb is g, because Q² = Q")
    return chain.done()


def _by_drift(expression: Expr) -> Expr:
    """The expression sorted by E⟨e_S, d_S⟩, E‖d_S‖² and N, in all of which it is linear."""
    return sum(factor(expression.diff(of)) * of for of in (overlap, D_S, N))


@cache
def first_task_error(moments: UpdateMoments) -> Derivation:
    """E‖e‖² in a block after the first task, θ_0 = 0: what was not learned of it."""
    gap = alpha * DELTA - OPTIMUM
    chain = Chain()
    expanded = chain.tested(
        expand(inner(gap, gap, (DELTA, OPTIMUM))),
        "e = αΔ − θ*_1 because θ_0 = 0: ‖e‖² in a block",
        "bilinear expansion",
        lambda found: expands(found, (DELTA, OPTIMUM), gap, gap),
    )
    in_moments = chain.substitute(
        expanded,
        {
            Inner(DELTA, OPTIMUM): g * G_tt,
            Inner(OPTIMUM, OPTIMUM): G_tt,
            Inner(DELTA, DELTA): a * G_tt + p * (b * D_S + c * N),
        },
        "d = θ*_1: E⟨θ*_1, Δ⟩_b = g‖θ*_1‖²_b and E‖Δ‖²_b = a‖θ*_1‖²_b + p_b(b E‖d_S‖² + cN)",
        "conditional expectation (result U)",
    )
    coefficients = {g: moments.g, a: moments.a, b: moments.b, c: moments.c}
    of_regime = chain.substitute(in_moments, coefficients, "the moments of the update", "result U")
    chain.rewrite(
        of_regime,
        lambda found: sum(factor(found.diff(of)) * of for of in (G_tt, D_S, N)),
        "sorted by the signal in the block, the whole signal, and the noise",
    )
    return chain.done()


@cache
def two_task_forms(first: UpdateMoments, second: UpdateMoments) -> TwoTaskForms:
    """Forgetting, R_2 and G for a pair of regimes, from the drift form and the moments of e.

    Args:
        first: result U for the first update (all P parameters, n_1 samples).
        second: result U for the second (m parameters, n_2 samples).

    Returns:
        The closed forms.

    Example:
        >>> from theory.update import overparameterized
        >>> over = overparameterized()
        >>> initialized = {P: 32, m: 32, norm_C: 0, step_C: 0, cross_C: 0, cross_S: 0}
        >>> noiseless = {n_1: 8, n_2: 8, sigma_1: 0, sigma_2: 0, alpha_1: 1, alpha_2: 1}
        >>> two_task_forms(over, over).forgetting.subs(initialized | noiseless)
        -3*norm_S/16 + step_S/4

    Source: docs/model.md, two tasks.
    """
    known = _first_task(first)
    forgetting = two_task_forgetting(first, second).result
    change = _put_in(drift_second_risk(), first, second).result
    second_risk = known.drift_S + known.drift_C + change
    return TwoTaskForms(
        forgetting=forgetting,
        second_risk=second_risk,
        generalization=(known.error_S + known.error_C + forgetting + second_risk) / 2,
    )


@cache
def two_task_forgetting(first: UpdateMoments, second: UpdateMoments) -> Derivation:
    """F in ``ARGUMENTS``, for a pair of regimes."""
    return _put_in(drift_forgetting(), first, second)


def _put_in(form: Derivation, first: UpdateMoments, second: UpdateMoments) -> Derivation:
    """The drift form with the moments of both updates in it."""
    known = _first_task(first)
    chain = Chain()
    start = chain.given(form.result, "the drift form, derived on its own", "theorem")
    moments = dict(zip((g, a, b, c), _at(second, n_2, m), strict=True))
    of_second = chain.substitute(start, moments, "the moments of the second update", "result U")
    scaled = chain.substitute(of_second, {alpha: alpha_2}, "its scale")
    chain.substitute(
        scaled,
        {
            D_S: known.drift_S,
            N: known.drift_C + sigma_2**2,
            Inner(E_S, D_VEC): known.overlap_S - known.error_S,
        },
        "d = δ − e with E‖e‖² of the first task, derived on its own, and Ee = −(1 − αg)θ*_1",
        "result U",
    )
    return chain.done()


@dataclass(frozen=True)
class _FirstTask:
    """E‖e‖², E⟨e, δ⟩ and E‖d‖² in S and in C after the first task."""

    error_S: Expr
    overlap_S: Expr
    error_C: Expr
    overlap_C: Expr

    @property
    def drift_S(self) -> Expr:
        return step_S - 2 * self.overlap_S + self.error_S

    @property
    def drift_C(self) -> Expr:
        return step_C - 2 * self.overlap_C + self.error_C


def _first_task(first: UpdateMoments) -> _FirstTask:
    return _FirstTask(*_error(first, m, norm_S, cross_S), *_error(first, P - m, norm_C, cross_C))


def _error(first: UpdateMoments, size: Expr, norm: Symbol, cross: Symbol) -> tuple[Expr, Expr]:
    """E‖e‖² and E⟨e, δ⟩ in a group of blocks after the first task, which trains all blocks."""
    of_first = {n: n_1, m: P, alpha: alpha_1}
    error = first_task_error(first).result.subs(of_first, simultaneous=True)
    signals = {G_tt: norm, D_S: norm_S + norm_C, N: sigma_1**2, p: size}
    reach = mean_step().subs(g, first.g).subs(of_first, simultaneous=True)  # Eθ_1 = reach θ*_1
    return error.subs(signals, simultaneous=True), -(1 - reach) * cross


def _at(moments: UpdateMoments, samples: Symbol, size: Symbol) -> tuple[Expr, ...]:
    """g, a, b, c of an update of a number of parameters on a number of samples."""
    swap = {n: samples, m: size}
    formulas = (moments.g, moments.a, moments.b, moments.c)
    return tuple(formula.subs(swap, simultaneous=True) for formula in formulas)
