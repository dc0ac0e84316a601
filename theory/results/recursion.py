"""Result R: one update as a map of second moments, from which exact risks follow.

docs/model.md states R for q_b = E‖θ‖²_b and c_{b,i} = E⟨θ, θ*_i⟩_b; ``norm_step`` and
``overlap_step`` derive it in that form. Those moments cancel when optima are close or a risk is
small, so what is evaluated is the same map in the mean μ_b = Eθ and the spread V_b = E‖θ − μ‖²_b,
where every term is a sum of non-negative ones; ``spread_step`` derives it from the former.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Symbol, expand, factor, symbols, together

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.inner_products import Inner, expands, inner, vectors
from update_magnitude.theory.proofs.kinds import DEFINITION, stated
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import OURS, REGIMES, in_regimes
from update_magnitude.theory.results.symbols import (
    D_S,
    G_ti,
    G_tt,
    M_b,
    N,
    V_b,
    a,
    alpha,
    b,
    c,
    c_bi,
    c_bt,
    g,
    p,
    q_b,
)
from update_magnitude.theory.results.update import (
    RESULT_U,
    UpdateMoments,
    overparameterized_noise,
    underparameterized_noise,
)

THETA, DELTA, TARGET, OTHER = EVERYTHING = vectors("theta Delta target other")
MOVED = THETA + alpha * DELTA
BY_NAME = {  # the means before an update, as docs/model.md calls them
    Inner(THETA, THETA): q_b,
    Inner(THETA, TARGET): c_bt,
    Inner(THETA, OTHER): c_bi,
    Inner(TARGET, TARGET): G_tt,
    Inner(TARGET, OTHER): G_ti,
}


@dataclass(frozen=True)
class SecondMomentStep:
    """q_b and c_{b,i} after an update, in the inner products before it; b among the trained."""

    q: Expr
    c_i: Expr


@cache
def second_moment_step() -> SecondMomentStep:
    """The one-step map of result R in a trained block, as docs/model.md states it.

    Returns:
        q_b′ and c_{b,i}′ in ``Inner`` products of θ, the task's optimum and another optimum.

    Example:
        >>> second_moment_step().c_i.coeff(alpha)
        g*Inner(vec_other, vec_target) - g*Inner(vec_other, vec_theta)

    Source: docs/model.md, result R.
    """
    return SecondMomentStep(q=norm_step().result, c_i=overlap_step().result)


@cache
def norm_step() -> Derivation:
    """q_b′ = E‖θ + αΔ‖²_b."""
    return _moment_step(MOVED, "E‖θ′‖²_b with θ′ = θ + αΔ, expanded")


@cache
def overlap_step() -> Derivation:
    """c_{b,i}′ = E⟨θ + αΔ, θ*_i⟩_b."""
    return _moment_step(OTHER, "E⟨θ′, θ*_i⟩_b with θ′ = θ + αΔ, expanded")


def _moment_step(with_what: Expr, because: str) -> Derivation:
    """E⟨θ′, ·⟩_b: expanded bilinearly, with the moments of result U in the place of Δ."""
    drift = TARGET - THETA
    chain = Chain()
    expanded = chain.tested(
        inner(MOVED, with_what, EVERYTHING),
        because,
        "bilinear expansion",
        lambda found: expands(found, EVERYTHING, MOVED, with_what),
    )
    in_moments = chain.replace(
        expanded,
        {
            Inner(THETA, DELTA): g * inner(THETA, drift, EVERYTHING),
            Inner(OTHER, DELTA): g * inner(OTHER, drift, EVERYTHING),
            Inner(DELTA, DELTA): a * inner(drift, drift, EVERYTHING) + p * (b * D_S + c * N),
        },
        "E⟨v, Δ⟩_b = g⟨v, d⟩_b for whatever v is known before the update, and E‖Δ‖²_b = a‖d‖²_b + "
        "p_b(b E‖d_S‖² + cN); d = θ*_t − θ",
        stated(RESULT_U),
        "conditional expectation (result U)",
    )
    chain.rewrite(in_moments, expand, "multiplied out")
    return chain.done()


@cache
def mean_step() -> Expr:
    """The reach r = αg of the mean: Eθ′ = Eθ + r (θ* − Eθ), from c_{b,i}′ for every θ*_i.

    Raises:
        ArithmeticError: if c_{b,i}′ should turn out not to be of that form.

    Example:
        >>> mean_step()
        alpha*g
    """
    c_after = second_moment_step().c_i
    reach = c_after.coeff(Inner(OTHER, TARGET))
    if (
        expand(c_after - Inner(OTHER, THETA) - reach * inner(OTHER, TARGET - THETA, EVERYTHING))
        != 0
    ):
        raise ArithmeticError(f"the mean does not move towards the optimum alone: {c_after}")
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

    Put θ = μ + ϑ with Eϑ = 0 into q_b′, take the mean, and subtract ‖μ′‖².

    Returns:
        V′ and V′ − V, with s = 1 − αg, r = αg and j = a − g² as symbols of their own.

    Example:
        >>> step = spread_step()
        >>> step.spread.coeff(V_b), step.change.coeff(V_b)
        (alpha**2*j + s**2, alpha**2*j + r**2 - 2*r)

    Source: result R, rearranged (ours).
    """
    (mean,) = vectors("mean")
    everything = (THETA, mean, TARGET)
    mean_after = mean + mean_step() * (TARGET - mean)
    spread = second_moment_step().q.subs(_split(mean)) - inner(mean_after, mean_after, everything)
    target_squared = M_b + 2 * Inner(mean, TARGET) - Inner(mean, mean)  # M_b = ‖θ* − μ‖²
    in_scalars = expand(expand(spread).subs(Inner(TARGET, TARGET), target_squared))
    if in_scalars.has(Inner):
        raise ArithmeticError(f"the spread depends on more than M_b: {in_scalars}")
    shrink, reach, jitter = symbols("s r j", real=True)
    in_jitter = expand(in_scalars.subs(a, jitter + g**2))
    return SpreadStep(
        shrink=shrink,
        reach=reach,
        jitter=jitter,
        spread=expand(in_jitter.subs(g, (1 - shrink) / alpha)),
        change=expand(in_jitter.subs(g, reach / alpha) - V_b),
    )


def _split(mean: Symbol) -> dict[Expr, Expr]:
    """E of the inner products of θ = μ + ϑ, Eϑ = 0."""
    return {
        Inner(THETA, THETA): Inner(mean, mean) + V_b,
        Inner(THETA, TARGET): Inner(mean, TARGET),
    }


@dataclass(frozen=True)
class SpreadCoefficients:
    """The coefficients of ``SpreadStep`` in one regime, in n, m and α; none of them cancels."""

    shrink: Expr
    reach: Expr
    jitter: Expr
    b: Expr
    c: Expr


@cache
def spread_coefficients(moments: UpdateMoments) -> SpreadCoefficients:
    """The s = 1 − αg, r = αg and j = a − g² over a common denominator; b and c as they are.

    Example:
        >>> from update_magnitude.theory.results.update import overparameterized
        >>> spread_coefficients(overparameterized()).shrink
        (-alpha*n + m)/m
    """
    return SpreadCoefficients(
        shrink=together(1 - mean_step().subs(g, moments.g)),
        reach=mean_step().subs(g, moments.g),
        jitter=factor(moments.a - moments.g**2),
        b=moments.b,
        c=moments.c,
    )


def theorems() -> tuple[Theorem, ...]:
    """What one update does."""
    noise = (overparameterized_noise, underparameterized_noise)
    return (
        Theorem(
            "update-noise",
            "E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I: the coefficient c",
            f"{OURS} (result U)",
            tuple(
                Case(regime.name, (regime.domain,), derive)
                for regime, derive in zip(REGIMES, noise, strict=True)
            ),
        ),
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
            in_regimes(partial(_named, overlap_step)),
        ),
    )


@cache
def _named(step: Callable[[], Derivation], moments: UpdateMoments) -> Derivation:
    """A step of result R in the names of docs/model.md, with the moments of one regime."""
    chain = Chain()
    start = chain.cite(step(), "the step, derived on its own")
    named = chain.replace(
        start, BY_NAME, "with the means before the update by their names", DEFINITION
    )
    chain.substitute(named, moments.derived, "the moments of the update", "result U")
    return chain.done()
