"""Two tasks in closed form: forgetting, R_2 and G.

The first task trains all parameters from θ_0 = 0; the second trains the blocks S and leaves the
blocks C frozen. With e = θ_1 − θ*_1 and d = δ − e, the past enters through the squared norms of the
first optimum and of the step δ in S and in C, and through their inner products.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sympy import Expr, Matrix, Symbol, expand, factor

from update_magnitude.theory.proofs.chain import Chain, derivation, simplest
from update_magnitude.theory.proofs.inner_products import Inner, expands, inner, vectors
from update_magnitude.theory.proofs.theorem import Theorem
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
from update_magnitude.theory.results.update import OURS, UpdateMoments, in_regimes, put_in_means

E_S, D_VEC, DELTA = EVERYTHING = vectors("e d Delta")
OPTIMUM, STEP = vectors("target delta")  # θ*_1 and δ
FORGETTING, SECOND_RISK = "forgetting", "second_risk"
FORGETTING_SOURCE = "the paper (forgetting as drift in parameter space); closed form ours"
RISKS_SOURCE = "the paper (generalization under update magnitude); closed form ours"


@derivation
def gap_form(chain: Chain, measure: str) -> None:
    """What an update changes R_1 = ‖e‖² (``forgetting``) or R_2 = ‖d‖² (``second_risk``) by.

    F = 2αg E⟨e_S, d_S⟩ + α²[(a + mb) E‖d_S‖² + mcN], and R_2 − E‖d‖² = −2αg E‖d_S‖² + α²[…].
    """
    gap, name, sign = {FORGETTING: (E_S, "e", 1), SECOND_RISK: (D_VEC, "d", -1)}[measure]
    after = gap + sign * alpha * DELTA
    chain.computed(
        expand(inner(after, after, EVERYTHING) - inner(gap, gap, EVERYTHING)),
        f"the update moves {name} by {'' if sign > 0 else '−'}αΔ on S: the change of ‖{name}‖²",
        "bilinear expansion",
        lambda formula: expands(formula + Inner(gap, gap), EVERYTHING, after, after),
    )
    put_in_means(
        chain,
        {
            Inner(gap, DELTA): g * (Inner(gap, D_VEC) if gap != D_VEC else D_S),
            Inner(DELTA, DELTA): (a + m * b) * D_S + m * c * N,
        },
        "E[Δ] = g d_S, and E‖Δ‖² = tr E[ΔΔᵀ] = (a + mb) E‖d_S‖² + mcN, N = E‖d_C‖² + σ²",
    )


@derivation
def gap_change(chain: Chain, measure: str) -> None:
    """The same with E⟨e_S, d_S⟩ by its name."""
    chain.cite(gap_form(measure), "the change in inner products")
    chain.replace({Inner(E_S, D_VEC): overlap}, "E⟨e_S, d_S⟩ by its name")


@derivation
def change_in_regime(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """The same with result U of one regime in it.

    F = 2αg E⟨e_S, d_S⟩ + α²V and R_2 − E‖d‖² = −2αg E‖d_S‖² + α²V, V = g E‖d_S‖² + vN, v = mc.
    """
    chain.cite(gap_change(measure), "the change in e and d, derived on its own")
    chain.substitute(moments.derived, "the moments of the update", "result U")
    chain.sort((overlap, D_S, N), "sorted: a + mb is g, because Q² = Q")


@derivation
def first_task_error(chain: Chain, moments: UpdateMoments) -> None:
    """E‖e‖² in a block after the first task, θ_0 = 0: what was not learned of it."""
    gap = alpha * DELTA - OPTIMUM
    because = "e = αΔ − θ*_1 because θ_0 = 0: ‖e‖² in a block"
    chain.multiply(gap, gap, (DELTA, OPTIMUM), because)
    put_in_means(
        chain,
        {
            Inner(DELTA, OPTIMUM): g * G_tt,
            Inner(OPTIMUM, OPTIMUM): G_tt,
            Inner(DELTA, DELTA): a * G_tt + p * (b * D_S + c * N),
        },
        "d = θ*_1: E⟨θ*_1, Δ⟩_b = g‖θ*_1‖²_b and E‖Δ‖²_b = a‖θ*_1‖²_b + p_b(b E‖d_S‖² + cN)",
    )
    chain.substitute(moments.derived, "the moments of the update", "result U")
    because = "sorted by the signal in the block, the whole signal, and the noise"
    chain.sort((G_tt, D_S, N), because)


@derivation
def double_descent(chain: Chain, moments: UpdateMoments) -> None:
    """E R_1(θ_1) of a single task: it explodes at n = m, beyond which it falls in n."""
    chain.cite(first_task_error(moments), "E‖e‖² in a block")
    chain.specialize({p: m, alpha: 1}, "one block of all m parameters, α = 1")
    chain.replace({D_S: G_tt, N: sigma**2}, "d is θ*_1, and nothing is frozen")
    because = "sorted by signal and noise"
    chain.sort((G_tt, sigma**2), because, simplest)


@derivation
def first_task_meeting(chain: Chain, moments: UpdateMoments) -> None:
    """E⟨e, δ⟩ in a block after the first task, θ_0 = 0: −(1 − αg)⟨θ*_1, δ⟩_b, as ``cross_S``."""
    gap = alpha * DELTA - OPTIMUM
    because = "e = αΔ − θ*_1 because θ_0 = 0: ⟨e, δ⟩ in a block"
    chain.multiply(gap, STEP, (DELTA, OPTIMUM, STEP), because)
    put_in_means(
        chain,
        {Inner(DELTA, STEP): g * Inner(OPTIMUM, STEP)},
        "δ is known before the samples of task 1 are drawn, and d = θ*_1: E⟨Δ, δ⟩ = g⟨θ*_1, δ⟩",
    )
    chain.replace({Inner(OPTIMUM, STEP): cross_S}, "by its name")
    chain.substitute(moments.derived, "the moments of the update", "result U")
    chain.rewrite(factor, "in factors")


def open_gap(chain: Chain, noise: bool = True) -> None:
    """Put d = δ − e into the last line: its squares and products in those of e and δ.

    The line is in E⟨e_S, d_S⟩ and E‖d_S‖², and in N, which is opened only if ``noise``.
    """
    pairs: dict[Expr, Expr] = {overlap: meet_S - error, D_S: step_S - 2 * meet_S + error}
    because = "d = δ − e: E⟨e_S, d_S⟩ and E‖d_S‖² in squares and products of e and δ"
    if noise:
        pairs[N] = step_C - 2 * meet_C + error_C + sigma**2
        because = (
            "d = δ − e: E⟨e_S, d_S⟩, E‖d_S‖² and N = E‖d_C‖² + σ² in squares and products of e "
            "and δ"
        )
    chain.expand(pairs, because, _opens_gap)


def _opens_gap(pairs: Mapping[Expr, Expr]) -> bool:
    """Whether the pairs are right for vectors of whole numbers."""
    e, step, noise = Matrix([1, -2, 5, 3]), Matrix([4, 7, -1, 2]), 3
    d = step - e
    trained, rest = slice(0, 2), slice(2, 4)  # S and C

    def product(first: Matrix, second: Matrix, block: slice) -> Expr:
        return first[block, 0].dot(second[block, 0])

    known: dict[Symbol, Expr] = {
        **{error: product(e, e, trained), error_C: product(e, e, rest)},
        **{step_S: product(step, step, trained), step_C: product(step, step, rest)},
        **{meet_S: product(e, step, trained), meet_C: product(e, step, rest), sigma: noise},
    }
    wanted = {
        **{overlap: product(e, d, trained), D_S: product(d, d, trained)},
        **{N: product(d, d, rest) + noise**2},
    }
    return all(opened.subs(known) == wanted[symbol] for symbol, opened in pairs.items())


def theorems() -> tuple[Theorem, ...]:
    """Two tasks."""
    return (
        Theorem(
            "two-task-forgetting",
            "F = 2αg E⟨e_S,d_S⟩ + α²(g E‖d_S‖² + vN) after two tasks, N = E‖d_C‖² + σ²",
            FORGETTING_SOURCE,
            in_regimes(partial(change_in_regime, FORGETTING)),
        ),
        Theorem(
            "two-task-risk-change",
            "R_2 − E‖d‖² = −2αg E‖d_S‖² + α²(g E‖d_S‖² + vN): what task 2 gains",
            RISKS_SOURCE,
            in_regimes(partial(change_in_regime, SECOND_RISK)),
        ),
        Theorem(
            "first-task-error",
            "E‖e‖²_b, e = θ_1 − θ*_1, in a block after the first task from θ_0 = 0; N = σ²",
            OURS,
            in_regimes(first_task_error),
        ),
    )
