"""Frozen, initialized and no update as limits of one constrained problem.

Minimize ‖r − Φ_SᵀΔ_S − Φ_CᵀΔ_C‖² + λ(‖Δ_S‖² + ‖Δ_C‖²/ω): how much changes of all parameters are
penalized (λ), and how much less those of C (ω). Its solution is Δ_S = Φ_S z, Δ_C = ω Φ_C z with
(Φ_SᵀΦ_S + ω Φ_CᵀΦ_C + λI) z = r. Along a direction of the samples in which both Gram matrices act
as numbers, k_S and k_C (for one sample, ‖φ_S‖² and ‖φ_C‖²), this is a problem in two numbers.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Integer, Symbol, factor, oo

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import lam

PAPER = "the paper (frozen and initialized training as one constrained problem); this form is ours"
BLOCKS = {"trained": "S", "held": "C"}

omega = symbol(
    "omega",
    "ω",
    r"\omega",
    meaning="how much less tightly the held blocks C are penalized: by λ/ω in the place of λ",
    parameter=True,
    nonnegative=True,
)
k_S = symbol(
    "k_S",
    meaning="value of Φ_SᵀΦ_S, trained blocks, in a direction of the samples (one sample: ‖φ_S‖²)",
    positive=True,
)
k_C = symbol(
    "k_C",
    meaning="value of Φ_CᵀΦ_C, held blocks, in a direction of the samples (one sample: ‖φ_C‖²)",
    nonnegative=True,
)
# Δ_S = x_S φ_S and Δ_C = x_C φ_C, for r = 1
TRAINED, HELD = Symbol("x_S", real=True), Symbol("x_C", real=True)


@derivation
def explained(chain: Chain, block: str) -> None:
    """The share of the residual that ``trained`` or ``held`` blocks explain: k x."""
    loss = chain.define(
        (1 - k_S * TRAINED - k_C * HELD) ** 2 + lam * (k_S * TRAINED**2 + k_C * HELD**2 / omega),
        "the problem along such a direction, r = 1: Δ_S = x_S φ_S and Δ_C = x_C φ_C, whose squares "
        "are k_S x_S² and k_C x_C²",
    )
    slope = chain.differentiate(TRAINED, "convex: its least value is where the slope in x_S")
    chain.differentiate(HELD, "and the slope in x_C vanish", loss)
    held = chain.solve(HELD, "the second gives x_C")
    chain.substitute({HELD: held}, "put into the first", line=slope)
    chain.solve(TRAINED, "which gives x_S")
    trained = chain.rewrite(factor, "in factors")
    if block == "trained":
        chain.define(k_S * TRAINED, "the share of the residual that S explains")
        chain.substitute({TRAINED: trained}, "with this x_S")
    else:
        chain.define(k_C * HELD, "the share of the residual that C explains")
        chain.substitute({HELD: held}, "with x_C")
        chain.substitute({TRAINED: trained}, "and x_S")
    chain.rewrite(factor, "in factors")


# A limit in words, what is fixed in it, then what tends where, and what that means.
LIMITS: dict[str, tuple[str, dict[Symbol, int], tuple[tuple[Symbol, Expr, str], ...]]] = {
    "frozen": (
        "ω → 0, then λ → 0 (frozen training)",
        {},
        (
            (omega, Integer(0), "changes of C are penalized ever more"),
            (lam, Integer(0), "and those of S ever less"),
        ),
    ),
    "initialized": (
        "ω = 1 and λ → 0 (initialized training)",
        {omega: 1},
        ((lam, Integer(0), "all blocks are penalized ever less"),),
    ),
    "no-update": ("λ → ∞ (no update)", {}, ((lam, oo, "all blocks are penalized ever more"),)),
}


@derivation
def limit(chain: Chain, name: str, block: str) -> None:
    """What ``trained`` or ``held`` blocks explain in one of ``LIMITS``."""
    _, fixed, tends = LIMITS[name]
    chain.cite(explained(block), "the share explained")
    if fixed:
        chain.specialize(fixed, "all blocks are penalized alike")
    for quantity, point, because in tends:
        chain.limit(quantity, point, because)


def theorems() -> tuple[Theorem, ...]:
    """The one problem and its limits."""
    loose, tight, moves = (Gt(quantity, 0, evaluate=False) for quantity in (omega, lam, k_S))
    shares = (
        Theorem(
            f"constrained-{block}",
            f"the share of the residual that {letter} explains where the squared loss plus "
            "λ(‖Δ_S‖² + ‖Δ_C‖²/ω) is least, in a direction where Φ_SᵀΦ_S, Φ_CᵀΦ_C are k_S, k_C",
            PAPER,
            one_case(partial(explained, block), loose, tight, moves),
        )
        for block, letter in BLOCKS.items()
    )
    limits = (
        Theorem(
            f"{name}-limit-{block}",
            f"the share of the residual that {letter} explains as {words}",
            PAPER,
            one_case(partial(limit, name, block), moves),
        )
        for name, (words, _, _) in LIMITS.items()
        for block, letter in BLOCKS.items()
    )
    return (*shares, *limits)
