"""What the optimal update gains over any other, in closed form, and where the gain goes to zero.

Whatever the shares are, Σ(1 − g_b)² a_b + Ψ Σ p_b g_b² is a constant and squares about the best
shares. So the excess of R_2 over its least value is a sum of squares: that value is the least of
all penalties and weights, and only the best shares have it. Frozen training, initialized training
and no update are among the others.
"""

from __future__ import annotations

from functools import partial

from sympy import Gt, Integer, Symbol, factor, oo

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.proofs.totals import over_blocks
from update_magnitude.theory.results.optimal_update import (
    AT_BEST,
    LEVEL,
    MISSED,
    SHARE,
    THIS,
    D_b,
    Psi,
    a_b,
    best_level,
    best_penalty,
    best_share,
    df_1,
    df_2,
    g_b,
    kappa,
    result_d,
    rho_b,
    tau_b,
    v_b,
)
from update_magnitude.theory.results.symbols import N, P, n, p

PAPER = "the paper (an optimal update magnitude exists, between frozen and initialized); ours"

ADDS = "what block b adds to R_2 less its least value, Ψ that of the optimum"
WORDS = {
    "excess": f"{ADDS}: never negative, and 0 at the best share alone; df_2 of the shares g_b",
    "excess-of-weights": f"{ADDS}, by κ, weight and variance; 0 where κρ_bτ_b = Ψ, and there alone",
    "excess-of-initialized": f"{ADDS}, under initialized training (all ρ_b = 1, λ → 0)",
    "excess-of-held": f"{ADDS}, if it is held as under frozen training (ρ_b → ∞)",
    "excess-of-no-update": f"{ADDS}, without an update (λ → ∞)",
    "excess-of-held-at-rest": f"{ADDS}, if it is held and τ_b → 0: nothing is lost by freezing it",
    "excess-of-initialized-noiseless": f"{ADDS}, under initialized training with n > P, as N → 0",
    "noise-at-initialized": "N where initialized training with n < P is the optimum: it is only "
    "without noise, and then if κτ_b = Ψ in all blocks, so that they have the same τ_b",
    "alike": "λ at which R_2 is least where all blocks have the same τ_b: all weights are 1 then",
    "alike-noiseless": "that λ as N → 0: initialized training is the optimum",
    "excess-of-initialized-large": f"n² times {ADDS}, under initialized training, as n → ∞",
    "excess-of-held-large": f"{ADDS}, if it is held, as n → ∞: all that there was to learn",
    "excess-of-factor": f"{ADDS}, if its κρ_b is f times the best one",
    "sensitivity": f"{ADDS}, for a small relative error f − 1 of its κρ_b, over (f − 1)²",
}

wrong_by = symbol(
    "factor",
    "f",
    "f",
    meaning="how many times as tightly block b is held as would be best",
    parameter=True,
    positive=True,
)
SQUARES = Symbol("squares", nonnegative=True)  # Σ(a_b + p_bΨ)(g_b − g*_b)²
ONE_WAY, OTHER_WAY = Symbol("one_way"), Symbol("other_way")


@derivation
def excess(chain: Chain) -> None:
    """What block b adds to R_2 less its least value, for shares g_b of all blocks."""
    chain.define((1 - g_b) ** 2 * a_b + Psi * p * g_b**2, "what block b adds to it, at any share")
    best, weight = best_share(THIS).result, a_b + p * Psi
    chain.rewrite(
        lambda line: weight * (g_b - best) ** 2 + Psi * p * best,
        "completed to a square about the best share g*_b = a_b/(a_b + p_bΨ), Ψ that of the optimum",
    )
    summed = chain.total(
        SQUARES + Psi * df_1,
        over_blocks({SQUARES: weight * (g_b - best) ** 2, df_1: p * best}, THIS),
        "over all blocks that train; df_1 = Σ p_b g*_b",
    )
    plain = chain.total(
        MISSED + Psi * df_2,
        over_blocks({MISSED: (1 - g_b) ** 2 * a_b, df_2: p * g_b**2}, THIS),
        "the same before it was completed",
        line=0,
    )
    chain.define(ONE_WAY - OTHER_WAY, "one sum, written in two ways")
    chain.substitute({ONE_WAY: plain, OTHER_WAY: summed}, "an equation")
    missed = chain.solve(MISSED, "that says what is missed")
    chain.cite(result_d(), "the level at any shares: the root of this, Ψ by its name")
    level = chain.solve(Psi, "which is")
    chain.define(n * (LEVEL - Psi), "R_2 less its least value: R_2 + σ² is n times the level")
    chain.substitute({LEVEL: level}, "at any shares, less Ψ at the best")
    chain.substitute({MISSED: missed}, "with what is missed")
    chain.substitute({N: best_level()}, "and the noise by Ψ at the best shares", "theorem")
    chain.rewrite(factor, "in factors: squares over n − df_2")
    chain.replace({SQUARES: weight * (g_b - best) ** 2}, "of which block b adds")


@derivation
def excess_of_weights(chain: Chain) -> None:
    """The same by κ and the weight: it is 0 where κρ_bτ_b is Ψ, and only there."""
    chain.cite(excess(), "what block b adds, by its share")
    chain.replace(
        {a_b: v_b * p * tau_b, g_b: v_b / rho_b / (v_b / rho_b + kappa)},
        "result D: g_b = s_b/(s_b + κ), s_b = v_b/ρ_b; a_b = v_b p_b τ_b",
    )
    chain.rewrite(factor, "in factors")


@derivation
def excess_of_initialized(chain: Chain, over: bool) -> None:
    """The same where all blocks train with ρ_b = 1 and λ → 0."""
    chain.cite(excess_of_weights(), "what block b adds")
    chain.specialize({rho_b: 1}, "all blocks are held alike")
    if not over:
        chain.replace({kappa: Integer(0), df_2: P}, "n > P: κ = 0, so g_b = 1 and df_2 = P")
        chain.rewrite(factor, "in factors")


@derivation
def excess_of_held(chain: Chain) -> None:
    """The same for a block that is held, as under frozen training: ρ_b → ∞."""
    chain.cite(excess_of_weights(), "what block b adds")
    chain.limit(rho_b, oo, "held ever more tightly")


@derivation
def excess_of_no_update(chain: Chain) -> None:
    """The same without an update, λ → ∞."""
    chain.cite(excess_of_weights(), "what block b adds")
    chain.limit(kappa, oo, "all blocks are held ever more tightly")
    chain.replace({df_2: Integer(0)}, "with df_2 → 0, since every share tends to 0")


@derivation
def held_without_drift(chain: Chain) -> None:
    """Where a held block has nothing to learn, holding it costs nothing."""
    chain.cite(excess_of_held(), "what holding block b costs")
    chain.limit(tau_b, Integer(0), "less and less to learn in it")


@derivation
def initialized_without_noise(chain: Chain) -> None:
    """Without noise and with n > P, initialized training is the optimum."""
    chain.cite(excess_of_initialized(over=False), "what initialized training costs")
    chain.substitute({Psi: level_in_noise()}, "Ψ by the noise", "theorem")
    chain.limit(N, Integer(0), "less and less noise")


@derivation
def level_in_noise(chain: Chain) -> None:
    """Ψ = N/(n − df_1) at the best shares."""
    chain.define(N - LEVEL, "the noise, by its name")
    chain.substitute({LEVEL: best_level()}, "at the best shares", "theorem")
    chain.solve(Psi, "says what Ψ is")


@derivation
def alike_penalty(chain: Chain) -> None:
    """Where all blocks have the same τ, the best weights are 1: ridge regression with N/(nτ)."""
    chain.cite(best_penalty(), "how tightly block b is held")
    chain.replace({D_b: p * tau_b}, "τ_b = E‖d_b‖²/p_b, the same for all blocks")


@derivation
def alike_without_noise(chain: Chain) -> None:
    """Without noise that is λ → 0, initialized training."""
    chain.cite(alike_penalty(), "the best penalty, at weights 1")
    chain.limit(N, Integer(0), "less and less noise")


@derivation
def many_samples(chain: Chain, held: bool) -> None:
    """As n → ∞, n² times what initialized training costs, or what it costs to hold a block."""
    costs = excess_of_held() if held else excess_of_initialized(over=False)
    chain.cite(costs, "what block b adds")
    chain.substitute({Psi: level_in_noise()}, "Ψ by the noise", "theorem")
    if not held:
        costly = Symbol("costly")
        cost = chain.rewrite(factor, "in factors")
        chain.define(n**2 * costly, "n² times that")
        chain.substitute({costly: cost}, "of block b")
    chain.limit(n, oo, "ever more samples: df_1 and df_2 stay below P")


@derivation
def excess_of_factor(chain: Chain) -> None:
    """What block b adds where its κρ_b is f times the best one."""
    chain.cite(excess(), "what block b adds, by its share")
    chain.replace(
        {g_b: SHARE / (SHARE + wrong_by * (1 - SHARE))},
        "κρ_b is v_b(1 − g_b)/g_b: f times as much of it at g*_b leaves this share",
    )
    chain.substitute({SHARE: best_share(THIS)}, "the best share", "theorem")
    chain.rewrite(factor, "in factors")


@derivation
def sensitivity(chain: Chain) -> None:
    """What block b adds for a small relative error of κρ_b, over the square of that error."""
    cost = chain.cite(excess_of_factor(), "what block b adds for a factor f")
    costly = Symbol("costly")
    chain.define(costly / (wrong_by - 1) ** 2, "over the square of the relative error f − 1")
    chain.substitute({costly: cost}, "of block b")
    chain.rewrite(factor, "in factors")
    chain.limit(wrong_by, Integer(1), "ever smaller errors")


@derivation
def initialized_at_best(chain: Chain) -> None:
    """The noise at which initialized training with n < P can be the optimum: none."""
    chain.cite(best_level(), "the noise at the best shares")
    chain.replace({df_1: n}, "λ → 0 and n < P: result D's κ = κ df_1/n with κ > 0, so df_1 = n")


def theorems() -> tuple[Theorem, ...]:
    """The excess of all other updates."""
    samples, room, learns = Gt(n, 0, evaluate=False), Gt(n, df_2), Gt(a_b, 0)
    drifts, beyond = Gt(tau_b, 0), (Gt(n, P), Gt(P, df_1))
    initialized = (
        Case(
            "overparameterized", (Gt(P, n), room, drifts), partial(excess_of_initialized, over=True)
        ),
        Case("underparameterized", (Gt(n, P), drifts), partial(excess_of_initialized, over=False)),
    )
    whole, fewer = partial(many_samples, held=False), partial(many_samples, held=True)
    listed = (
        ("excess", one_case(excess, room, learns)),
        ("excess-of-weights", one_case(excess_of_weights, room, drifts)),
        ("excess-of-initialized", initialized),
        ("excess-of-held", one_case(excess_of_held, room, drifts)),
        ("excess-of-no-update", one_case(excess_of_no_update, drifts)),
        ("excess-of-held-at-rest", one_case(held_without_drift, room)),
        (
            "excess-of-initialized-noiseless",
            one_case(initialized_without_noise, Gt(n, P), drifts),
        ),
        ("noise-at-initialized", one_case(initialized_at_best, samples)),
        ("alike", one_case(alike_penalty, samples, drifts)),
        ("alike-noiseless", one_case(alike_without_noise, samples, drifts)),
        ("excess-of-initialized-large", one_case(whole, *beyond, drifts)),
        ("excess-of-held-large", one_case(fewer, Gt(n, df_1), room, drifts)),
        ("excess-of-factor", one_case(excess_of_factor, room, learns)),
        ("sensitivity", one_case(sensitivity, room, learns)),
    )
    return tuple(
        Theorem(f"optimal-update-{name}", WORDS[name], PAPER, cases, AT_BEST)
        for name, cases in listed
    )
