"""The optimal constrained update: the penalty and the weights at which R_2 is least, result O.

Result D says what an update with penalty λ and weights ρ_b does: it learns the share
g_b = s_b/(s_b + κ) of what block b lacks, s_b = v_b/ρ_b, and adds noise to it. A block enters R_2
through its share alone, so R_2 is made least over the shares; that this is its least value over all
penalties and weights, and what others cost, is in ``optimal_gain``.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from sympy import Gt, Symbol, factor, simplify

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.proofs.totals import over_blocks
from update_magnitude.theory.results.symbols import (
    EFFECTIVE_PENALTY,
    LEVEL_OF_RISK,
    N,
    lam,
    n,
    p,
    sigma,
)

OURS = "ours"
BAYES = "textbook (the mean of a normal posterior); that both are one is ours"
# Draws updates with a penalty and weights, and compares R_2 with what result D says.
DRAWN = "tests/test_optimal_update.py::test_the_risk_of_a_penalized_update_is_that_of_result_d"

# result D in block b, and its sums over all blocks that train
g_b = symbol(
    "g_b", meaning="share of what is left to learn in block b that the update learns", real=True
)
v_b = symbol("v_b", meaning="variance of the features of block b", parameter=True, positive=True)
rho_b = symbol(
    "rho_b",
    "ρ_b",
    r"\rho_b",
    meaning="weight of block b in the penalty: how tightly it is held",
    parameter=True,
    positive=True,
)
kappa = symbol("kappa", "κ", r"\kappa", meaning=EFFECTIVE_PENALTY, nonnegative=True)
D_b = symbol(
    "D_b",
    "E‖d_b‖²",
    r"\mathrm{E}\|d_b\|^2",
    meaning="what is left to learn in block b: mean of ‖d‖², d = θ*_t − θ_{t−1}",
    nonnegative=True,
)
a_b = symbol(
    "a_b",
    meaning="risk on the new task in block b before the update: v_b E‖d_b‖²",
    nonnegative=True,
)
Psi = symbol("Psi", "Ψ", r"\Psi", meaning=LEVEL_OF_RISK, nonnegative=True)
df_1 = symbol(
    "df_1",
    meaning="effective number of trained parameters: Σ p_b g_b over the blocks",
    nonnegative=True,
)
df_2 = symbol(
    "df_2",
    meaning="effective number of parameters that take in noise: Σ p_b g_b² over the blocks",
    nonnegative=True,
)
tau_b = symbol(
    "tau_b",
    "τ_b",
    r"\tau_b",
    meaning="what is left to learn per parameter of block b: E‖d_b‖²/p_b",
    nonnegative=True,
)
MISSED = symbol(
    "missed",
    "Σ(1−g_b)²a_b",
    r"\sum(1-g_b)^2a_b",
    meaning="risk that the update leaves in the blocks that train",
    nonnegative=True,
)

# Σ(1−g_b)²a_b + N and n − df_2 but for what some blocks bring in
REST, ROOM = Symbol("rest", positive=True), Symbol("room", positive=True)
LEVEL, SHARE = Symbol("level"), Symbol("share")
FIT, SIZE = Symbol("f", positive=True), Symbol("z", positive=True)

# What Ψ means where the shares are the best ones, or are compared with them
AT_BEST = {"Psi": "(R_2 + σ²)/n at the optimal update, R_2 the risk on the new task"}

RISK_WORDS = "R_2 after an update with any penalty and weights, Ψ the level of result D"
SHARE_WORDS = (
    "the share g_b of d_b to learn so that R_2 is least; a_b = v_b E‖d_b‖², Ψ = (R_2 + σ²)/n there"
)
NOISE_WORDS = "N at the best shares, df_1 = Σ p_b g_b: so that R_2 + σ² = nN/(n − df_1) there"
PENALTY_WORDS = "λρ_b at which R_2 is least, over all penalties and weights of all blocks"
CURVATURE_WORDS = "the second derivative of R_2 in g_b there, df_2 = Σ p_b g_b²"
MIXED_WORDS = "the mixed derivative of R_2 in the shares of two blocks there"
POSTERIOR_WORDS = (
    "λρ_b of the posterior mean of Δ where d_b ~ N(0, τ_b I), τ_b = E‖d_b‖²/p_b, and the noise has "
    "the variance N: the same as that at which R_2 is least"
)


class Block(NamedTuple):
    """A block, by the symbols of result D."""

    share: Symbol
    lacked: Symbol
    size: Symbol


THIS = Block(g_b, a_b, p)
OTHER = Block(Symbol("g_c", real=True), Symbol("a_c", positive=True), Symbol("p_c", positive=True))


@derivation
def result_d(chain: Chain) -> None:
    """Ψ(n − df_2) = Σ(1 − g_b)²a_b + N."""
    chain.state(
        Psi - (MISSED + N) / (n - df_2),
        "result D: Ψ = [Σ(1 − g_b)² a_b + N]/(n − df_2), with a_b = v_b E‖d_b‖², df_2 = Σ p_b g_b² "
        "over the blocks that train, and N the risk in the others and the noise",
        DRAWN,
    )


@derivation
def second_risk(chain: Chain) -> None:
    """R_2 = nΨ − σ²."""
    chain.state(
        MISSED + df_2 * Psi + N - sigma**2,
        "result D: θ_t lacks (1 − g_b)d_b of block b, beside which it has the variance (g_b²/v_b)Ψ "
        "per parameter, so its risk there is (1 − g_b)² a_b + p_b g_b² Ψ; the blocks that do not "
        "train have the rest, N − σ²",
        DRAWN,
    )
    risk = chain.rewrite(factor, "in factors")
    chain.cite(result_d(), "and Ψ itself")
    missed = chain.solve(MISSED, "says what is missed")
    chain.substitute({MISSED: missed}, "put into the risk", line=risk)
    chain.rewrite(simplify, "in short")


@derivation
def in_shares(chain: Chain, *blocks: Block) -> None:
    """Ψ as a function of the shares of some blocks, the others at rest."""
    chain.cite(result_d(), "Ψ: R_2 = nΨ − σ² is least where Ψ is")
    chain.solve(Psi, "as a function of the shares")
    missed = sum((1 - block.share) ** 2 * block.lacked for block in blocks)
    filled = sum(block.size * block.share**2 for block in blocks)
    chain.replace(
        {MISSED: missed + REST - N, df_2: n - ROOM + filled},
        "with what these blocks bring in apart: from the rest above, and from the room n − df_2 "
        "below",
    )


@derivation
def other_blocks(chain: Chain, *blocks: Block) -> None:
    """What the other blocks bring in, by Ψ."""
    level = chain.cite(in_shares(*blocks), "Ψ in the shares")
    chain.define(Psi - LEVEL, "Ψ by its name")
    chain.substitute({LEVEL: level}, "an equation")
    chain.solve(REST, "that says what the rest is")


@derivation
def best_share(chain: Chain, block: Block) -> None:
    """g_b = a_b/(a_b + p_bΨ)."""
    chain.cite(in_shares(block), "Ψ in the share of one block")
    chain.differentiate(block.share, "its slope")
    chain.substitute({REST: other_blocks(block)}, "with the rest by Ψ", "theorem")
    chain.rewrite(factor, "in factors")
    chain.solve(block.share, "vanishes at one share")


@derivation
def best_level(chain: Chain) -> None:
    """N = Ψ(n − df_1) at the best shares."""
    _equation(chain, g_b, SHARE, best_share(THIS), "the best share")
    between = (Gt(g_b, 0), Gt(1, g_b))
    lacked = chain.solve(a_b, "that says what a_b is there, for a share between 0 and 1", between)
    chain.define((1 - g_b) ** 2 * a_b, "what block b adds to Σ(1 − g_b)² a_b")
    chain.substitute({a_b: lacked}, "at the best share")
    chain.rewrite(factor, "in factors")
    missed = chain.total(
        Psi * (df_1 - df_2),
        over_blocks({df_1: p * g_b, df_2: p * g_b**2}, THIS),
        "over all blocks that train: df_1 = Σ p_b g_b, df_2 = Σ p_b g_b²",
    )
    chain.cite(result_d(), "and Ψ itself")
    chain.substitute({MISSED: missed}, "at the best shares")
    chain.solve(N, "says what the noise is; df_2 has gone")
    chain.rewrite(factor, "in factors")


@derivation
def best_penalty(chain: Chain) -> None:
    """λρ_b = N p_b/(n E‖d_b‖²)."""
    chain.define(
        v_b / rho_b / (v_b / rho_b + kappa) - SHARE,
        "result D: the share of block b is s_b/(s_b + κ), s_b = v_b/ρ_b",
    )
    chain.substitute({SHARE: best_share(THIS)}, "the best one", "theorem")
    chain.replace({a_b: v_b * D_b}, "a_b = v_b E‖d_b‖²")
    weight = chain.solve(rho_b, "says what the weight is, by κ; v_b has gone")
    chain.define(kappa - lam - kappa * df_1 / n, "result D: κ = λ + κ df_1/n")
    threshold = chain.solve(kappa, "says what κ is, by λ")
    chain.define(lam * rho_b, "how tightly block b is held")
    chain.substitute({rho_b: weight}, "with this weight")
    product = chain.substitute({kappa: threshold}, "and this κ")
    _equation(chain, N, LEVEL, best_level(), "the noise at the best shares")
    level = chain.solve(Psi, "that says what Ψ is")
    chain.substitute({Psi: level}, "with this Ψ", line=product)
    chain.rewrite(factor, "in factors: what the other blocks bring in has gone")


def _equation(chain: Chain, left: Symbol, name: Symbol, right: Derivation, because: str) -> None:
    """The equation of a symbol with what it was derived to be."""
    chain.define(left - name, f"{because}, by its name")
    chain.substitute({name: right}, "an equation", "theorem")


@derivation
def curvature(chain: Chain) -> None:
    """The second derivative of R_2 in the share of a block, at the best share."""
    _bend(chain, (THIS,), THIS)
    chain.substitute({g_b: best_share(THIS)}, "at the best share", "theorem")
    chain.replace({ROOM: n - df_2 + p * best_share(THIS).result ** 2}, "the room by its name")
    chain.rewrite(factor, "in factors")


@derivation
def mixed_curvature(chain: Chain) -> None:
    """The mixed derivative of R_2 in the shares of two blocks, at the best shares: 0."""
    _bend(chain, (THIS, OTHER), OTHER)
    chain.substitute({g_b: best_share(THIS)}, "at the best share of block b", "theorem")
    gap = OTHER.share - best_share(OTHER).result
    chain.rewrite(lambda line: factor(line / gap) * gap, "in factors")
    chain.substitute({OTHER.share: best_share(OTHER)}, "and at that of block c", "theorem")


def _bend(chain: Chain, blocks: tuple[Block, ...], along: Block) -> None:
    """The slope of the slope of R_2 in the share of the first block."""
    level = chain.cite(in_shares(*blocks), "Ψ in the shares")
    chain.define(n * LEVEL - sigma**2, "R_2 = nΨ − σ²")
    chain.substitute({LEVEL: level}, "in the shares")
    chain.differentiate(blocks[0].share, "its slope in the share of block b")
    chain.differentiate(along.share, "and the slope of that")
    chain.substitute({REST: other_blocks(*blocks)}, "with the rest by Ψ", "theorem")


@derivation
def posterior_penalty(chain: Chain) -> None:
    """λρ_b of the posterior mean for d_b ~ N(0, τ_b I) and noise N."""
    loss = chain.define(
        FIT / (2 * N) + SIZE / (2 * tau_b),
        "−log of the posterior density of Δ but for a constant, where d_b ~ N(0, τ_b I) in each "
        "block and r − ΦᵀΔ ~ N(0, N I): f = ‖r − ΦᵀΔ‖², z = ‖Δ_b‖²; a normal density, so that its "
        "mean is where it is largest",
    )
    fit = chain.differentiate(FIT, "what the misfit counts", loss)
    size = chain.differentiate(SIZE, "what ‖Δ_b‖² counts", loss)
    chain.define(Symbol("size") / (n * Symbol("fit")), "λρ_b beside the mean of the misfit, f/n")
    chain.substitute({Symbol("size"): size, Symbol("fit"): fit}, "with these")
    chain.replace({tau_b: D_b / p}, "τ_b = E‖d_b‖²/p_b")


def theorems() -> tuple[Theorem, ...]:
    """The best penalty and weights."""
    samples, room = Gt(n, 0, evaluate=False), Gt(n, df_2)
    drifts, learns = Gt(D_b, 0), Gt(a_b, 0)
    listed = (
        ("risk", RISK_WORDS, OURS, second_risk, (samples,)),
        ("share", SHARE_WORDS, OURS, partial(best_share, THIS), (learns,)),
        ("noise", NOISE_WORDS, OURS, best_level, (Gt(n, df_1),)),
        ("penalty", PENALTY_WORDS, OURS, best_penalty, (samples, drifts)),
        ("curvature", CURVATURE_WORDS, OURS, curvature, (room, learns)),
        ("mixed-curvature", MIXED_WORDS, OURS, mixed_curvature, (room,)),
        ("posterior", POSTERIOR_WORDS, BAYES, posterior_penalty, (samples, drifts)),
    )
    return tuple(
        Theorem(
            f"optimal-update-{name}",
            words,
            source,
            one_case(derive, *domain),
            {} if name == "risk" else AT_BEST,
        )
        for name, words, source, derive, domain in listed
    )
