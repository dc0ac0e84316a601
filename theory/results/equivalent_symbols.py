"""The symbols of result D: two blocks that train; any other brings in terms of the same form."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Symbol

from update_magnitude.theory.proofs.matrices import PARAMETERS, SAMPLES, matrix
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.results.symbols import EFFECTIVE_PENALTY, LEVEL_OF_RISK, N, n

SOURCE = "ours; leave-one-out"
POSITIVE = "κ > 0; to leading order in 1/n"
TRACE_LEMMA = (
    "Bai and Silverstein, Spectral Analysis of Large Dimensional Random Matrices (2nd ed., "
    "Springer 2010), Lemma B.26"
)


@dataclass(frozen=True)
class Block:
    """One of the blocks that train."""

    number: int
    p: Symbol  # parameters
    v: Symbol  # variance of the features
    rho: Symbol  # weight
    s: Symbol  # v/ρ, the variance of features that are whitened by ρ
    gap: Symbol  # E‖d_b‖²
    q: Symbol  # E[Q] in the block
    slope: Symbol  # what E[Q] has for its slope in z
    beta: Symbol  # B along a direction
    trace: Symbol  # B's trace
    share: Symbol  # what of d_b is learned in the mean
    each: Symbol  # what each parameter varies by beside it

    @property
    def ratio(self) -> dict[Symbol, Expr]:
        """What s stands for, v/ρ."""
        return {self.s: self.v / self.rho}

    @property
    def unit(self) -> Expr:
        """What each parameter varies by, over Ψ: g²/v."""
        return self.v / (self.v + self.rho * kappa) ** 2

    @property
    def gain(self) -> Expr:
        """The share that is learned in the mean, s/(s + κ)."""
        return self.v / (self.v + self.rho * kappa)


def _block(i: int) -> Block:
    block = f"the {'first' if i == 1 else 'second'} of two blocks"
    return Block(
        i,
        symbol(f"p_{i}", meaning=f"parameters of {block}", parameter=True, positive=True),
        symbol(
            f"v_{i}", meaning=f"variance of the features of {block}", parameter=True, positive=True
        ),
        symbol(
            f"rho_{i}",
            f"ρ_{i}",
            rf"\rho_{i}",
            meaning=f"weight of {block} in the penalty: how tightly it is held",
            parameter=True,
            positive=True,
        ),
        symbol(
            f"ratio_{i}",
            f"s_{i}",
            f"s_{i}",
            meaning=f"variance of the features of {block} over its weight",
            positive=True,
        ),
        symbol(
            f"D_{i}",
            f"E‖d_{i}‖²",
            rf"\mathrm{{E}}\|d_{i}\|^2",
            meaning=f"what is left to learn in {block}: mean of ‖d‖², d = θ*_t − θ_{{t−1}}",
            nonnegative=True,
        ),
        symbol(f"q_{i}", positive=True),
        symbol(f"slope_{i}", f"q′_{i}", f"q'_{i}", real=True),
        symbol(
            f"beta_{i}",
            f"β_{i}",
            rf"\beta_{i}",
            meaning=f"value of the matrix B along a direction in {block}",
            nonnegative=True,
        ),
        symbol(
            f"trace_{i}",
            f"tr B_{i}",
            rf"\mathrm{{tr}} B_{i}",
            meaning=f"trace of the matrix B in {block}",
            nonnegative=True,
        ),
        symbol(f"g_{i}", positive=True),
        symbol(f"each_{i}", f"Var_{i}", rf"\mathrm{{Var}}_{i}", nonnegative=True),
    )


kappa = symbol("kappa", "κ", r"\kappa", meaning=EFFECTIVE_PENALTY, parameter=True, positive=True)
delta = symbol(
    "delta",
    "δ",
    r"\delta",
    meaning="trace of S E[Q] over n: how much samples shrink the resolvent Q",
    nonnegative=True,
)
delta_slope = symbol("delta_slope", "δ′", r"\delta'", real=True)  # its slope in z
beside = symbol("z", parameter=True, real=True)  # zB stands beside λ
sampled = symbol("QA", "E[QA]", r"\mathrm{E}[QA]", nonnegative=True)
squared = symbol("QQ", "E[Q²]", r"\mathrm{E}[Q^2]", nonnegative=True)
signal = symbol("QBQ", "E[QBQ]", r"\mathrm{E}[QBQ]", nonnegative=True)
noise = symbol("QAQ", "(N/n)E[QAQ]", r"\frac{N}{n}\mathrm{E}[QAQ]", nonnegative=True)
psi = symbol("Psi", "Ψ", r"\Psi", meaning=LEVEL_OF_RISK, nonnegative=True)
FIRST, SECOND = BLOCKS = _block(1), _block(2)

# Matrices, whitened by ρ: φ_j of a sample j has the covariance S = diag(s_b).
FEATURES = matrix("Phi", PARAMETERS, SAMPLES, "Φ", r"\Phi")
SAMPLE = matrix("phi", PARAMETERS, Integer(1), "φ", r"\varphi")
REST = matrix("B_0", PARAMETERS, PARAMETERS, "A₋+λ", r"A_-+\lambda", metric=True)
GRAM = matrix("A", PARAMETERS, PARAMETERS, metric=True)
ANY = matrix("H", PARAMETERS, Integer(1))
ALONG = matrix("J", PARAMETERS, PARAMETERS)  # projects on a direction
UPDATE = matrix("w", PARAMETERS, Integer(1))
TARGET = matrix("w_d", PARAMETERS, Integer(1), "w*", "w^*")  # √ρ d
RESIDUAL = matrix("r", SAMPLES, Integer(1))
NOISE = matrix("epsilon", SAMPLES, Integer(1), "ε", r"\varepsilon")


def residual() -> Expr:
    """Ψ = [Σ_b (1 − g_b)² v_b E‖d_b‖² + N]/(n − df₂)."""
    left = sum((1 - one.gain) ** 2 * one.v * one.gap for one in BLOCKS)
    return (left + N) / (n - freedom())


def freedom() -> Expr:
    """df₂ = Σ_b p_b g_b²."""
    return sum(one.p * one.gain**2 for one in BLOCKS)


def other(block: Block) -> Block:
    """The other block."""
    return SECOND if block is FIRST else FIRST
