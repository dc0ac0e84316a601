"""Result D at the ends of the whole problem: frozen, initialized, no update, and least squares."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sympy import Expr, Gt, Integer, oo
from sympy.core.relational import Relational

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.equivalent import penalty
from update_magnitude.theory.results.equivalent_symbols import (
    BLOCKS,
    FIRST,
    SECOND,
    SOURCE,
    kappa,
    psi,
)
from update_magnitude.theory.results.equivalent_update import all_risk, gain, variance
from update_magnitude.theory.results.symbols import N, n

SIZE = sum(one.p for one in BLOCKS)  # m, the parameters that train
RISK_WORDS = "R_t + σ² after an update"


@derivation
def loose(chain: Chain) -> None:
    """κ as λ → 0 with more parameters than samples: Σ p_b s_b/(s_b + κ) = n."""
    chain.cite(penalty(), "the λ that has κ")
    chain.solve(
        kappa,
        "it vanishes at this κ > 0 for m > n: where Σ p_b s_b/(s_b + κ) = n",
        (Gt(kappa, 0, evaluate=False), Gt(SIZE, n)),
        _is_positive,
    )


def _is_positive(root: Expr) -> bool:
    """Whether a root is that of a place with more parameters than samples."""
    place = {n: 1} | {one.p: 2 for one in BLOCKS} | {one.v: 1 for one in BLOCKS}
    return bool(root.subs(place | {FIRST.rho: 1, SECOND.rho: 3}) > 0)


@derivation
def initialized(chain: Chain) -> None:
    """The same with ρ = 1 in both blocks: initialized training."""
    chain.cite(loose(), "κ as λ → 0")
    chain.specialize({one.rho: 1 for one in BLOCKS}, "no block is held tighter than another")


@derivation
def least_squares(chain: Chain) -> None:
    """κ = 0, λ → 0 with fewer parameters than samples: what varies is N/(v(n − m)), whatever ρ."""
    chain.cite(variance(FIRST), "what each parameter varies by")
    chain.specialize({kappa: 0}, "λ → 0 for m < n: κ = 0, for λ/κ = 1 − df₁/n is above 0 there")
    chain.rewrite(lambda _: N / (FIRST.v * (n - SIZE)), "the samples determine the update")


@derivation
def unmoved(chain: Chain) -> None:
    """κ → ∞, which is λ → ∞: all risk is that of d, nothing is learned."""
    chain.cite(all_risk(), "R_t + σ²")
    chain.limit(kappa, oo, "κ ≥ λ, penalized ever more")


@derivation
def unmoved_ratio(chain: Chain) -> None:
    """λ/κ as κ → ∞: 1, so that κ → ∞ is λ → ∞."""
    chain.define(psi / kappa, "λ over κ")
    chain.substitute({psi: penalty()}, "with the λ that has κ", "theorem")
    chain.limit(kappa, oo, "as κ grows")


HELD_NOISE = N + SECOND.v * SECOND.gap  # what N is where the second block does not train
ALONE = ((1 - FIRST.gain) ** 2 * FIRST.v * FIRST.gap + HELD_NOISE) / (n - FIRST.p * FIRST.gain**2)
# What is taken to the limit, in words, what comes out, and what that means.
FROZEN: dict[str, tuple[Callable[[], Derivation], str, Expr, str]] = {
    "penalty": (
        penalty,
        "the λ that has κ",
        kappa * (1 - FIRST.p * FIRST.gain / n),
        "that of the first block alone",
    ),
    "gain": (
        partial(gain, SECOND),
        "the share of d_2 that is learned",
        Integer(0),
        "nothing is learned of it",
    ),
    "variance": (
        partial(variance, FIRST),
        "what each parameter of the first block varies by",
        FIRST.unit * ALONE,
        "that of the first block alone, with v_2 E‖d_2‖² in N",
    ),
    "risk": (
        all_risk,
        "R_t + σ²",
        n * ALONE,
        "that of the first block alone, with v_2 E‖d_2‖² in N",
    ),
}


@derivation
def frozen(chain: Chain, quantity: str) -> None:
    """ρ_2 → ∞: the second block is held, as under frozen training."""
    source, words, alone, because = FROZEN[quantity]
    chain.cite(source(), words)
    chain.limit(SECOND.rho, oo, "the second block is held ever tighter")
    if alone != 0:
        chain.rewrite(lambda _: alone, because)


def theorems() -> tuple[Theorem, ...]:
    """The limits."""
    over, enough = Gt(SIZE, n), Gt(n, SIZE)
    return (
        Theorem(
            "deterministic-equivalent-kappa-loose",
            "the effective penalty κ as λ → 0 for m > n, two blocks: of all updates that fit the "
            "samples the one of least Σ_b ρ_b‖Δ_b‖²",
            SOURCE,
            one_case(loose, over),
        ),
        Theorem(
            "deterministic-equivalent-kappa-initialized",
            "the effective penalty κ as λ → 0 for m > n and ρ = 1: initialized training, features "
            "of two variances",
            SOURCE,
            one_case(initialized, over),
        ),
        Theorem(
            "deterministic-equivalent-least-squares",
            "what each parameter of a block varies by as λ → 0 for m < n: whatever the weights",
            SOURCE,
            one_case(least_squares, enough),
        ),
        Theorem(
            "deterministic-equivalent-no-update-penalty",
            "λ/κ as κ → ∞: it tends to 1, so that κ → ∞ is λ → ∞",
            SOURCE,
            one_case(unmoved_ratio, words="λ > 0"),
        ),
        Theorem(
            "deterministic-equivalent-no-update",
            f"{RISK_WORDS} as λ → ∞: no update",
            SOURCE,
            one_case(unmoved, words="λ > 0"),
        ),
        *_frozen_limits(),
    )


def _frozen_limits() -> tuple[Theorem, ...]:
    """What becomes of a second block whose weight grows without bound, and of the first."""
    alone = Gt(n, FIRST.p * FIRST.gain**2)
    rows: tuple[tuple[str, str, tuple[Relational, ...], str], ...] = (
        ("penalty", "the penalty that has κ", (Gt(n, FIRST.p * FIRST.gain),), ""),
        ("gain", "the share of d_2 that is learned", (), "κ > 0"),
        ("variance", "what each parameter of the first varies by", (alone,), ""),
        ("risk", RISK_WORDS, (alone,), ""),
    )
    return tuple(
        Theorem(
            f"deterministic-equivalent-frozen-{quantity}",
            f"{words} as ρ_2 → ∞ in the second of two blocks: frozen training holds it",
            SOURCE,
            one_case(partial(frozen, quantity), *domain, words=always),
        )
        for quantity, words, domain, always in rows
    )
