"""Result W beside frozen and initialized training, which fit the same samples.

M is M_S in the blocks S and M_C in the rest. For whole matrices the update has frozen training for
its limit where M_C → ∞, and is initialized training where M_C = M_S. How much less of ΔᵀMΔ it has
than each is said along a direction of the samples in which Φ_SᵀΦ_S and Φ_CᵀΦ_C act as numbers, k_S
and k_C (always so for one sample), and for r of length 1 there.
"""

from __future__ import annotations

from functools import partial

from sympy import Expr, Gt, Identity, Integer, Symbol, Trace, cancel, factor, oo

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.matrices import PARAMETERS, SAMPLES, matrix
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.constrained import BLOCKS, k_C, k_S
from update_magnitude.theory.results.least_forgetting import (
    ANY,
    FEATURES,
    GRAM,
    LEAST,
    METRIC,
    OURS,
    RESIDUAL,
    SOURCE,
    beyond,
    least,
    update,
)

TRAINED, HELD = (  # the features of the blocks S and C
    matrix(f"Phi_{block}", PARAMETERS, SAMPLES, f"Φ_{block}", rf"\Phi_{block}") for block in "SC"
)
ANY_HELD = matrix("H_C", PARAMETERS, Integer(1))
FROZEN, INITIALIZED = "frozen", "initialized"

M_S = symbol(
    "M_S",
    meaning="what a squared change counts in the trained blocks S",
    parameter=True,
    positive=True,
)
M_C = symbol(
    "M_C",
    meaning="what a squared change counts in the held blocks C",
    parameter=True,
    positive=True,
)
ratio = symbol(
    "u",
    meaning="M_S/M_C: how little changes of the held blocks count",
    parameter=True,
    nonnegative=True,
)
same = symbol(
    "along_H",
    "HᵀΔ",
    r"H^\top\Delta",
    meaning="update of the other strategy, frozen or initialized, along the direction H",
    real=True,
)
x_S, x_C = Symbol("x_S", real=True), Symbol("x_C", real=True)  # Δ_S = x_S φ_S, Δ_C = x_C φ_C
other_S, other_C = Symbol("x_S_2", real=True), Symbol("x_C_2", real=True)  # of another update


@derivation
def quadratic(chain: Chain) -> None:
    """ΔᵀMΔ of the least-forgetting update in a direction: 1/(k_S/M_S + k_C/M_C)."""
    chain.cite(least(), "ΔᵀMΔ, for whole matrices")
    chain.replace(
        {Trace(RESIDUAL.T * GRAM.I * RESIDUAL): 1 / (k_S / M_S + k_C / M_C)},
        "ΦᵀM⁻¹Φ = Φ_SᵀΦ_S/M_S + Φ_CᵀΦ_C/M_C, along such a direction, r = 1",
    )


@derivation
def share(chain: Chain, block: str) -> None:
    """The share of the residual that ``trained`` or ``held`` blocks explain."""
    gram, metric, letter = {"trained": (k_S, M_S, "S"), "held": (k_C, M_C, "C")}[block]
    z = chain.cite(quadratic(), "z = (ΦᵀM⁻¹Φ)⁻¹r, along such a direction")
    chain.define(gram / metric * beyond, f"Δ = M⁻¹Φz: what {letter} explains of r is k/M times z")
    chain.substitute({beyond: z}, "with this z")
    chain.rewrite(factor, "in factors")


@derivation
def share_limit(chain: Chain, strategy: str, block: str) -> None:
    """The same where M makes it the update of another strategy."""
    chain.cite(share(block), "the share explained")
    if strategy == FROZEN:
        chain.limit(M_C, oo, "changes of C count ever more")
    else:
        chain.specialize({M_C: M_S}, "all changes count alike")
        chain.rewrite(cancel, "M cancels")


@derivation
def limit(chain: Chain, strategy: str) -> None:
    """Whole matrices: the update along any H where M makes it that of another strategy."""
    if strategy == FROZEN:
        gram = TRAINED.T * TRAINED + ratio * HELD.T * HELD
        chain.define(
            Trace(ANY.T * TRAINED * gram.I * RESIDUAL)
            + ratio * Trace(ANY_HELD.T * HELD * gram.I * RESIDUAL),
            "Δ_S = Φ_S z and Δ_C = u Φ_C z, z = (Φ_SᵀΦ_S + u Φ_CᵀΦ_C)⁻¹r and u = M_S/M_C, along "
            "any H_S and H_C",
        )
        chain.specialize({ratio: 0}, "M_C → ∞: continuous in u, for Φ_SᵀΦ_S has an inverse")
        other = Trace(ANY.T * TRAINED * (TRAINED.T * TRAINED).I * RESIDUAL)
        because = "frozen training's Φ_S(Φ_SᵀΦ_S)⁻¹r, and no change of C"
    else:
        chain.define(Trace(ANY.T * LEAST), "M⁻¹Φ(ΦᵀM⁻¹Φ)⁻¹r, along any H")
        chain.replace_matrices({METRIC: M_S * Identity(PARAMETERS)}, "M ∝ I")
        other = Trace(ANY.T * FEATURES * (FEATURES.T * FEATURES).I * RESIDUAL)
        because = "initialized training's Φ(ΦᵀΦ)⁻¹r"
    chain.rewrite(lambda _: other, because)
    chain.replace({other: same}, "by its name")


@derivation
def gain(chain: Chain, strategy: str) -> None:
    """How much more ΔᵀMΔ frozen, or initialized, training has in a direction."""
    chain.cite(update(), "what another update that fits the samples has more: its ZᵀMZ")
    apart = M_S * k_S * (other_S - x_S) ** 2 + M_C * k_C * (other_C - x_C) ** 2
    chain.replace(
        {beyond: apart},
        "along such a direction, Z_S = (x_S′ − x_S)φ_S and Z_C = (x_C′ − x_C)φ_C",
    )
    words, other = {
        FROZEN: ("frozen training fits r = 1 by S alone", {other_S: 1 / k_S, other_C: 0}),
        INITIALIZED: (
            "initialized training fits r = 1 by all alike",
            {other_S: 1 / (k_S + k_C), other_C: 1 / (k_S + k_C)},
        ),
    }[strategy]
    line = chain.replace(other, words)
    z = chain.cite(quadratic(), "z = (ΦᵀM⁻¹Φ)⁻¹r of the least-forgetting update")
    trained = _weight(chain, z, M_S, "x_S = z/M_S")
    held = _weight(chain, z, M_C, "x_C = z/M_C")
    chain.substitute({x_S: trained, x_C: held}, "the least-forgetting update", line=line)
    chain.rewrite(factor, "in factors")


def _weight(chain: Chain, z: int, metric: Symbol, because: str) -> int:
    """Δ = M⁻¹Φz in a block: its weight along φ."""
    chain.define(beyond / metric, because)
    return chain.substitute({beyond: z}, "with this z")


@derivation
def frozen_quadratic(chain: Chain) -> None:
    """ΔᵀMΔ of frozen training in a direction, M_S/k_S: the limit of the least, M_C → ∞."""
    chain.cite(quadratic(), "ΔᵀMΔ of the least-forgetting update")
    chain.limit(M_C, oo, "changes of C count ever more")


def theorems() -> tuple[Theorem, ...]:
    """The least-forgetting update beside frozen and initialized training."""
    moves = Gt(k_S, 0, evaluate=False)
    return (
        Theorem(
            "least-forgetting-quadratic",
            "the least ΔᵀMΔ of all updates with Φ_SᵀΔ = r: rᵀ(ΦᵀM⁻¹Φ)⁻¹r, in a direction where "
            "Φ_SᵀΦ_S, Φ_CᵀΦ_C are k_S, k_C and r is 1",
            SOURCE,
            one_case(quadratic, moves),
        ),
        *(
            Theorem(
                f"least-forgetting-gain-over-{strategy}",
                f"how much more ΔᵀMΔ {strategy} training has than the least-forgetting update, in "
                "such a direction: never below 0",
                OURS,
                one_case(partial(gain, strategy), moves),
            )
            for strategy in (FROZEN, INITIALIZED)
        ),
        Theorem(
            "least-forgetting-quadratic-frozen",
            "the least ΔᵀMΔ in such a direction as M_C → ∞: that of frozen training",
            OURS,
            one_case(frozen_quadratic, moves),
        ),
        *_shares(moves),
        *(
            Theorem(
                f"least-forgetting-limit-{strategy}",
                f"the least-forgetting update {words}, along any direction H: whole matrices",
                OURS,
                one_case(partial(limit, strategy), words="any samples that both can fit"),
            )
            for strategy, words in (
                (FROZEN, "is frozen training's as M_C → ∞"),
                (INITIALIZED, "is initialized training's where M ∝ I"),
            )
        ),
    )


def _shares(moves: Expr) -> tuple[Theorem, ...]:
    """What the blocks explain, and its limits."""
    return tuple(
        theorem
        for block, letter in BLOCKS.items()
        for theorem in (
            Theorem(
                f"least-forgetting-{block}",
                f"the share of the residual that {letter} explains in the least-forgetting update, "
                "in such a direction",
                OURS,
                one_case(partial(share, block), moves),
            ),
            *(
                Theorem(
                    f"least-forgetting-{strategy}-{block}",
                    f"the share that {letter} explains in it {words}",
                    OURS,
                    one_case(partial(share_limit, strategy, block), moves),
                )
                for strategy, words in (
                    (FROZEN, "as M_C → ∞: frozen training"),
                    (INITIALIZED, "where M_C = M_S: initialized training"),
                )
            ),
        )
    )
