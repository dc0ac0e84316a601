"""Result D: the moments of one update, and the risk after it, from the resolvent's.

E[Δ_b] ≈ g_b d_b, and beside its mean Δ_b varies by (g_b²/v_b)Ψ per parameter, with g_b = s_b/(s_b +
κ), s_b = v_b/ρ_b, df₂ = Σ p_b g_b² and Ψ = [Σ (1 − g_b)² v_b E‖d_b‖² + N]/(n − df₂), where N =
Σ_{b∈C} v_b E‖d_b‖² + σ². So result R carries over, and all risk on the new task is nΨ − σ².
"""

from __future__ import annotations

from functools import partial

from sympy import Gt, Identity, Trace, factor

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import stated
from update_magnitude.theory.proofs.inner_products import Inner, vectors
from update_magnitude.theory.proofs.matrices import PARAMETERS
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.equivalent import (
    LEFT_OUT,
    penalty,
    put_in_variances,
    resolvent,
    second_moment,
    solution,
)
from update_magnitude.theory.results.equivalent_symbols import (
    ANY,
    BLOCKS,
    FEATURES,
    FIRST,
    GRAM,
    NOISE,
    POSITIVE,
    SOURCE,
    TARGET,
    Block,
    freedom,
    noise,
    psi,
    residual,
    signal,
    squared,
)
from update_magnitude.theory.results.symbols import N, V_b, alpha, lam, n

# Draws constrained updates in both regimes, and compares their moments with the theorems.
DRAWN = "tests/test_equivalent.py::test_moments_are_those_of_drawn_updates"
SPREAD, VARIED = vectors("spread varied")  # θ − Eθ before the update, and Δ − E[Δ | θ]
INVERSE = (FEATURES * FEATURES.T / n + lam * Identity(PARAMETERS)).I


@derivation
def gain(chain: Chain, block: Block) -> None:
    """What of d_b the update has in the mean: g = s/(s + κ)."""
    chain.cite(solution(), "the solution along any direction H, whitened by ρ")
    chain.replace(
        {
            Trace(ANY.T * INVERSE * FEATURES * NOISE): 0,
            Trace(ANY.T * INVERSE * TARGET): block.q * Trace(ANY.T * TARGET),
        },
        "in the mean: noise knows nothing of Φ, and E[Q] is q in the block of H",
        stated(LEFT_OUT),
        "mean",
    )
    chain.replace({Trace(ANY.T * TARGET): 1}, "as a share of Hᵀw*")
    chain.substitute({block.q: resolvent(block)}, "with E[Q]", "theorem")
    chain.rewrite(factor, "in factors: g = s/(s + κ)")
    put_in_variances(chain)
    chain.rewrite(lambda _: block.gain, "in v and ρ")


@derivation
def added_noise(chain: Chain, block: Block) -> None:
    """What noise adds to the variance of w along a direction: (N/n) E[QAQ]."""
    inverse = (GRAM + lam * Identity(PARAMETERS)).I
    chain.define(
        N / n * Trace(ANY.T * inverse * GRAM * inverse * ANY),
        "E(HᵀQΦε)²/n² = (N/n) HᵀQAQH given Φ, because ε has the covariance N I",
    )
    chain.rewrite(
        lambda _: N / n * (Trace(ANY.T * inverse * ANY) - lam * Trace(ANY.T * inverse**2 * ANY)),
        "QAQ = Q − λQ²",
    )
    chain.replace(
        {Trace(ANY.T * inverse * ANY): block.q, Trace(ANY.T * inverse**2 * ANY): squared},
        "in the mean, H of length 1 in a block: E[Q], and E[Q²] by a name",
    )
    moments = {block.q: resolvent(block), squared: _squared(block)}
    chain.substitute(moments, "with both", "theorem")


@derivation
def _squared(chain: Chain, block: Block) -> None:
    """E[Q²] in a block: E[QBQ] for B = I."""
    chain.cite(second_moment(block), "E[QBQ]")
    chain.replace(
        {block.beta: 1} | {one.trace: one.p for one in BLOCKS}, "B = I, of trace p_b in a block"
    )


@derivation
def variance(chain: Chain, block: Block) -> None:
    """What each parameter of Δ_b varies by beside its mean: (g²/v)Ψ."""
    chain.cite(second_moment(block), "E[QBQ]")
    pulled = chain.replace(
        {block.beta: 0} | {one.trace: one.rho * one.gap for one in BLOCKS},
        "B = w*w*ᵀ, along a direction orthogonal to w*: tr B is ‖w*_b‖² = ρ_b‖d_b‖² in a block; "
        "along w* too E[QBQ] less the square of the mean, q²B, is that",
    )
    added = chain.cite(added_noise(block), "what noise adds")
    chain.define(
        (lam**2 * signal + noise) / block.rho,
        "w varies like −λQw* + QΦε/n; in Δ = w/√ρ, over ρ",
    )
    chain.substitute({signal: pulled, noise: added}, "with both")
    put_in_variances(chain)
    chain.substitute({lam: penalty()}, "with λ in terms of κ", "theorem")
    chain.rewrite(lambda _: block.unit * residual(), "(g²/v)Ψ, g = s/(s + κ): in the same form")


@derivation
def all_risk(chain: Chain) -> None:
    """R_t + σ² after an unscaled update: nΨ."""
    chain.define(
        sum((1 - one.share) ** 2 * one.v * one.gap + one.p * one.v * one.each for one in BLOCKS)
        + N,
        "R_t + σ²: what of d_b is not learned, what varies, by variances; N has C and σ² in it",
    )
    moments = {one.share: gain(one) for one in BLOCKS}
    moments |= {one.each: variance(one) for one in BLOCKS}
    chain.substitute(moments, "with the moments of the update", "theorem")
    chain.rewrite(lambda _: n * residual(), "df₂Ψ and (n − df₂)Ψ: together nΨ")


@derivation
def spread(chain: Chain) -> None:
    """What result R carries: V_b after an update of scale α."""
    moved = (1 - alpha * FIRST.share) * SPREAD + alpha * VARIED
    chain.multiply(
        moved,
        moved,
        (SPREAD, VARIED),
        "θ + αΔ less its mean, Δ = g(θ* − θ) + what varies: (1 − αg)(θ − Eθ) + α(Δ − E[Δ|θ])",
    )
    chain.replace(
        {
            Inner(SPREAD, VARIED): 0,
            Inner(SPREAD, SPREAD): V_b,
            Inner(VARIED, VARIED): FIRST.p * FIRST.unit * psi,
        },
        "in the mean: what varies has mean 0 given θ, and (g²/v)Ψ per parameter",
        stated(DRAWN),
        "conditional expectation (result D)",
    )
    chain.substitute({FIRST.share: gain(FIRST)}, "with g", "theorem")
    chain.rewrite(
        lambda _: (1 - alpha * FIRST.gain) ** 2 * V_b + alpha**2 * FIRST.p * FIRST.unit * psi,
        "sorted",
    )


def theorems() -> tuple[Theorem, ...]:
    """The moments of one update."""
    enough = Gt(n, freedom())
    return (
        Theorem(
            "deterministic-equivalent-gain",
            "E[Δ_b] ≈ g_b d_b: the share g_b, κ the effective penalty",
            SOURCE,
            one_case(partial(gain, FIRST), words=POSITIVE),
        ),
        Theorem(
            "deterministic-equivalent-variance",
            "what each parameter of the first of two blocks varies by beside the mean of its "
            "update: (g_b²/v_b)Ψ",
            SOURCE,
            one_case(partial(variance, FIRST), enough),
        ),
        Theorem(
            "deterministic-equivalent-risk",
            "R_t + σ² = nΨ: all risk on the new task after an unscaled update, and its noise; "
            "N = Σ_{b∈C} v_b E‖d_b‖² + σ²",
            SOURCE,
            one_case(all_risk, enough),
        ),
        Theorem(
            "deterministic-equivalent-spread",
            "E‖θ − Eθ‖² in a block after an update of scale α (result R with D in it)",
            SOURCE,
            one_case(spread, words=POSITIVE),
        ),
    )
