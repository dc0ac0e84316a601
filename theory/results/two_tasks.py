"""Two tasks in closed form: forgetting, R_2 and G.

The first task trains all parameters from θ_0 = 0; the second trains the blocks S and holds the
blocks C. With e = θ_1 − θ*_1 and d = δ − e, what is known of the past enters through the squared
norms of the first optimum and of the step δ in S and in C.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from sympy import Expr, Matrix, Symbol, expand, factor

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.inner_products import Inner, expands, inner, vectors
from update_magnitude.theory.proofs.kinds import DEFINITION, stated
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.regimes import OURS, in_regimes
from update_magnitude.theory.results.symbols import (
    D_S,
    G_tt,
    N,
    a,
    alpha,
    b,
    c,
    cross_S,
    error,
    error_C,
    g,
    m,
    meet_C,
    meet_S,
    overlap,
    p,
    sigma,
    step_C,
    step_S,
)
from update_magnitude.theory.results.update import RESULT_U, UpdateMoments

E_S, D_VEC, DELTA = EVERYTHING = vectors("e d Delta")
OPTIMUM, STEP = vectors("target delta")  # θ*_1 and δ
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
    chain.replace(start, {Inner(E_S, D_VEC): overlap}, "E⟨e_S, d_S⟩ by its name", DEFINITION)
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
    chain.replace(
        change,
        {
            Inner(gap, DELTA): g * (Inner(gap, D_VEC) if gap != D_VEC else D_S),
            Inner(DELTA, DELTA): (a + m * b) * D_S + m * c * N,
        },
        "E[Δ] = g d_S, and E‖Δ‖² = tr E[ΔΔᵀ] = (a + mb) E‖d_S‖² + mcN, N = E‖d_C‖² + σ²",
        stated(RESULT_U),
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
    of_regime = chain.substitute(start, moments.derived, "the moments of the update", "result U")
    chain.rewrite(of_regime, _by_drift, "sorted: a + mb is g, because Q² = Q")
    return chain.done()


def _by_drift(expression: Expr) -> Expr:
    """The expression sorted by E⟨e_S, d_S⟩, E‖d_S‖² and N, in all of which it is linear."""
    return sum(factor(expression.diff(entry)) * entry for entry in (overlap, D_S, N))


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
    in_moments = chain.replace(
        expanded,
        {
            Inner(DELTA, OPTIMUM): g * G_tt,
            Inner(OPTIMUM, OPTIMUM): G_tt,
            Inner(DELTA, DELTA): a * G_tt + p * (b * D_S + c * N),
        },
        "d = θ*_1: E⟨θ*_1, Δ⟩_b = g‖θ*_1‖²_b and E‖Δ‖²_b = a‖θ*_1‖²_b + p_b(b E‖d_S‖² + cN)",
        stated(RESULT_U),
        "conditional expectation (result U)",
    )
    of_regime = chain.substitute(
        in_moments, moments.derived, "the moments of the update", "result U"
    )
    chain.rewrite(
        of_regime,
        lambda found: sum(factor(found.diff(entry)) * entry for entry in (G_tt, D_S, N)),
        "sorted by the signal in the block, the whole signal, and the noise",
    )
    return chain.done()


@cache
def first_task_meeting(moments: UpdateMoments) -> Derivation:
    """E⟨e, δ⟩ in a block after the first task, θ_0 = 0: −(1 − αg)⟨θ*_1, δ⟩_b, in ⟨θ*_1, δ⟩_S."""
    gap = alpha * DELTA - OPTIMUM
    chain = Chain()
    expanded = chain.tested(
        inner(gap, STEP, (DELTA, OPTIMUM, STEP)),
        "e = αΔ − θ*_1 because θ_0 = 0: ⟨e, δ⟩ in a block",
        "bilinear expansion",
        lambda found: expands(found, (DELTA, OPTIMUM, STEP), gap, STEP),
    )
    in_moments = chain.replace(
        expanded,
        {Inner(DELTA, STEP): g * Inner(OPTIMUM, STEP)},
        "δ is known before the samples of task 1 are drawn, and d = θ*_1: E⟨Δ, δ⟩ = g⟨θ*_1, δ⟩",
        stated(RESULT_U),
        "conditional expectation (result U)",
    )
    named = chain.replace(in_moments, {Inner(OPTIMUM, STEP): cross_S}, "by its name", DEFINITION)
    of_regime = chain.substitute(named, moments.derived, "the moments of the update", "result U")
    chain.rewrite(of_regime, factor, "in factors")
    return chain.done()


def open_drift(chain: Chain, line: int, held: bool = True) -> int:
    """Put d = δ − e into a line: its squares and products in those of e and δ.

    Args:
        chain: where the line is.
        line: in E⟨e_S, d_S⟩, E‖d_S‖² and N.
        held: whether N is opened too.
    """
    pairs: dict[Expr, Expr] = {overlap: meet_S - error, D_S: step_S - 2 * meet_S + error}
    because = "d = δ − e: E⟨e_S, d_S⟩ and E‖d_S‖² in squares and products of e and δ"
    if held:
        pairs[N] = step_C - 2 * meet_C + error_C + sigma**2
        because = (
            "d = δ − e: E⟨e_S, d_S⟩, E‖d_S‖² and N = E‖d_C‖² + σ² in squares and products of e "
            "and δ"
        )
    return chain.expand(line, pairs, because, "bilinear expansion", _opens_drift)


def _opens_drift(pairs: Mapping[Expr, Expr]) -> bool:
    """Whether the pairs are right for vectors of whole numbers."""
    e, step, noise = Matrix([1, -2, 5, 3]), Matrix([4, 7, -1, 2]), 3
    d = step - e
    trained, rest = slice(0, 2), slice(2, 4)  # S and C

    def product(first: Matrix, second: Matrix, block: slice) -> Expr:
        return first[block, 0].dot(second[block, 0])

    known = {
        **{error: product(e, e, trained), error_C: product(e, e, rest)},
        **{step_S: product(step, step, trained), step_C: product(step, step, rest)},
        **{meet_S: product(e, step, trained), meet_C: product(e, step, rest), sigma: noise},
    }
    wanted = {
        **{overlap: product(e, d, trained), D_S: product(d, d, trained)},
        **{N: product(d, d, rest) + noise**2},
    }
    return all(found.subs(known) == wanted[symbol] for symbol, found in pairs.items())


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
