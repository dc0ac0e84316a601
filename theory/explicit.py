"""Two tasks in sizes, noise and distances alone: the drift form with the first task put in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Ge, Gt, Symbol, factor

from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.recursion import mean_step
from update_magnitude.theory.regimes import REGIMES, Regime
from update_magnitude.theory.statements import Case, Theorem
from update_magnitude.theory.symbols import (
    D_S,
    G_tt,
    N,
    P,
    a,
    alpha,
    alpha_1,
    alpha_2,
    b,
    c,
    cross_C,
    cross_S,
    error,
    error_C,
    g,
    m,
    n,
    n_1,
    n_2,
    norm_C,
    norm_S,
    overlap,
    p,
    sigma_1,
    sigma_2,
    step_C,
    step_S,
)
from update_magnitude.theory.two_tasks import (
    FORGETTING,
    SECOND_RISK,
    drift_change,
    first_task_error,
)
from update_magnitude.theory.update import UpdateMoments

ARGUMENTS: tuple[Symbol, ...] = (
    *(P, m, n_1, n_2, sigma_1, sigma_2, alpha_1, alpha_2),
    *(norm_S, norm_C, step_S, step_C, cross_S, cross_C),
)
GENERALIZATION = "generalization"
MEASURES = (FORGETTING, SECOND_RISK, GENERALIZATION)


@dataclass(frozen=True)
class TwoTaskForms:
    """What two tasks come to, as expressions in ``ARGUMENTS``."""

    forgetting: Expr  # F_2 = R_1(θ_2) − R_1(θ_1)
    second_risk: Expr  # R_2(θ_2)
    generalization: Expr  # G_2 = (R_1(θ_2) + R_2(θ_2))/2


@cache
def two_task_forms(first: UpdateMoments, second: UpdateMoments) -> TwoTaskForms:
    """Forgetting, R_2 and G for a pair of regimes, from the drift form and the moments of e.

    Args:
        first: result U for the first update (all P parameters, n_1 samples).
        second: result U for the second (m parameters, n_2 samples).

    Returns:
        The closed forms.

    Example:
        >>> from update_magnitude.theory.update import overparameterized
        >>> over = overparameterized()
        >>> initialized = {P: 32, m: 32, norm_C: 0, step_C: 0, cross_C: 0, cross_S: 0}
        >>> noiseless = {n_1: 8, n_2: 8, sigma_1: 0, sigma_2: 0, alpha_1: 1, alpha_2: 1}
        >>> two_task_forms(over, over).forgetting.subs(initialized | noiseless).expand()
        -3*norm_S/16 + step_S/4

    Source: docs/model.md, two tasks.
    """
    return TwoTaskForms(*(in_sizes(of, first, second).result for of in MEASURES))


@cache
def explicit(measure: str, first: UpdateMoments, second: UpdateMoments) -> Derivation:
    """``forgetting``, ``second_risk`` or ``generalization`` in ``ARGUMENTS``, for people."""
    chain = Chain()
    form = chain.cite(in_sizes(measure, first, second), "in sizes, noise and distances")
    chain.rewrite(form, _by_source, "sorted by norms, steps, their products and noise")
    return chain.done()


@cache
def in_sizes(measure: str, first: UpdateMoments, second: UpdateMoments) -> Derivation:
    """The same as substitution leaves it: numbers need no factors, and finding them takes long."""
    known = _first_task(first)
    chain = Chain()
    form = _by_drift(chain, measure)
    moments = dict(zip((g, a, b, c), _at(second, n_2, m), strict=True))
    of_second = chain.substitute(form, moments, "the moments of the second update", "result U")
    scaled = chain.substitute(of_second, {alpha: alpha_2}, "its scale")
    chain.substitute(
        scaled,
        {
            D_S: known.drift_S,
            N: known.drift_C + sigma_2**2,
            error: known.error_S,
            error_C: known.error_C,
            overlap: known.overlap_S - known.error_S,
        },
        "d = δ − e with E‖e‖² of the first task, derived on its own, and Ee = −(1 − αg)θ*_1",
        "result U",
    )
    return chain.done()


def _by_drift(chain: Chain, measure: str) -> int:
    """The measure in e and d, from the drift forms."""
    lost, gained = drift_change(FORGETTING), drift_change(SECOND_RISK)
    before = D_S + N - sigma_2**2  # E‖d‖², for E‖d_C‖² = N − σ²
    if measure == FORGETTING:
        return chain.cite(lost, "the drift form of F, derived on its own")
    if measure == SECOND_RISK:
        because = "R_2 is E‖d_S‖² + E‖d_C‖² and what the update changes; E‖d_C‖² = N − σ²"
        return chain.cite(gained, because, lambda change: before + change)
    return chain.cite(
        (lost, gained),
        "the mean of R_1(θ_1) + F and of R_2; R_1(θ_1) = E‖e_S‖² + E‖e_C‖²",
        lambda forgotten, change: (error + error_C + forgotten + before + change) / 2,
    )


SOURCES = (norm_S, norm_C, step_S, step_C, cross_S, cross_C)


def _by_source(expression: Expr) -> Expr:
    """The expression sorted by what it is linear in: norms, steps, products, variances."""
    signal = sum(factor(expression.diff(of)) * of for of in SOURCES)
    noise = sum(factor(expression.diff(of) / (2 * of)) * of**2 for of in (sigma_1, sigma_2))
    return signal + noise


@dataclass(frozen=True)
class _FirstTask:
    """E‖e‖², E⟨e, δ⟩ and E‖d‖² in S and in C after the first task."""

    error_S: Expr
    overlap_S: Expr
    error_C: Expr
    overlap_C: Expr

    @property
    def drift_S(self) -> Expr:
        return step_S - 2 * self.overlap_S + self.error_S

    @property
    def drift_C(self) -> Expr:
        return step_C - 2 * self.overlap_C + self.error_C


def _first_task(first: UpdateMoments) -> _FirstTask:
    return _FirstTask(*_error(first, m, norm_S, cross_S), *_error(first, P - m, norm_C, cross_C))


def _error(first: UpdateMoments, size: Expr, norm: Symbol, cross: Symbol) -> tuple[Expr, Expr]:
    """E‖e‖² and E⟨e, δ⟩ in a group of blocks after the first task, which trains all blocks."""
    of_first = {n: n_1, m: P, alpha: alpha_1}
    error_of = first_task_error(first).result.subs(of_first, simultaneous=True)
    signals = {G_tt: norm, D_S: norm_S + norm_C, N: sigma_1**2, p: size}
    reach = mean_step().subs(g, first.g).subs(of_first, simultaneous=True)  # Eθ_1 = reach θ*_1
    return error_of.subs(signals, simultaneous=True), -(1 - reach) * cross


def _at(moments: UpdateMoments, samples: Symbol, size: Symbol) -> tuple[Expr, ...]:
    """g, a, b, c of an update of a number of parameters on a number of samples."""
    swap = {n: samples, m: size}
    formulas = (moments.g, moments.a, moments.b, moments.c)
    return tuple(formula.subs(swap, simultaneous=True) for formula in formulas)


def theorems() -> tuple[Theorem, ...]:
    """Forgetting, R_2 and G of two tasks, in sizes, noise and distances."""
    statement = "{} in sizes, noise and distances: P parameters trained on task 1, m of them on 2"
    return (
        Theorem(
            "two-task-forgetting-explicit",
            statement.format("F"),
            "the paper (forgetting as drift in parameter space); closed form ours",
            _cases(FORGETTING),
        ),
        Theorem(
            "two-task-risk-explicit",
            statement.format("R_2"),
            "the paper (generalization under update magnitude); closed form ours",
            _cases(SECOND_RISK),
        ),
        Theorem(
            "two-task-generalization-explicit",
            statement.format("G = (R_1 + R_2)/2"),
            "the paper (generalization under update magnitude); closed form ours",
            _cases(GENERALIZATION),
        ),
    )


def _cases(measure: str) -> tuple[Case, ...]:
    """A case for every pair of regimes of the two updates."""
    sizes = (Gt(m, 0, evaluate=False), Ge(P, m))
    return tuple(
        Case(
            f"first {first.name}, second {second.name}",
            (_of(first, n_1, P), _of(second, n_2, m), *sizes),
            partial(_in_regimes, measure, first, second),
        )
        for first in REGIMES
        for second in REGIMES
    )


def _of(regime: Regime, samples: Symbol, size: Symbol) -> Expr:
    """Where an update of a number of parameters on a number of samples is in a regime."""
    return regime.domain.subs({n: samples, m: size}, simultaneous=True)


def _in_regimes(measure: str, first: Regime, second: Regime) -> Derivation:
    return explicit(measure, first.moments(), second.moments())
