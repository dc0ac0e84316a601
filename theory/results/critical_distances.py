"""The critical distance: where freezing and training all blocks come out the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sympy import Expr, Ge, Gt, Integer, Symbol, factor

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.explicit import GENERALIZATION, MEASURES
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
)
from update_magnitude.theory.results.two_tasks import (
    FORGETTING,
    SECOND_RISK,
    change_in_regime,
    open_gap,
)
from update_magnitude.theory.results.update import UpdateMoments, regimes

x = Symbol("x", nonnegative=True)  # the factor of the squared distances


def slope_in_distance(
    measure: str, frozen: UpdateMoments, initialized: UpdateMoments
) -> tuple[Expr, Expr]:
    """Slope and intercept, in the factor x of the squared distances, of frozen − initialized."""
    difference = critical_scale(measure, frozen, initialized).lines[-2].result
    return difference.diff(x), difference.subs(x, 0)


@derivation
def critical_scale(
    chain: Chain, measure: str, frozen: UpdateMoments, initialized: UpdateMoments
) -> None:
    """The factor x of the squared distances at which both strategies come out the same.

    The step δ is orthogonal to Ee, so the difference frozen − initialized is affine in x, and x is
    its root. Freezing is better below it where the slope in x is positive. None exists where the
    root is negative. ``frozen`` is result U for m of P parameters, ``initialized`` for all P.
    """
    held = _changes(measure, "frozen", partial(_when_frozen, moments=frozen))
    moved = _changes(measure, "all", partial(_all_move, moments=initialized))
    chain.combine(
        sum(held) - sum(moved),
        held | moved,
        "what task 2 changes under freezing, less what it changes when all blocks train",
    )
    chain.rewrite(_affine, "affine in x")
    chain.solve_affine(x, "which vanishes at x = −intercept/slope")


def _changes(
    measure: str, name: str, change: Callable[[str], Derivation]
) -> dict[Symbol, Derivation]:
    """What a strategy changes the risks by whose sum a measure moves as, by a symbol for each."""
    letters = {FORGETTING: "F", SECOND_RISK: "R"}
    measures = letters if measure == GENERALIZATION else (measure,)
    return {Symbol(f"{letters[one]}_{name}"): change(one) for one in measures}


@derivation
def _when_frozen(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """The change with ‖δ‖² scaled by x, when S trains and C is frozen."""
    _scaled(chain, measure, moments)


@derivation
def _all_move(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    """The change with ‖δ‖² scaled by x, when all parameters train."""
    _scaled(chain, measure, moments)
    chain.specialize({m: P}, "all P parameters train")
    chain.replace(
        {error: error + error_C, step_S: step_S + step_C, error_C: Integer(0), step_C: Integer(0)},
        "S is everything and nothing is frozen",
    )


def _scaled(chain: Chain, measure: str, moments: UpdateMoments) -> None:
    chain.cite(change_in_regime(measure, moments), "what task 2 changes")
    open_gap(chain)
    chain.replace(
        {meet_S: Integer(0), meet_C: Integer(0), step_S: x * step_S, step_C: x * step_C},
        "δ orthogonal to Ee, with ‖δ‖² scaled by x in S and in C",
    )


def _affine(expression: Expr) -> Expr:
    """The expression as slope times x plus intercept, by distances, errors and noise."""
    slope = sum(factor(expression.diff(x).diff(length)) * length for length in (step_S, step_C))
    rest = expression.subs(x, 0)
    errors = sum(factor(rest.diff(length)) * length for length in (error, error_C))
    return slope * x + errors + factor(rest.diff(sigma) / (2 * sigma)) * sigma**2


def theorems() -> tuple[Theorem, ...]:
    """Critical distances."""
    over, under = regimes()
    over_all, under_all, held = Gt(P, n + 1), Gt(n, P + 1), Ge(P, m)
    pairs = (
        ("frozen and initialized overparameterized", (over.domain, held), over, over),
        ("frozen under-, initialized overparameterized", (under.domain, over_all), under, over),
        ("both underparameterized", (under.domain, under_all, held), under, under),
    )
    words = ("forgetting", "the risk on task 2", "the generalization error")
    return tuple(
        Theorem(
            f"critical-scale-{measure.replace('_', '-')}",
            f"the factor x of ‖δ‖² at which training m of P parameters and training all P give "
            f"{name} the same value; if it is negative, there is none",
            "the paper (small distances favour freezing); the threshold is ours",
            tuple(
                Case(regime, domain, partial(critical_scale, measure, frozen, initialized))
                for regime, domain, frozen, initialized in pairs
            ),
        )
        for measure, name in zip(MEASURES, words, strict=True)
    )
