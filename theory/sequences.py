"""Task sequences under initialized training: every task trains all parameters, α = 1."""

from __future__ import annotations

from functools import cache

from sympy import Expr, Function, factor, rsolve, simplify

from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.recursion import BY_NAME, norm_step, overlap_step
from update_magnitude.theory.regimes import OVER, in_regimes
from update_magnitude.theory.statements import Case, Theorem
from update_magnitude.theory.symbols import (
    D_S,
    G_ii,
    G_ti,
    G_tt,
    N,
    a,
    alpha,
    apart,
    b,
    c,
    c_bi,
    c_bt,
    g,
    m,
    p,
    q_b,
    risk_i,
    sigma,
    t,
)
from update_magnitude.theory.two_tasks import first_task_error
from update_magnitude.theory.update import UpdateMoments, overparameterized


@cache
def initialized_step(moments: UpdateMoments) -> Derivation:
    """E R_i(θ_t) = r E R_i(θ_{t−1}) + (1 − r)‖θ*_t − θ*_i‖² + mcσ², r = 1 − g."""
    chain = Chain()
    start = chain.cite(
        (norm_step(), overlap_step()),
        "E R_i = q − 2c_i + ‖θ*_i‖², each after the update",
        lambda q_after, c_after: q_after - 2 * c_after + G_ii,
    )
    named = chain.substitute(start, BY_NAME, "with the means before the update by their names")
    whole = chain.substitute(
        named,
        {alpha: 1, p: m, D_S: q_b - 2 * c_bt + G_tt, N: sigma**2},
        "one block of all m parameters, a whole update, nothing held back",
    )
    coefficients = {g: moments.g, a: moments.a, b: moments.b, c: moments.c}
    of_regime = chain.substitute(whole, coefficients, "the moments of the update", "result U")
    in_risks = chain.substitute(
        of_regime,
        {q_b: risk_i + 2 * c_bi - G_ii, G_tt: apart + 2 * G_ti - G_ii},
        "q = E R_i(θ_{t−1}) + 2c_i − ‖θ*_i‖², and ‖θ*_t‖² by its distance to θ*_i likewise",
    )
    chain.rewrite(in_risks, _by_risk, "sorted: what is left, what is taken on, and the noise")
    return chain.done()


def _by_risk(expression: Expr) -> Expr:
    """The expression sorted by risk, distance and noise, in all of which it is linear."""
    noise = factor(simplify(expression.diff(sigma) / (2 * sigma)))
    weights = {of: factor(simplify(expression.diff(of))) for of in (risk_i, apart)}
    return sum(weight * of for of, weight in weights.items()) + noise * sigma**2


@cache
def initialized_noise() -> Derivation:
    """What noise has added to any risk after t tasks of n samples, m > n + 1."""
    step = initialized_step(overparameterized()).result.subs(apart, 0)
    noise = Function("f")
    recurrence = noise(t) - step.subs(risk_i, noise(t - 1))
    chain = Chain()
    closed = chain.tested(
        rsolve(recurrence, noise(t), {noise(0): 0}),
        "the step with no distance, from no noise: f(t) = r f(t − 1) + nσ²/(m − n − 1), f(0) = 0",
        "linear recurrence",
        lambda found: all(_recurs(found, step, at) for at in range(1, 9)),
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
    whole = chain.substitute(
        error, {p: m, D_S: G_tt, N: sigma**2, alpha: 1}, "one block of all m parameters, α = 1"
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
