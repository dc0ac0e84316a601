"""Sequences of T tasks that train the same m parameters on n samples each, α = 1.

Under initialized training these are all parameters, from the first task on. Under frozen training
they are the specific block, from the second task on, and what is held back is noise as long as it
does not drift: N = E‖d_C‖² + σ². Either way one step takes a risk to r times itself, and closed
forms for t steps follow by induction.
"""

from __future__ import annotations

from functools import cache, partial
from typing import NamedTuple

from sympy import Expr, Gt, Integer, Pow, Symbol, factor, sqrt

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.equality import identical
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Theorem
from update_magnitude.theory.results.regimes import in_regimes
from update_magnitude.theory.results.sequences import initialized_step
from update_magnitude.theory.results.symbols import (
    N,
    added,
    apart,
    distances,
    power,
    r,
    risk_i,
    settled,
    sigma,
    start,
    t,
)
from update_magnitude.theory.results.update import UpdateMoments

LIN = "Lin et al., ICML 2023 (arXiv 2302.05836), for initialized training; here from result R"


class Rates(NamedTuple):
    """The coefficients of one step, E R_i ← kept E R_i + taken ‖θ*_t − θ*_i‖² + taken f."""

    kept: Derivation  # r
    taken: Derivation  # 1 − r
    ends: Derivation  # f = mcN/(1 − r)


@cache
def sequence_step(moments: UpdateMoments) -> Derivation:
    """E R_i(θ_t) in the trained blocks, from E R_i(θ_{t−1}), with N for all that is noise."""
    chain = Chain()
    whole = chain.cite(initialized_step(moments), "the step when all parameters train")
    chain.replace(
        whole,
        {sigma: sqrt(N)},
        "the blocks that train, for which all noise is N = E‖d_C‖² + σ²",
        DEFINITION,
    )
    return chain.done()


@cache
def rates(moments: UpdateMoments) -> Rates:
    """The coefficients of ``sequence_step``, which is linear in risk, distance and noise."""
    kept = _slope(moments, risk_i, "what a step leaves of a risk: r")
    taken = _slope(moments, apart, "what it takes on of a distance: 1 − r")
    chain = Chain()
    noise = chain.cite(_slope(moments, N, "what N adds"), "what N adds")
    ratio = chain.define(N * added / (1 - r), "where noise alone leads: f = r f + mcN")
    put_in = chain.substitute(ratio, {added: noise, r: kept}, "in n and m")
    chain.rewrite(put_in, factor, "in factors")
    return Rates(kept, taken, chain.done())


@cache
def _slope(moments: UpdateMoments, symbol: Symbol, because: str) -> Derivation:
    """The coefficient of a symbol in ``sequence_step``."""
    chain = Chain()
    step = chain.cite(sequence_step(moments), "the step, derived on its own")
    slope = chain.derive(step, symbol, because)
    chain.rewrite(slope, factor, "in factors")
    return chain.done()


@cache
def sequence_form() -> Derivation:
    """R_i after t steps R ← r R + (1 − r)(‖θ*_t − θ*_i‖² + f), in r and f alone."""
    step = r * risk_i + (1 - r) * (apart + settled)
    chain = Chain()
    chain.tested(
        r**t * start + (1 - r) * distances + (1 - r**t) * settled,
        "t steps R ← r R + (1 − r)(‖θ*_t − θ*_i‖² + f) from R_0, by induction on t; W = "
        "Σ_{k≤t} r^{t−k} ‖θ*_k − θ*_i‖², which one more step takes to r W + ‖θ*_t − θ*_i‖²",
        "induction",
        partial(_by_induction, step),
    )
    return chain.done()


@cache
def sequence_risk(moments: UpdateMoments) -> Derivation:
    """E R_i after t such steps: r^t R_0 + (1 − r) Σ_k r^{t−k} ‖θ*_k − θ*_i‖² + noise."""
    chain = Chain()
    form = chain.cite(sequence_form(), "t steps in r and f")
    chain.substitute(form, in_regime(moments), "r and f of the regime")
    return chain.done()


@cache
def in_regime(moments: UpdateMoments) -> dict[Expr, Derivation]:
    """What r and f are: what a step leaves of a risk, and where noise alone would lead it."""
    found = rates(moments)
    chain = Chain()
    chain.combine(-added, {added: found.taken}, "r − 1, the negative of 1 − r")
    return {1 - r: found.taken, r - 1: chain.done(), r: found.kept, settled: found.ends}


def _by_induction(step: Expr, closed: Expr) -> bool:
    """Whether the closed form is one step from the start at t = 1, and one more at t + 1."""
    first = closed.subs({t: 1, distances: apart}, simultaneous=True)
    after = closed.subs({t: t + 1, distances: r * distances + apart}, simultaneous=True)
    begins = identical(first, step.subs(risk_i, start))
    return begins and identical(_whole(after), _whole(step.subs(risk_i, closed)))


def _whole(expression: Expr) -> Expr:
    """The expression with r^t as a symbol: if the induction holds for that, it does for every t."""
    powers = {atom for atom in expression.atoms(Pow) if atom.exp.has(t)}
    return expression.subs({entry: power * entry.base ** (entry.exp - t) for entry in powers})


@cache
def settled_risk(moments: UpdateMoments) -> Derivation:
    """Where E R_i settles when all tasks share one optimum."""
    chain = Chain()
    closed = chain.cite(sequence_risk(moments), "E R_i(θ_t)")
    alike = chain.replace(closed, {distances: Integer(0)}, "no distance between tasks", DEFINITION)
    kept = rates(moments).kept.result
    named = chain.replace(alike, {kept**t: power}, "with z = r^t (0 for n > m)", DEFINITION)
    chain.limit(named, power, Integer(0), "z → 0 as t → ∞, because 0 ≤ r < 1")
    return chain.done()


def theorems() -> tuple[Theorem, ...]:
    """Sequences of tasks, any distances."""
    return (
        Theorem(
            "sequence-step",
            "E R_i(θ_t) in the m parameters that train, from E R_i(θ_{t−1}); frozen training: in "
            "the specific block, N = E‖d_C‖² + σ²; any n and σ at each task",
            LIN,
            in_regimes(sequence_step),
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
