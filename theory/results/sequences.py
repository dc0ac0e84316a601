"""Task sequences under initialized training: every task trains all parameters, α = 1."""

from __future__ import annotations

from functools import cache

from sympy import Expr, Function, factor, rsolve, simplify

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.inner_products import expands, inner
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.recursion import (
    BY_NAME,
    EVERYTHING,
    TARGET,
    THETA,
    norm_step,
    overlap_step,
)
from update_magnitude.theory.results.regimes import OVER, in_regimes
from update_magnitude.theory.results.symbols import (
    D_S,
    G_ii,
    G_ti,
    G_tt,
    N,
    alpha,
    apart,
    c_after,
    c_bi,
    m,
    p,
    q_after,
    q_b,
    risk_i,
    sigma,
    t,
)
from update_magnitude.theory.results.two_tasks import first_task_error
from update_magnitude.theory.results.update import UpdateMoments, overparameterized


@cache
def initialized_step(moments: UpdateMoments) -> Derivation:
    """E R_i(θ_t) = r E R_i(θ_{t−1}) + (1 − r)‖θ*_t − θ*_i‖² + mcσ², r = 1 − g."""
    chain = Chain()
    start = chain.combine(
        q_after - 2 * c_after + G_ii,
        {q_after: norm_step(), c_after: overlap_step()},
        "E R_i = q − 2c_i + ‖θ*_i‖², each after the update",
    )
    drift = chain.tested(
        inner(TARGET - THETA, TARGET - THETA, EVERYTHING),
        "E‖d_S‖², d = θ*_t − θ_{t−1}, expanded",
        "bilinear expansion",
        lambda found: expands(found, EVERYTHING, TARGET - THETA, TARGET - THETA),
    )
    with_drift = chain.substitute(start, {D_S: drift}, "one block of all parameters: d_S is d")
    named = chain.replace(
        with_drift, BY_NAME, "with the means before the update by their names", DEFINITION
    )
    whole = chain.specialize(named, {alpha: 1, p: m}, "all m parameters, and a whole update")
    noisy = chain.replace(whole, {N: sigma**2}, "nothing is held back", DEFINITION)
    of_regime = chain.substitute(noisy, moments.derived, "the moments of the update", "result U")
    risk = chain.define(q_b - 2 * c_bi + G_ii - risk_i, "E R_i(θ_{t−1}) = q − 2c_i + ‖θ*_i‖²")
    norm = chain.solve(risk, q_b, "solved for q")
    distance = chain.define(
        G_tt - 2 * G_ti + G_ii - apart, "‖θ*_t − θ*_i‖² = ‖θ*_t‖² − 2⟨θ*_t, θ*_i⟩ + ‖θ*_i‖²"
    )
    squared = chain.solve(distance, G_tt, "solved for ‖θ*_t‖²")
    in_risks = chain.substitute(
        of_regime, {q_b: norm, G_tt: squared}, "in the risk before the update, and the distance"
    )
    chain.rewrite(in_risks, _by_risk, "sorted: what is left, what is taken on, and the noise")
    return chain.done()


def _by_risk(expression: Expr) -> Expr:
    """The expression sorted by risk, distance and noise, in all of which it is linear."""
    noise = factor(simplify(expression.diff(sigma) / (2 * sigma)))
    weights = {entry: factor(simplify(expression.diff(entry))) for entry in (risk_i, apart)}
    return sum(weight * entry for entry, weight in weights.items()) + noise * sigma**2


@cache
def initialized_noise() -> Derivation:
    """What noise has added to any risk after t tasks of n samples, m > n + 1."""
    whole = initialized_step(overparameterized())
    step = whole.result.subs(apart, 0)
    noise = Function("f")
    recurrence = noise(t) - step.subs(risk_i, noise(t - 1))
    chain = Chain()
    closed = chain.tested(
        rsolve(recurrence, noise(t), {noise(0): 0}),
        "the step with no distance, from no noise: f(t) = r f(t − 1) + nσ²/(m − n − 1), f(0) = 0",
        "linear recurrence",
        lambda found: all(_recurs(found, step, at) for at in range(1, 9)),
        (whole,),
    )
    chain.rewrite(closed, factor, "in factors")
    return chain.done()


def _recurs(found: Expr, step: Expr, at: int) -> bool:
    """Whether the closed form obeys the step from one number of tasks to the next."""
    after, before = found.subs(t, at), found.subs(t, at - 1)
    return bool(simplify(after - step.subs(risk_i, before)) == 0)


@cache
def double_descent(moments: UpdateMoments) -> Derivation:
    """E R_1(θ_1) of a single task: falls, explodes at m = n, and falls again."""
    chain = Chain()
    error = chain.cite(first_task_error(moments), "E‖e‖² in a block")
    sizes = chain.specialize(error, {p: m, alpha: 1}, "one block of all m parameters, α = 1")
    whole = chain.replace(
        sizes, {D_S: G_tt, N: sigma**2}, "d is θ*_1, and nothing is held back", DEFINITION
    )
    chain.rewrite(
        whole,
        lambda found: (
            factor(simplify(found.diff(G_tt))) * G_tt
            + factor(found.diff(sigma) / (2 * sigma)) * sigma**2
        ),
        "sorted by signal and noise",
    )
    return chain.done()


def theorems() -> tuple[Theorem, ...]:
    """Task sequences."""
    return (
        Theorem(
            "double-descent",
            "E R_1(θ_1) of a single task that trains m parameters on n samples, G_tt = ‖θ*_1‖²",
            "textbook; here from result U",
            in_regimes(double_descent),
        ),
        Theorem(
            "initialized-step",
            "E R_i(θ_t) = r E R_i(θ_{t−1}) + (1 − r)‖θ*_t − θ*_i‖² + mcσ², all m parameters train",
            "Lin et al., ICML 2023 (arXiv 2302.05836), for m > n + 1; here from result R",
            in_regimes(initialized_step),
        ),
        Theorem(
            "initialized-noise",
            "what noise has added to any risk after t tasks that train all m parameters",
            "Lin et al., ICML 2023 (arXiv 2302.05836); here from result R",
            (Case("", (OVER.domain,), initialized_noise),),
        ),
    )
