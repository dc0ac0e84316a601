"""The critical distance: where freezing and training all blocks come out the same."""

from __future__ import annotations

from functools import cache, partial

from sympy import Expr, Ge, Gt, factor

from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.regimes import OVER, UNDER, Regime
from update_magnitude.theory.statements import Case, Theorem
from update_magnitude.theory.symbols import (
    D_S,
    N,
    P,
    error,
    error_C,
    m,
    n,
    overlap,
    sigma,
    step_C,
    step_S,
    x,
)
from update_magnitude.theory.two_tasks import change_in_regime
from update_magnitude.theory.update import UpdateMoments

MEASURES = ("forgetting", "second_risk", "generalization")


@cache
def slope_in_distance(
    measure: str, frozen: UpdateMoments, initialized: UpdateMoments
) -> tuple[Expr, Expr]:
    """Slope and intercept, in the factor x of the squared distances, of frozen − initialized."""
    difference = critical_scale(measure, frozen, initialized).lines[-2].result
    return difference.diff(x), difference.subs(x, 0)


@cache
def critical_scale(measure: str, frozen: UpdateMoments, initialized: UpdateMoments) -> Derivation:
    """The factor x of the squared distances at which both strategies come out the same.

    The step δ is orthogonal to Ee, so the difference frozen − initialized is affine in x, and x is
    its root. Freezing is better below it where the slope in x is positive. None exists where the
    root is negative.

    Args:
        measure: one of ``MEASURES``; the mean of both risks moves as their sum.
        frozen: result U for the second update under freezing (m of P parameters).
        initialized: for the second update when all P parameters move.
    """
    chain = Chain()
    measures = MEASURES[:2] if measure == "generalization" else (measure,)
    frozen_forms = [change_in_regime(of, frozen) for of in measures]
    trained_forms = [change_in_regime(of, initialized) for of in measures]

    def gap(*forms: Expr) -> Expr:
        held, moved = sum(forms[: len(measures)]), sum(forms[len(measures) :])
        return held.subs(_when_frozen(), simultaneous=True) - moved.subs(
            _when_all_move(), simultaneous=True
        )

    difference = chain.cite(
        (*frozen_forms, *trained_forms),
        "what task 2 changes under freezing, less what it changes when all blocks train: d = δ − e "
        "with ‖δ‖² scaled by x in S and in C, δ orthogonal to Ee, and what is held back is noise",
        gap,
    )
    ordered = chain.rewrite(difference, _affine, "affine in x")
    chain.solve_affine(ordered, x, "which vanishes where x is less the intercept over the slope")
    return chain.done()


def _when_frozen() -> dict[Expr, Expr]:
    return {D_S: x * step_S + error, overlap: -error, N: x * step_C + error_C + sigma**2}


def _when_all_move() -> dict[Expr, Expr]:
    everything = error + error_C
    return {
        m: P,
        D_S: x * (step_S + step_C) + everything,
        overlap: -everything,
        N: sigma**2,
    }


def _affine(expression: Expr) -> Expr:
    """The expression as slope times x plus intercept, by distances, errors and noise."""
    slope = sum(factor(expression.diff(x).diff(of)) * of for of in (step_S, step_C))
    rest = expression.subs(x, 0)
    errors = sum(factor(rest.diff(of)) * of for of in (error, error_C))
    return slope * x + errors + factor(rest.diff(sigma) / (2 * sigma)) * sigma**2


def theorems() -> tuple[Theorem, ...]:
    """Critical distances."""
    over_all, under_all = Gt(P, n + 1), Gt(n, P + 1)
    pairs = (
        ("frozen and initialized overparameterized", (OVER.domain, Ge(P, m)), OVER, OVER),
        ("frozen under-, initialized overparameterized", (UNDER.domain, over_all), UNDER, OVER),
        ("both underparameterized", (UNDER.domain, under_all, Ge(P, m)), UNDER, UNDER),
    )
    return tuple(
        Theorem(
            f"critical-scale-{measure.replace('_', '-')}",
            f"x by which to scale ‖δ‖² so that freezing all but m of P leaves {words} as it is "
            "when all train (negative: there is none)",
            "the paper (small distances favour freezing); the threshold is ours",
            tuple(
                Case(regime, domain, partial(_critical, measure, frozen, initialized))
                for regime, domain, frozen, initialized in pairs
            ),
        )
        for measure, words in zip(
            MEASURES,
            ("forgetting", "the risk on task 2", "the generalization error"),
            strict=True,
        )
    )


def _critical(measure: str, frozen: Regime, initialized: Regime) -> Derivation:
    return critical_scale(measure, frozen.moments(), initialized.moments())
