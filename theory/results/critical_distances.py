"""The critical distance: where freezing and training all blocks come out the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from sympy import Expr, Ge, Gt, Integer, Symbol, factor

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import DEFINITION
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import OVER, UNDER, Regime
from update_magnitude.theory.results.symbols import (
    P,
    error,
    error_C,
    m,
    meet_C,
    meet_S,
    n,
    sigma,
    step_C,
    step_S,
    x,
)
from update_magnitude.theory.results.two_tasks import change_in_regime, open_drift
from update_magnitude.theory.results.update import UpdateMoments

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
    held, moved = _changes(measure, frozen, _when_frozen), _changes(measure, initialized, _all_move)
    chain = Chain()
    difference = chain.combine(
        sum(held) - sum(moved),
        held | moved,
        "what task 2 changes under freezing, less what it changes when all blocks train",
    )
    ordered = chain.rewrite(difference, _affine, "affine in x")
    chain.solve_affine(ordered, x, "which vanishes where x is less the intercept over the slope")
    return chain.done()


def _changes(
    measure: str, moments: UpdateMoments, strategy: Callable[[str, UpdateMoments], Derivation]
) -> dict[Symbol, Derivation]:
    """What a strategy changes the risks by that a measure is made of, by a symbol for each."""
    measures = MEASURES[:2] if measure == "generalization" else (measure,)
    name = "all" if strategy is _all_move else "frozen"
    letters = {"forgetting": "F", "second_risk": "R"}
    return {Symbol(f"{letters[one]}_{name}"): strategy(one, moments) for one in measures}


@cache
def _when_frozen(measure: str, moments: UpdateMoments) -> Derivation:
    """The change with ‖δ‖² scaled by x, when S trains and C is held."""
    chain = Chain()
    _scaled(chain, measure, moments)
    return chain.done()


@cache
def _all_move(measure: str, moments: UpdateMoments) -> Derivation:
    """The change with ‖δ‖² scaled by x, when all parameters train."""
    chain = Chain()
    scaled = _scaled(chain, measure, moments)
    everything = chain.specialize(scaled, {m: P}, "all P parameters train")
    chain.replace(
        everything,
        {error: error + error_C, step_S: step_S + step_C, error_C: Integer(0), step_C: Integer(0)},
        "S is everything and nothing is held back",
        DEFINITION,
    )
    return chain.done()


def _scaled(chain: Chain, measure: str, moments: UpdateMoments) -> int:
    change = chain.cite(change_in_regime(measure, moments), "what task 2 changes")
    opened = open_drift(chain, change)
    return chain.replace(
        opened,
        {meet_S: Integer(0), meet_C: Integer(0), step_S: x * step_S, step_C: x * step_C},
        "δ orthogonal to Ee, with ‖δ‖² scaled by x in S and in C",
        DEFINITION,
    )


def _affine(expression: Expr) -> Expr:
    """The expression as slope times x plus intercept, by distances, errors and noise."""
    slope = sum(factor(expression.diff(x).diff(entry)) * entry for entry in (step_S, step_C))
    rest = expression.subs(x, 0)
    errors = sum(factor(rest.diff(entry)) * entry for entry in (error, error_C))
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
