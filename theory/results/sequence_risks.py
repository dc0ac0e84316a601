"""E R_i after t tasks that train the same m parameters on n samples each, α = 1.

Under initialized training these are all parameters, from the first task on. Under frozen training
they are the specific block, from the second task on; the blocks that are frozen add to the noise,
N = E‖d_C‖² + σ², which is the same at every task if their optima do not drift. Either way one step
takes a risk to r times itself, and closed forms for t steps follow by induction.
"""

from __future__ import annotations

from functools import cache, partial

from sympy import Add, Expr, Gt, Integer, Piecewise, Pow, Symbol, expand, factor, summation

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results import recursion
from update_magnitude.theory.results.symbols import (
    N,
    apart,
    distances,
    power,
    r,
    risk_i,
    settled,
    start,
    t,
)
from update_magnitude.theory.results.update import UpdateMoments, in_regimes

LIN = f"{recursion.LIN}, for initialized training; here from result R"

added = symbol(
    "added", meaning="what noise adds to a risk at every update, over N", nonnegative=True
)


STEP_WORDS = {
    risk_i: "what a step leaves of a risk: r",
    apart: "what it takes on of a distance: 1 − r",
    N: "what N adds",
}


@derivation
def weight(chain: Chain, quantity: Symbol, moments: UpdateMoments) -> None:
    """What ``risk_step`` multiplies the risk, the distance or the noise by."""
    chain.cite(recursion.risk_step(moments), "the step, derived on its own")
    chain.differentiate(quantity, STEP_WORDS[quantity])
    chain.rewrite(factor, "in factors")


def kept(moments: UpdateMoments) -> Derivation:
    """What a step leaves of a risk: r."""
    return weight(risk_i, moments)


@derivation
def settling(chain: Chain, moments: UpdateMoments) -> None:
    """Where noise alone leads: f = mcN/(1 − r)."""
    noise = chain.cite(weight(N, moments), "what N adds")
    chain.define(N * added / (1 - r), "where noise alone leads: f = r f + mcN")
    chain.substitute({added: noise, r: kept(moments)}, "in n and m")
    chain.rewrite(factor, "in factors")


@derivation
def _less_than_kept(chain: Chain, moments: UpdateMoments) -> None:
    chain.combine(-added, {added: weight(apart, moments)}, "r − 1, the negative of 1 − r")


@cache
def in_regime(moments: UpdateMoments) -> dict[Expr, Derivation]:
    """What r and f are: what a step leaves of a risk, and where noise alone would lead it."""
    return {
        **{1 - r: weight(apart, moments), r - 1: _less_than_kept(moments)},
        **{r: kept(moments), settled: settling(moments)},
    }


@derivation
def sequence_form(chain: Chain) -> None:
    """R_i after t steps R ← r R + (1 − r)(‖θ*_t − θ*_i‖² + f), in r and f alone."""
    step = r * risk_i + (1 - r) * (apart + settled)
    chain.computed(
        r**t * start + (1 - r) * distances + (1 - r**t) * settled,
        "t steps R ← r R + (1 − r)(‖θ*_t − θ*_i‖² + f) from R_0, by induction on t; W = "
        "Σ_{k≤t} r^{t−k} ‖θ*_k − θ*_i‖², which one more step takes to r W + ‖θ*_t − θ*_i‖²",
        "induction",
        partial(_by_induction, step),
    )


def _by_induction(step: Expr, closed: Expr) -> bool:
    """Whether the closed form is one step from the start at t = 1, and one more at t + 1."""
    first = closed.subs({t: 1, distances: apart}, simultaneous=True)
    after = closed.subs({t: t + 1, distances: r * distances + apart}, simultaneous=True)
    begins = identical(first, step.subs(risk_i, start))
    return begins and identical(_whole(after), _whole(step.subs(risk_i, closed)))


def _whole(expression: Expr) -> Expr:
    """The expression with r^t as a symbol: if the induction holds for that, it does for every t."""
    powers = {atom for atom in expression.atoms(Pow) if atom.exp.has(t)}
    return expression.subs({atom: power * atom.base ** (atom.exp - t) for atom in powers})


@derivation
def sequence_risk(chain: Chain, moments: UpdateMoments) -> None:
    """E R_i after t such steps: r^t R_0 + (1 − r) Σ_k r^{t−k} ‖θ*_k − θ*_i‖² + noise."""
    chain.cite(sequence_form(), "t steps in r and f")
    chain.substitute(in_regime(moments), "r and f of the regime")


@derivation
def settled_risk(chain: Chain, moments: UpdateMoments) -> None:
    """Where E R_i settles when all tasks share one optimum."""
    chain.cite(sequence_risk(moments), "E R_i(θ_t)")
    chain.replace({distances: Integer(0)}, "no distance between tasks")
    chain.replace({kept(moments).result ** t: power}, "with z = r^t (0 for n > m)")
    chain.limit(power, Integer(0), "z → 0 as t → ∞, because 0 ≤ r < 1")


def sum_of(term: Expr, index: Symbol, first: Expr | int, last: Expr) -> Expr:
    """Σ of a term in powers of r over an index; r ≠ 1.

    Example:
        >>> from sympy.abc import k, n
        >>> sum_of(k, k, 1, n)
        n**2/2 + n/2
    """
    parts = Add.make_args(expand(term))
    total = sum(summation(part, (index, first, last)) for part in parts)
    return total.replace(Piecewise, lambda *cases: cases[-1][0])


def theorems() -> tuple[Theorem, ...]:
    """Risks after t tasks, any distances."""
    return (
        Theorem(
            "sequence-step",
            "E R_i(θ_t) in the m parameters that train, from E R_i(θ_{t−1}); frozen training: in "
            "the specific block, N = E‖d_C‖² + σ²; any n and σ at each task",
            LIN,
            in_regimes(recursion.risk_step),
        ),
        Theorem(
            "sequence-risk",
            "E R_i after t tasks that train the same m parameters on n samples each, from R_0 "
            "before them; W = Σ_k r^{t−k} ‖θ*_k − θ*_i‖², r = 1 − n/m (0 for n > m)",
            LIN,
            in_regimes(sequence_risk, Gt(t, 0, evaluate=False)),
        ),
        Theorem(
            "settled-risk",
            "where E R_i in the blocks that train settles after ever more tasks that share one "
            "optimum; N = E‖d_C‖² + σ²",
            LIN,
            in_regimes(settled_risk),
        ),
    )
