"""Two tasks in closed form: forgetting, R_2 and G.

The first task trains all parameters from θ_0 = 0; the second trains the blocks S and holds the
blocks C. With e = θ_1 − θ*_1 and d = δ − e, what is known of the past enters through the squared
norms of the first optimum and of the step δ in S and in C.
"""

from __future__ import annotations

from functools import cache, partial

from sympy import Expr, Symbol, expand, factor

from update_magnitude.theory.bilinear import Inner, expands, inner, vectors
from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.regimes import OURS, in_regimes
from update_magnitude.theory.statements import Theorem
from update_magnitude.theory.symbols import D_S, G_tt, N, a, alpha, b, c, g, m, overlap, p
from update_magnitude.theory.update import UpdateMoments

E_S, D_VEC, DELTA = EVERYTHING = vectors("e d Delta")
(OPTIMUM,) = vectors("target")  # θ*_1
FORGETTING, SECOND_RISK = "forgetting", "second_risk"


@cache
def drift_forgetting() -> Derivation:
    """F = 2αg E⟨e_S, d_S⟩ + α²[(a + mb) E‖d_S‖² + mcN]: what an update does to R_1 = ‖e‖²."""
    return _drift_form(E_S, "e", 1)


@cache
def drift_second_risk() -> Derivation:
    """R_2 − E‖d‖² = −2αg E‖d_S‖² + α²[(a + mb) E‖d_S‖² + mcN]: what it does to R_2 = ‖d‖²."""
    return _drift_form(D_VEC, "d", -1)


@cache
def drift_change(measure: str) -> Derivation:
    """The drift form of ``forgetting`` or ``second_risk``, E⟨e_S, d_S⟩ by its name."""
    form = {FORGETTING: drift_forgetting, SECOND_RISK: drift_second_risk}[measure]()
    chain = Chain()
    start = chain.cite(form, "the drift form in inner products")
    chain.substitute(start, {Inner(E_S, D_VEC): overlap}, "E⟨e_S, d_S⟩ by its name")
    return chain.done()


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
    chain = Chain()
    start = chain.cite(drift_change(measure), "the drift form, derived on its own")
    coefficients = {g: moments.g, a: moments.a, b: moments.b, c: moments.c}
    of_regime = chain.substitute(start, coefficients, "the moments of the update", "result U")
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


def theorems() -> tuple[Theorem, ...]:
    """Two tasks."""
    by_drift = [
        Theorem(
            name,
            statement,
            source,
            in_regimes(partial(change_in_regime, measure)),
        )
        for name, measure, statement, source in (
            (
                "two-task-forgetting",
                "forgetting",
                "F = 2αg E⟨e_S,d_S⟩ + α²(g E‖d_S‖² + vN) after two tasks, N = E‖d_C‖² + σ²",
                "the paper (forgetting as drift in parameter space); closed form ours",
            ),
            (
                "two-task-risk-change",
                "second_risk",
                "R_2 − E‖d‖² = −2αg E‖d_S‖² + α²(g E‖d_S‖² + vN): what task 2 gains",
                "the paper (generalization under update magnitude); closed form ours",
            ),
        )
    ]
    return (
        *by_drift,
        Theorem(
            "first-task-error",
            "E‖e‖²_b, e = θ_1 − θ*_1, in a block after the first task from θ_0 = 0; N = σ²",
            OURS,
            in_regimes(first_task_error),
        ),
    )
