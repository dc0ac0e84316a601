"""Two tasks in sizes, noise and distances alone: the first task put in for e and d."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from sympy import Expr, Ge, Gt, Symbol

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.symbols import (
    D_S,
    G_tt,
    N,
    P,
    alpha,
    alpha_1,
    alpha_2,
    change_1,
    change_2,
    cross_C,
    cross_S,
    error,
    error_C,
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
    FORGETTING_SOURCE,
    RISKS_SOURCE,
    SECOND_RISK,
    first_task_error,
    first_task_meeting,
    gap_change,
    open_gap,
)
from update_magnitude.theory.results.update import UpdateMoments, regimes

SIGNALS = (norm_S, norm_C, step_S, step_C, cross_S, cross_C)
ARGUMENTS = (P, m, n_1, n_2, sigma_1, sigma_2, alpha_1, alpha_2, *SIGNALS)
GENERALIZATION = "generalization"
MEASURES = (FORGETTING, SECOND_RISK, GENERALIZATION)


class TwoTaskForms(NamedTuple):
    """What two tasks come to, as expressions in ``ARGUMENTS``."""

    forgetting: Expr  # F_2 = R_1(θ_2) − R_1(θ_1)
    second_risk: Expr  # R_2(θ_2)
    generalization: Expr  # G_2 = (R_1(θ_2) + R_2(θ_2))/2


def two_task_forms(first: UpdateMoments, second: UpdateMoments) -> TwoTaskForms:
    """Forgetting, R_2 and G for a pair of regimes: of n_1 samples and P, of n_2 samples and m.

    Example:
        >>> from update_magnitude.theory.results.update import overparameterized
        >>> over = overparameterized()
        >>> initialized = {P: 32, m: 32, norm_C: 0, step_C: 0, cross_C: 0, cross_S: 0}
        >>> noiseless = {n_1: 8, n_2: 8, sigma_1: 0, sigma_2: 0, alpha_1: 1, alpha_2: 1}
        >>> two_task_forms(over, over).forgetting.subs(initialized | noiseless).expand()
        -3*norm_S/16 + step_S/4
    """
    return TwoTaskForms(*(in_sizes(measure, first, second).result for measure in MEASURES))


@derivation
def explicit(chain: Chain, measure: str, first: UpdateMoments, second: UpdateMoments) -> None:
    """``forgetting``, ``second_risk`` or ``generalization`` in ``ARGUMENTS``, for people."""
    chain.cite(in_sizes(measure, first, second), "in sizes, noise and distances")
    terms = (*SIGNALS, sigma_1**2, sigma_2**2)
    chain.sort(terms, "sorted by norms, steps, their products and noise")


@derivation
def in_sizes(chain: Chain, measure: str, first: UpdateMoments, second: UpdateMoments) -> None:
    """The same as substitution leaves it: numbers need no factors, and finding them takes long."""
    in_gaps = gap_change(measure) if measure == FORGETTING else risk_in_gaps(measure)
    chain.cite(in_gaps, "the change in e and d, derived on its own")
    chain.substitute(second.derived, "the moments of the second update", "result U")
    open_gap(chain)
    chain.specialize({n: n_2, alpha: alpha_2, sigma: sigma_2}, "its samples, scale and noise")
    chain.substitute(
        {
            error: first_error(first, m, norm_S),
            error_C: first_error(first, P - m, norm_C),
            meet_S: first_meeting(first, cross_S),
            meet_C: first_meeting(first, cross_C),
        },
        "with E‖e‖² and E⟨e, δ⟩ after the first task, derived on their own",
        "theorem",
    )


@derivation
def risk_in_gaps(chain: Chain, measure: str) -> None:
    """``second_risk`` or ``generalization`` in e and d, from what an update changes."""
    before = D_S + N - sigma**2  # E‖d‖², for E‖d_C‖² = N − σ²
    parts = {change_2: gap_change(SECOND_RISK)}
    if measure == SECOND_RISK:
        because = "R_2 is E‖d_S‖² + E‖d_C‖² and what the update changes; E‖d_C‖² = N − σ²"
        chain.combine(before + change_2, parts, because)
    else:
        because = "the mean of R_1(θ_1) + F and of R_2; R_1(θ_1) = E‖e_S‖² + E‖e_C‖²"
        parts = {change_1: gap_change(FORGETTING), **parts}
        chain.combine((error + error_C + change_1 + before + change_2) / 2, parts, because)


@derivation
def first_error(chain: Chain, first: UpdateMoments, size: Expr, norm: Symbol) -> None:
    """E‖e‖² after the first task, which trains all P parameters, in S or in C."""
    group = "S" if norm == norm_S else "C"
    chain.cite(first_task_error(first), "E‖e‖² in a block after the first task")
    sizes = {n: n_1, m: P, alpha: alpha_1, p: size}
    chain.specialize(sizes, f"in {group}, all P parameters train")
    signals = {G_tt: norm, D_S: norm_S + norm_C, N: sigma_1**2}
    chain.replace(signals, "θ_0 = 0, so d = θ*_1; nothing is frozen")


@derivation
def first_meeting(chain: Chain, first: UpdateMoments, cross: Symbol) -> None:
    """E⟨e, δ⟩ in S or in C after the first task."""
    chain.cite(first_task_meeting(first), "E⟨e, δ⟩ in a block after the first task")
    chain.specialize({n: n_1, m: P, alpha: alpha_1}, "all P parameters train")
    if cross == cross_C:
        chain.replace({cross_S: cross_C}, "the product in C")


def theorems() -> tuple[Theorem, ...]:
    """Forgetting, R_2 and G of two tasks, in sizes, noise and distances."""
    return tuple(
        Theorem(
            f"two-task-{name}-explicit",
            f"{letter} in sizes, noise and distances: P parameters trained on task 1, m of them "
            "on 2",
            source,
            _cases(measure),
        )
        for name, measure, letter, source in (
            ("forgetting", FORGETTING, "F", FORGETTING_SOURCE),
            ("risk", SECOND_RISK, "R_2", RISKS_SOURCE),
            ("generalization", GENERALIZATION, "G = (R_1 + R_2)/2", RISKS_SOURCE),
        )
    )


def _cases(measure: str) -> tuple[Case, ...]:
    """A case for every pair of regimes of the two updates."""
    sizes = (Gt(m, 0, evaluate=False), Ge(P, m))
    return tuple(
        Case(
            f"first {first.regime}, second {second.regime}",
            (
                first.domain.subs({n: n_1, m: P}, simultaneous=True),
                second.domain.subs({n: n_2}),
                *sizes,
            ),
            partial(explicit, measure, first, second),
        )
        for first in regimes()
        for second in regimes()
    )
