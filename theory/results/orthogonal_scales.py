"""The scales α_t that are best for the mean of the risks of tasks with orthogonal optima.

All parameters train; the optima θ*_1 … θ*_T are orthogonal and of one length, here 1. The mean of
the risks of t tasks is E‖θ − μ‖² and a constant, with μ the mean of their optima: a running mean,
α_t = 1/t, keeps θ at μ if every update finds all of d, and does so exactly. Two things may be
asked: the scale that is best at each task for the tasks so far, given θ_{t−1}; and all scales at
once, best for the T tasks at the end.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Ge, Gt, Integer, Symbol, expand, factor

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation, stated
from update_magnitude.theory.proofs.inner_products import Inner, vectors
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import T, alpha, alpha_1, alpha_2, g, t

SOURCE = "ours (cf. the paper's optimal update magnitude)"
BEST = (
    "the scale α_t that is best for the mean of the risks of the t tasks so far, optima orthogonal "
    "and of length 1, L = E‖θ‖² and S = Σ_{i<t} E⟨θ, θ*_i⟩ before the update"
)
BALANCED = "that scale where S = (t − 1)L, as at t = 1 and t = 2: 1/t if nothing is noise"
LOST = (
    "tL − S after a noiseless update with α = 1/t from a θ with S = (t − 1)L: 0 keeps 1/t the best "
    "scale; it is 0 only for g = 1 (n > P + 1), or from θ_0 = 0"
)
FINAL = (
    "the scale α_t of all scales that are best for the mean of the T risks at the end, where g = 1 "
    "(n > P + 1): equal weights on all tasks, shrunk by the noise vσ² over ‖θ*‖²"
)
FIRST = (
    "two tasks without noise: the first scale that is best at the end, by the second one; for "
    "g < 1 and α_2 = 1/2 it is (2 − g)/(4 − 3g), below 1"
)
# Draws sequences of updates and compares lengths, products and risks with these lines.
DRAWN = "tests/test_orthogonal_scales.py::test_sequences_of_updates_are_what_the_lines_say"

THETA, DELTA, CENTRE = SEQUENCE = vectors("theta Delta mean")
length = symbol(
    "L",
    "E‖θ‖²",
    r"\mathrm{E}\|\theta\|^2",
    meaning="mean squared length of θ before the update",
    nonnegative=True,
)
met = symbol(
    "S",
    "ΣE⟨θ,θ*_i⟩",
    r"\sum\mathrm{E}\langle\theta,\theta^*_i\rangle",
    meaning="sum over the earlier tasks of the mean inner product of θ and their optima",
    nonnegative=True,
)
spread = symbol(
    "v_N",
    "vσ²",
    r"v\sigma^2",
    meaning="what noise adds to the mean squared length of the update",
    nonnegative=True,
)
ADDED, BEFORE = Symbol("added", real=True), Symbol("before", real=True)
WEIGHT, LATER = Symbol("w", real=True), Symbol("later", real=True)

MEANS = {
    Inner(THETA, THETA): length,
    Inner(THETA, CENTRE): met / t,
    Inner(THETA, DELTA): -g * length,
    Inner(DELTA, CENTRE): g * (1 - met) / t,
    Inner(DELTA, DELTA): g * (1 + length) + spread,
    Inner(CENTRE, CENTRE): 1 / t,
}
BECAUSE = (
    "E[Δ] = g d and E‖Δ‖² = g E‖d‖² + vσ² with d = θ*_t − θ; Eθ is in the span of the earlier "
    "optima, so that E⟨θ, d⟩ = −E‖θ‖², E‖d‖² = 1 + E‖θ‖², t E⟨μ, d⟩ = 1 − ΣE⟨θ, θ*_i⟩"
)


@derivation
def mean_risk(chain: Chain) -> None:
    """The mean of the risks of the t tasks so far after an update, but for a constant."""
    after = THETA + alpha * DELTA - CENTRE
    because = "the mean of ‖θ_t − θ*_i‖² is ‖θ_t − μ‖² and a constant; θ_t = θ + αΔ"
    chain.multiply(after, after, SEQUENCE, because)
    chain.replace(MEANS, BECAUSE, stated(DRAWN), "conditional expectation")


@derivation
def best_scale(chain: Chain) -> None:
    """The scale that is best for the t tasks so far, given what was learned before."""
    chain.cite(mean_risk(), "the mean of the risks")
    chain.differentiate(alpha, "a parabola in α that opens upwards: its least value")
    chain.solve(alpha, "is where its slope vanishes")
    chain.rewrite(factor, "in factors")


@derivation
def length_after(chain: Chain) -> None:
    """E‖θ_t‖² from E‖θ_{t−1}‖²."""
    chain.multiply(THETA + alpha * DELTA, THETA + alpha * DELTA, SEQUENCE, "θ_t = θ + αΔ")
    chain.replace(MEANS, BECAUSE, stated(DRAWN), "conditional expectation")
    chain.rewrite(expand, "multiplied out")


@derivation
def met_after(chain: Chain) -> None:
    """Σ_{i≤t} E⟨θ_t, θ*_i⟩ from that before."""
    chain.multiply(THETA + alpha * DELTA, CENTRE, SEQUENCE, "θ_t = θ + αΔ, and μ")
    product = chain.replace(MEANS, BECAUSE, stated(DRAWN), "conditional expectation")
    chain.define(t * ADDED, "the sum over all t optima is tμ")
    chain.substitute({ADDED: product}, "times t")
    chain.rewrite(expand, "multiplied out")


@derivation
def balanced_scale(chain: Chain) -> None:
    """The best scale where ΣE⟨θ, θ*_i⟩ = (t − 1)E‖θ‖²."""
    chain.cite(best_scale(), "the best scale")
    chain.replace({met: (t - 1) * length}, "θ is balanced: no multiple of it is closer to μ")
    chain.rewrite(factor, "in factors")


@derivation
def balance_lost(chain: Chain) -> None:
    """From a balanced θ, what a noiseless update with α = 1/t leaves of the balance."""
    both = {ADDED: length_after(), BEFORE: met_after()}
    chain.combine(t * ADDED - BEFORE, both, "tE‖θ_t‖² − ΣE⟨θ_t, θ*_i⟩: 0 where it is balanced")
    chain.specialize({alpha: 1 / t}, "α = 1/t")
    chain.replace({met: (t - 1) * length, spread: Integer(0)}, "balanced before, and no noise")
    chain.rewrite(factor, "in factors")


@derivation
def final_scale(chain: Chain) -> None:
    """The scale α_t of all that are best for T tasks at the end, where g = 1."""
    squares = chain.define(
        (WEIGHT - 1 / T) ** 2 + spread * WEIGHT**2,
        "g = 1: Δ is d and noise that is independent of all else, so that θ_T = Σ_t w_t(θ*_t + "
        "noise); what task t adds to E‖θ_T − μ‖²",
    )
    chain.differentiate(WEIGHT, "least", squares)
    weight = chain.solve(WEIGHT, "at this weight, the same for all tasks")
    chain.define(
        WEIGHT - ADDED * (1 - LATER),
        "w_t = α_t Π_{k>t}(1 − α_k), a product that is 1 − Σ_{k>t} w_k, by induction from T down",
    )
    scale = chain.solve_affine(ADDED, "says what α_t is")
    chain.define((T - t) * WEIGHT, "the weights of the T − t later tasks")
    rest = chain.substitute({WEIGHT: weight}, "which are the same")
    chain.substitute({WEIGHT: weight, LATER: rest}, "with these", line=scale)
    chain.rewrite(factor, "in factors")


@derivation
def final_scale_noiseless(chain: Chain) -> None:
    """Without noise that is 1/t, whatever T is."""
    chain.cite(final_scale(), "the scale")
    chain.limit(spread, Integer(0), "less and less noise")


@derivation
def first_scale(chain: Chain) -> None:
    """Two tasks without noise: the first scale that is best at the end, by the second one."""
    chain.combine(
        ADDED - BEFORE,
        {ADDED: length_after(), BEFORE: met_after()},
        "E‖θ_2‖² − Σ_i E⟨θ_2, θ*_i⟩, by which the mean of both risks moves",
    )
    chain.specialize({alpha: alpha_2, t: 2}, "the second update")
    first = {length: _from_zero(length_after), met: _from_zero(met_after)}
    chain.substitute(first, "what the first has left", "theorem")
    chain.replace({spread: Integer(0)}, "without noise")
    chain.differentiate(alpha_1, "a parabola in α_1: its least value")
    chain.solve(alpha_1, "is where its slope vanishes")
    chain.rewrite(factor, "in factors")


@derivation
def _from_zero(chain: Chain, after: Callable[[], Derivation]) -> None:
    chain.cite(after(), "after an update")
    chain.specialize({alpha: alpha_1, t: 1}, "the first one")
    chain.replace({length: Integer(0), met: Integer(0)}, "from θ_0 = 0")


def theorems() -> tuple[Theorem, ...]:
    """Scales for orthogonal optima."""
    learns, later = (Gt(g, 0), Ge(1, g)), Ge(T, t)
    some = Gt(t, 0, evaluate=False)
    listed = (
        ("", BEST, best_scale, (*learns, some)),
        ("-length", "E‖θ_t‖², from L and S before the update", length_after, learns),
        ("-meeting", "Σ_{i≤t} E⟨θ_t, θ*_i⟩, from S before the update", met_after, learns),
        ("-balanced", BALANCED, balanced_scale, (*learns, some)),
        ("-balance", LOST, balance_lost, (*learns, some)),
        ("-final", FINAL, final_scale, (later, some)),
        ("-final-noiseless", "that scale as σ → 0, whatever T is", final_scale_noiseless, (some,)),
        ("-first", FIRST, first_scale, learns),
    )
    return tuple(
        Theorem(f"orthogonal-scale{name}", words, SOURCE, one_case(derive, *domain))
        for name, words, derive, domain in listed
    )
