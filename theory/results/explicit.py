"""Two tasks in sizes, noise and distances alone: the drift form with the first task put in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Ge, Gt, Symbol, factor

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import REGIMES, Regime
from update_magnitude.theory.results.symbols import (
    D_S,
    G_tt,
    N,
    P,
    alpha,
    alpha_1,
    alpha_2,
    cross_C,
    cross_S,
    error,
    error_C,
    gained,
    lost,
    m,
    meet_C,
    meet_S,
    n,
    n_1,
    n_2,
    norm_C,
    norm_S,
    p,
    sigma,
    sigma_1,
    sigma_2,
    step_C,
    step_S,
)
from update_magnitude.theory.results.two_tasks import (
    FORGETTING,
    SECOND_RISK,
    drift_change,
    first_task_error,
    first_task_meeting,
    open_drift,
)
from update_magnitude.theory.results.update import UpdateMoments

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
        >>> from update_magnitude.theory.results.update import overparameterized
        >>> over = overparameterized()
        >>> initialized = {P: 32, m: 32, norm_C: 0, step_C: 0, cross_C: 0, cross_S: 0}
        >>> noiseless = {n_1: 8, n_2: 8, sigma_1: 0, sigma_2: 0, alpha_1: 1, alpha_2: 1}
        >>> two_task_forms(over, over).forgetting.subs(initialized | noiseless).expand()
        -3*norm_S/16 + step_S/4

    Source: docs/model.md, two tasks.
    """
    return TwoTaskForms(*(in_sizes(measure, first, second).result for measure in MEASURES))


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
    chain = Chain()
    form = chain.cite(by_drift(measure), "by drift, derived on its own")
    of_second = chain.substitute(
        form, second.derived, "the moments of the second update", "result U"
    )
    opened = open_drift(chain, of_second)
    scaled = chain.specialize(
        opened, {n: n_2, alpha: alpha_2, sigma: sigma_2}, "its samples, scale and noise"
    )
    chain.substitute(
        scaled,
        {
            error: first_error(first, "S"),
            error_C: first_error(first, "C"),
            meet_S: first_meeting(first, "S"),
            meet_C: first_meeting(first, "C"),
        },
        "with E‖e‖² and E⟨e, δ⟩ after the first task, derived on their own",
        "theorem",
    )
    return chain.done()


@cache
def by_drift(measure: str) -> Derivation:
    """The measure in e and d, from the drift forms."""
    if measure == FORGETTING:
        return drift_change(FORGETTING)
    parts = {lost: drift_change(FORGETTING), gained: drift_change(SECOND_RISK)}
    before = D_S + N - sigma**2  # E‖d‖², for E‖d_C‖² = N − σ²
    chain = Chain()
    if measure == SECOND_RISK:
        because = "R_2 is E‖d_S‖² + E‖d_C‖² and what the update changes; E‖d_C‖² = N − σ²"
        chain.combine(before + gained, {gained: parts[gained]}, because)
    else:
        because = "the mean of R_1(θ_1) + F and of R_2; R_1(θ_1) = E‖e_S‖² + E‖e_C‖²"
        chain.combine((error + error_C + lost + before + gained) / 2, parts, because)
    return chain.done()


@cache
def first_error(first: UpdateMoments, group: str) -> Derivation:
    """E‖e‖² in the blocks ``S`` or ``C`` after the first task, which trains all P parameters."""
    size, norm = {"S": (m, norm_S), "C": (P - m, norm_C)}[group]
    chain = Chain()
    known = chain.cite(first_task_error(first), "E‖e‖² in a block after the first task")
    sizes = chain.specialize(
        known, {n: n_1, m: P, alpha: alpha_1, p: size}, f"in {group}, all P parameters train"
    )
    signals: dict[Expr, Expr] = {G_tt: norm, D_S: norm_S + norm_C, N: sigma_1**2}
    chain.replace(sizes, signals, "θ_0 = 0, so d = θ*_1; nothing is held back", DEFINITION)
    return chain.done()


@cache
def first_meeting(first: UpdateMoments, group: str) -> Derivation:
    """E⟨e, δ⟩ in the blocks ``S`` or ``C`` after the first task."""
    chain = Chain()
    known = chain.cite(first_task_meeting(first), "E⟨e, δ⟩ in a block after the first task")
    sizes = {n: n_1, m: P, alpha: alpha_1}
    known = chain.specialize(known, sizes, "all P parameters train")
    if group == "C":
        chain.replace(known, {cross_S: cross_C}, "the product in C", DEFINITION)
    return chain.done()


SOURCES = (norm_S, norm_C, step_S, step_C, cross_S, cross_C)


def _by_source(expression: Expr) -> Expr:
    """The expression sorted by what it is linear in: norms, steps, products, variances."""
    signal = sum(factor(expression.diff(source)) * source for source in SOURCES)
    noise = sum(
        factor(expression.diff(entry) / (2 * entry)) * entry**2 for entry in (sigma_1, sigma_2)
    )
    return signal + noise


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
