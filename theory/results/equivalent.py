"""Result D: the deterministic equivalent of one update; any variances, weights and penalty.

Δ minimizes (1/n)‖r − Φ_SᵀΔ‖² + λ Σ_b ρ_b‖Δ_b‖². Whitened by ρ, w_b = √ρ_b Δ_b, features have the
variances s_b = v_b/ρ_b, and w = Q(A w* + Φε/n) with A = ΦΦᵀ/n, Q = (A + λ)⁻¹, w* = √ρ d. One sample
left out, of which Q₋ does not know, E[Q] and from it E[QBQ] are found to leading order; all
that is in the mean is diagonal, so that it is derived block by block. Errors are of order 1/n.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Identity, Trace, factor, simplify

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import assumed, stated
from update_magnitude.theory.proofs.matrices import PARAMETERS
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.equivalent_symbols import (
    ALONG,
    ANY,
    BLOCKS,
    FEATURES,
    FIRST,
    NOISE,
    POSITIVE,
    RESIDUAL,
    REST,
    SAMPLE,
    SOURCE,
    TARGET,
    TRACE_LEMMA,
    UPDATE,
    Block,
    beside,
    delta,
    delta_slope,
    kappa,
    sampled,
)
from update_magnitude.theory.results.least_forgetting import along, step
from update_magnitude.theory.results.symbols import lam, n

# Draws whitened features and compares means of Q, and of its products, with what is stated.
LEFT_OUT = "tests/test_equivalent.py::test_means_of_resolvents_are_those_of_drawn_matrices"


@derivation
def sample_part(chain: Chain, block: Block) -> None:
    """E[QA] along a direction of a block: s q/(1 + δ)."""
    chain.define(
        Trace(SAMPLE.T * ALONG * (REST + SAMPLE * SAMPLE.T / n).I * SAMPLE),
        "QA is the mean of Qφφᵀ over the samples; for one of them, Q = (A₋ + λ + φφᵀ/n)⁻¹, and "
        "Qφφᵀ along a direction, on which J projects",
    )
    alone = Trace(SAMPLE.T * ALONG * REST.I * SAMPLE)
    chain.rewrite(
        lambda _: alone / (1 + Trace(SAMPLE.T * REST.I * SAMPLE) / n),
        "Sherman and Morrison: Qφ = Q₋φ/(1 + φᵀQ₋φ/n), Q₋ = (A₋ + λ)⁻¹ without the sample",
    )
    chain.replace(
        {Trace(SAMPLE.T * REST.I * SAMPLE): n * delta},
        "φᵀQ₋φ/n concentrates at δ = tr(S E[Q])/n, for Q₋ does not know φ",
        assumed(TRACE_LEMMA),
        "concentration",
    )
    chain.replace(
        {alone: block.s * block.q},
        "for the same reason its mean is tr(S J E[Q₋]); to leading order E[Q₋] is E[Q]",
        stated(LEFT_OUT),
        "mean",
    )


@derivation
def balance(chain: Chain, block: Block) -> None:
    """I = E[Q(A + λ)] along a direction of a block, as an equation for E[Q] = q."""
    part = chain.cite(sample_part(block), "E[QA]")
    chain.define(lam * block.q + sampled - 1, "I = E[Q(A + λ)] = λE[Q] + E[QA]")
    chain.substitute({sampled: part}, "with E[QA]")


@derivation
def resolvent(chain: Chain, block: Block) -> None:
    """E[Q] in a block: (κ/λ)/(s + κ) with κ = λ(1 + δ)."""
    chain.cite(balance(block), "the equation for q")
    chain.solve(block.q, "so E[Q] = (λ + S/(1 + δ))⁻¹")
    chain.replace({delta: kappa / lam - 1}, "κ = λ(1 + δ) by name")
    chain.rewrite(lambda line: factor(simplify(line)), "in factors")


@derivation
def penalty(chain: Chain) -> None:
    """The λ that goes with κ: κ − (κ/n)(p_1s_1/(s_1 + κ) + p_2s_2/(s_2 + κ))."""
    chain.define(
        lam * (delta - sum(one.p * one.s * one.q for one in BLOCKS) / n),
        "δ = tr(S E[Q])/n, times λ: two blocks, for every other brings in a term of that form",
    )
    chain.replace({delta: kappa / lam - 1}, "κ = λ(1 + δ) by name")
    chain.substitute({one.q: resolvent(one) for one in BLOCKS}, "with E[Q]", "theorem")
    weights = sum(one.p * one.s / (one.s + kappa) for one in BLOCKS)
    chain.rewrite(lambda _: kappa - lam - kappa / n * weights, "λ cancels in the sum")
    chain.solve_affine(lam, "so this λ has that κ")
    put_in_variances(chain)
    first = sum(one.p * one.gain for one in BLOCKS)
    chain.rewrite(lambda _: kappa * (1 - first / n), "sorted: df₁ = Σ p_b g_b, g_b = s_b/(s_b + κ)")


def put_in_variances(chain: Chain) -> None:
    """Put s = v/ρ into the last line."""
    chain.replace({s: ratio for one in BLOCKS for s, ratio in one.ratio.items()}, "s_b = v_b/ρ_b")


@derivation
def resolvent_slope(chain: Chain, block: Block) -> None:
    """The slope of E[Q] in z, with zB beside λ, along a direction where B is β."""
    chain.cite(balance(block), "the equation for q = E[Q]")
    chain.replace(
        {lam: lam + beside * block.beta, delta: delta + beside * delta_slope},
        "with zB beside λ: δ + zδ′ to first order",
    )
    chain.solve(block.q, "solved for q")
    chain.differentiate(beside, "the slope in z, which is −E[QBQ]")
    chain.specialize({beside: 0}, "at z = 0")
    chain.replace({delta: kappa / lam - 1}, "κ = λ(1 + δ) by name")
    square = (kappa / lam) ** 2 / (block.s + kappa) ** 2
    pulled = block.s * delta_slope * (lam / kappa) ** 2
    chain.rewrite(lambda _: square * (pulled - block.beta), "sorted")


@derivation
def trace_slope(chain: Chain) -> None:
    """δ′, the slope of δ = tr(S E[Q])/n in z."""
    chain.define(
        n * delta_slope - sum(one.p * one.s * one.slope for one in BLOCKS),
        "nδ = tr(S E[Q]), differentiated",
    )
    chain.substitute({one.slope: resolvent_slope(one) for one in BLOCKS}, "with E[Q]′", "theorem")
    chain.replace(
        {one.beta: one.trace / one.p for one in BLOCKS},
        "the mean of β over the directions of a block, of which each slope is affine",
    )
    chain.solve(delta_slope, "solved for δ′")
    chain.rewrite(lambda _: _trace_slope(), "sorted: n − df₂ is below")


def _trace_slope() -> Expr:
    """−(κ/λ)² Σ_b s_b tr(B_b)/(s_b + κ)² / (n − df₂)."""
    weights = sum(one.s * one.trace / (one.s + kappa) ** 2 for one in BLOCKS)
    return -((kappa / lam) ** 2) * weights / (n - _freedom())


@derivation
def second_moment(chain: Chain, block: Block) -> None:
    """E[QBQ] along a direction of a block: q²(β + s tr-sum/(n − df₂))."""
    chain.define(-block.slope, "E[QBQ] is less the slope of E[Q] in z, zB beside λ")
    chain.substitute({block.slope: resolvent_slope(block)}, "with that slope", "theorem")
    chain.substitute({delta_slope: trace_slope()}, "and with δ′", "theorem")
    square = (kappa / lam) ** 2 / (block.s + kappa) ** 2
    pulled = -block.s * (lam / kappa) ** 2 * _trace_slope()
    chain.rewrite(lambda _: square * (block.beta + pulled), "sorted")


@derivation
def solution(chain: Chain) -> None:
    """The solution along any direction: Hᵀw* − λHᵀQw* + HᵀQΦε/n."""
    moved = UPDATE + step * ANY
    misfit = RESIDUAL - FEATURES.T * moved
    chain.define(
        Trace(misfit.T * misfit) / n + lam * Trace(moved.T * moved),
        "the penalized loss, whitened by ρ, at w + τH with any H",
    )
    gram = FEATURES * FEATURES.T / n
    chain.rewrite(
        lambda _: (
            Trace(RESIDUAL.T * RESIDUAL) / n
            - 2 * Trace(UPDATE.T * FEATURES * RESIDUAL) / n
            - 2 * step * Trace(ANY.T * FEATURES * RESIDUAL) / n
            + Trace(UPDATE.T * (gram + lam * Identity(PARAMETERS)) * UPDATE)
            + 2 * step * Trace(ANY.T * (gram + lam * Identity(PARAMETERS)) * UPDATE)
            + step**2 * Trace(ANY.T * (gram + lam * Identity(PARAMETERS)) * ANY)
        ),
        "multiplied out",
    )
    chain.differentiate(step, "the slope along H")
    chain.specialize({step: 0}, "vanishes at the solution")
    inverse = (gram + lam * Identity(PARAMETERS)).I
    chain.replace_matrices({ANY: inverse * ANY}, "for every H, so for QH")
    chain.rewrite(
        lambda _: 2 * Trace(ANY.T * UPDATE) - 2 * Trace(ANY.T * inverse * FEATURES * RESIDUAL) / n,
        "Q = (ΦΦᵀ/n + λ)⁻¹ cancels",
    )
    chain.replace({Trace(ANY.T * UPDATE): along}, "Hᵀw by its name")
    chain.solve(along, "so w = QΦr/n")
    chain.replace_matrices({RESIDUAL: FEATURES.T * TARGET + NOISE}, "r = Φᵀw* + ε")
    chain.rewrite(
        lambda _: (
            Trace(ANY.T * TARGET)
            - lam * Trace(ANY.T * inverse * TARGET)
            + Trace(ANY.T * inverse * FEATURES * NOISE) / n
        ),
        "QA = 1 − λQ",
    )


def theorems() -> tuple[Theorem, ...]:
    """The resolvent of the features of one task."""
    return (
        Theorem(
            "deterministic-equivalent-penalty",
            "the penalty λ that has the effective penalty κ, weights ρ_b and variances v_b in two "
            "blocks: κ = λ + (κ/n)Σ_b p_b s_b/(s_b + κ), s_b = v_b/ρ_b",
            SOURCE,
            one_case(penalty, Gt(n, sum(one.p * one.gain for one in BLOCKS))),
        ),
        Theorem(
            "deterministic-equivalent-resolvent",
            "E[Q] in a block, Q = (A + λ)⁻¹ and A the second moment of n samples of variance s_b; "
            "κ is that of the penalty λ",
            SOURCE,
            one_case(partial(resolvent, FIRST), words=POSITIVE),
        ),
        Theorem(
            "deterministic-equivalent-second-moment",
            "E[QBQ] in a block along a direction where B is β; κ is that of the penalty λ",
            SOURCE,
            one_case(partial(second_moment, FIRST), Gt(n, _freedom())),
        ),
    )


def _freedom() -> Expr:
    """df₂ in s."""
    return sum(one.p * one.s**2 / (one.s + kappa) ** 2 for one in BLOCKS)
