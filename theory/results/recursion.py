"""Result R: one update as a map of second moments, from which exact risks follow.

docs/model.md states R for q_b = E‖θ‖²_b and c_{b,i} = E⟨θ, θ*_i⟩_b; ``norm_step`` and
``alignment_step`` derive it in that form, ``risk_step`` as a map of risks in the blocks that train.
Those moments cancel when optima are close or a risk is small, so what ``numbers/dynamics.py``
evaluates is the same map in the mean μ_b = Eθ and the spread V_b = E‖θ − μ‖²_b, where every term is
non-negative; ``spread_step`` derives it from the former. ``exact_runs`` evaluates the first form:
two ways of running R that agree only if both are right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Function, Symbol, expand, factor, rsolve, simplify, symbols, together

from update_magnitude.theory.proofs.chain import Chain, derivation, simplest
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.inner_products import Inner, inner, vectors
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.symbols import (
    D_S,
    G_ti,
    G_tt,
    M_b,
    N,
    V_b,
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
from update_magnitude.theory.results.two_tasks import double_descent
from update_magnitude.theory.results.update import (
    OURS,
    UpdateMoments,
    in_regimes,
    overparameterized,
    put_in_means,
)

LIN = "Lin et al., ICML 2023 (arXiv 2302.05836)"

THETA, DELTA, TARGET, OTHER = EVERYTHING = vectors("theta Delta target other")
MOVED = THETA + alpha * DELTA
BY_NAME = {  # the means before an update, as docs/model.md calls them
    Inner(THETA, THETA): q_b,
    Inner(THETA, TARGET): c_bt,
    Inner(THETA, OTHER): c_bi,
    Inner(TARGET, TARGET): G_tt,
    Inner(TARGET, OTHER): G_ti,
}
q_after = symbol("q_after", nonnegative=True)  # q_b after an update
c_after = symbol("c_after", real=True)  # c_{b,i} after it
G_ii = symbol("G_ii", nonnegative=True)  # ‖θ*_i‖²_b


@derivation
def norm_step(chain: Chain) -> None:
    """q_b′ = E‖θ + αΔ‖²_b."""
    chain.multiply(MOVED, MOVED, EVERYTHING, "E‖θ′‖²_b with θ′ = θ + αΔ, expanded")
    _in_moments(chain)


@derivation
def alignment_step(chain: Chain) -> None:
    """c_{b,i}′ = E⟨θ + αΔ, θ*_i⟩_b."""
    chain.multiply(MOVED, OTHER, EVERYTHING, "E⟨θ′, θ*_i⟩_b with θ′ = θ + αΔ, expanded")
    _in_moments(chain)


def _in_moments(chain: Chain) -> None:
    """Put the moments of result U in the place of Δ."""
    gap = TARGET - THETA  # d
    put_in_means(
        chain,
        {
            Inner(THETA, DELTA): g * inner(THETA, gap, EVERYTHING),
            Inner(OTHER, DELTA): g * inner(OTHER, gap, EVERYTHING),
            Inner(DELTA, DELTA): a * inner(gap, gap, EVERYTHING) + p * (b * D_S + c * N),
        },
        "E⟨v, Δ⟩_b = g⟨v, d⟩_b for whatever v is known before the update, and E‖Δ‖²_b = a‖d‖²_b + "
        "p_b(b E‖d_S‖² + cN); d = θ*_t − θ",
    )
    chain.rewrite(expand, "multiplied out")


@cache
def mean_step() -> Expr:
    """The reach αg of the mean: Eθ′ = Eθ + αg (θ* − Eθ), from c_{b,i}′ for every θ*_i.

    Example:
        >>> mean_step()
        alpha*g
    """
    after = alignment_step().result
    reach = after.coeff(Inner(OTHER, TARGET))
    if expand(after - Inner(OTHER, THETA) - reach * inner(OTHER, TARGET - THETA, EVERYTHING)) != 0:
        raise ArithmeticError(f"the mean does not move towards the optimum alone: {after}")
    return reach


@dataclass(frozen=True)
class SpreadStep:
    """An update of mean and spread in a trained block: μ′ = μ + reach (θ* − μ), V′ = spread.

    ``spread`` = V′ and ``change`` = V′ − V are expressions in V_b, M_b = ‖θ* − μ‖²_b, D_S and N,
    and in the coefficients ``shrink`` = 1 − αg or ``reach`` = αg, ``jitter`` = a − g², b, c. They
    are the same map: the one keeps its digits when little is left of V, the other when little
    changes.
    """

    shrink: Symbol
    reach: Symbol
    jitter: Symbol
    spread: Expr
    change: Expr


@cache
def spread_step() -> SpreadStep:
    """The same map for the mean and the spread: V′ = s²V + α²[j(V + M) + p_b(b D_S + cN)].

    Put θ = μ + ϑ with Eϑ = 0 into q_b′, take the mean, and subtract ‖μ′‖²; s = 1 − αg, the reach
    αg and j = a − g² are symbols of their own.

    Example:
        >>> step = spread_step()
        >>> step.spread.coeff(V_b), step.change.coeff(V_b)
        (alpha**2*j + s**2, alpha**2*j + reach**2 - 2*reach)
    """
    (mean,) = vectors("mean")
    mean_after = mean + mean_step() * (TARGET - mean)
    split = {  # E of the inner products of θ = μ + ϑ
        Inner(THETA, THETA): Inner(mean, mean) + V_b,
        Inner(THETA, TARGET): Inner(mean, TARGET),
    }
    spread = norm_step().result.subs(split) - inner(mean_after, mean_after, (mean, TARGET))
    target_squared = M_b + 2 * Inner(mean, TARGET) - Inner(mean, mean)  # M_b = ‖θ* − μ‖²
    in_scalars = expand(expand(spread).subs(Inner(TARGET, TARGET), target_squared))
    if in_scalars.has(Inner):
        raise ArithmeticError(f"the spread depends on more than M_b: {in_scalars}")
    shrink, reach, jitter = symbols("s reach j", real=True)
    in_jitter = expand(in_scalars.subs(a, jitter + g**2))
    return SpreadStep(
        shrink=shrink,
        reach=reach,
        jitter=jitter,
        spread=expand(in_jitter.subs(g, (1 - shrink) / alpha)),
        change=expand(in_jitter.subs(g, reach / alpha) - V_b),
    )


@cache
def spread_coefficients(moments: UpdateMoments) -> tuple[Expr, Expr, Expr, Expr, Expr]:
    """Shrink 1 − αg, reach αg, jitter a − g², b and c in n, m and α; none of them cancels.

    Example:
        >>> spread_coefficients(overparameterized())[0]
        (-alpha*n + m)/m
    """
    reach = mean_step().subs(g, moments.g)
    jitter = factor(moments.a - moments.g**2)
    return together(1 - reach), reach, jitter, moments.b, moments.c


@derivation
def risk_step(chain: Chain, moments: UpdateMoments) -> None:
    """In the trained blocks E R_i ← r E R_i + (1 − r)‖θ*_t − θ*_i‖² + mcN, with r = 1 − g."""
    start = chain.combine(
        q_after - 2 * c_after + G_ii,
        {q_after: norm_step(), c_after: alignment_step()},
        "E R_i = q − 2c_i + ‖θ*_i‖², each after the update",
    )
    because = "E‖d_S‖², d = θ*_t − θ_{t−1}, expanded"
    squared_gap = chain.multiply(TARGET - THETA, TARGET - THETA, EVERYTHING, because)
    chain.substitute({D_S: squared_gap}, "the trained parameters as one block", line=start)
    chain.replace(BY_NAME, "with the means before the update by their names")
    chain.specialize({alpha: 1, p: m}, "all m of them, and a whole update")
    in_regime = chain.substitute(moments.derived, "the moments of the update", "result U")
    chain.define(q_b - 2 * c_bi + G_ii - risk_i, "E R_i(θ_{t−1}) = q − 2c_i + ‖θ*_i‖²")
    norm = chain.solve(q_b, "solved for q")
    because = "‖θ*_t − θ*_i‖² = ‖θ*_t‖² − 2⟨θ*_t, θ*_i⟩ + ‖θ*_i‖²"
    chain.define(G_tt - 2 * G_ti + G_ii - apart, because)
    squared = chain.solve(G_tt, "solved for ‖θ*_t‖²")
    because = "in the risk before the update, and the distance"
    chain.substitute({q_b: norm, G_tt: squared}, because, line=in_regime)
    because = "sorted by the risk before, the distance and the noise"
    chain.sort((risk_i, apart, N), because, simplest)


@derivation
def initialized_step(chain: Chain, moments: UpdateMoments) -> None:
    """The same where all parameters train."""
    chain.cite(risk_step(moments), "the step of the parameters that train")
    chain.replace({N: sigma**2}, "no parameters are frozen: N = σ²")


@derivation
def initialized_noise(chain: Chain) -> None:
    """What noise adds to any risk over t tasks of n samples, m > n + 1."""
    whole = initialized_step(overparameterized())
    step = whole.result.subs(apart, 0)
    noise = Function("f")
    recurrence = noise(t) - step.subs(risk_i, noise(t - 1))
    chain.computed(
        rsolve(recurrence, noise(t), {noise(0): 0}),
        "the step with no distance, from no noise: f(t) = r f(t − 1) + nσ²/(m − n − 1), f(0) = 0",
        "linear recurrence",
        lambda closed: all(_recurs(closed, step, tasks) for tasks in range(1, 9)),
        (whole,),
    )
    chain.rewrite(factor, "in factors")


def _recurs(closed: Expr, step: Expr, tasks: int) -> bool:
    """Whether the closed form obeys the step from one number of tasks to the next."""
    after, before = closed.subs(t, tasks), closed.subs(t, tasks - 1)
    return bool(simplify(after - step.subs(risk_i, before)) == 0)


@derivation
def _named(chain: Chain, step: Callable[[], Derivation], moments: UpdateMoments) -> None:
    """A step of result R in the names of docs/model.md, with the moments of one regime."""
    chain.cite(step(), "the step, derived on its own")
    chain.replace(BY_NAME, "with the means before the update by their names")
    chain.substitute(moments.derived, "the moments of the update", "result U")


def theorems() -> tuple[Theorem, ...]:
    """What one update does, and what updates of all parameters do."""
    return (
        Theorem(
            "norm-step",
            "q_b′ = E‖θ_t‖²_b after an update, from the moments before it",
            f"{OURS} (result R)",
            in_regimes(partial(_named, norm_step)),
        ),
        Theorem(
            "overlap-step",
            "c_{b,i}′ = E⟨θ_t, θ*_i⟩_b after an update, from the moments before it",
            f"{OURS} (result R)",
            in_regimes(partial(_named, alignment_step)),
        ),
        Theorem(
            "double-descent",
            "E R_1(θ_1) of a single task that trains m parameters on n samples, G_tt = ‖θ*_1‖²",
            "textbook; here from result U",
            in_regimes(double_descent),
        ),
        Theorem(
            "initialized-step",
            "E R_i(θ_t) = r E R_i(θ_{t−1}) + (1 − r)‖θ*_t − θ*_i‖² + mcσ², all m parameters train",
            f"{LIN}, for m > n + 1; here from result R",
            in_regimes(initialized_step),
        ),
        Theorem(
            "initialized-noise",
            "what noise has added to any risk after t tasks that train all m parameters",
            f"{LIN}; here from result R",
            one_case(initialized_noise, overparameterized().domain),
        ),
    )
