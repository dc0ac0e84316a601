"""The two regimes of an update, and theorems that have a case in each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sympy import Expr, Gt

from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.theorem import Case
from update_magnitude.theory.results.symbols import m, n
from update_magnitude.theory.results.update import (
    UpdateMoments,
    overparameterized,
    underparameterized,
)

OURS = "ours"


class Regime(NamedTuple):
    """A regime: its name, where it holds for m parameters on n samples, and result U in it."""

    name: str
    domain: Expr
    moments: Callable[[], UpdateMoments]


OVER = Regime("overparameterized", Gt(m, n + 1), overparameterized)
UNDER = Regime("underparameterized", Gt(n, m + 1), underparameterized)
REGIMES = (OVER, UNDER)


def in_regimes(
    derive: Callable[[UpdateMoments], Derivation], *domain: Expr, cancels: bool = False
) -> tuple[Case, ...]:
    """A case per regime, with what else is asked of the symbols."""
    return tuple(
        Case(regime.name, (regime.domain, *domain), partial(_at, derive, regime), cancels=cancels)
        for regime in REGIMES
    )


def _at(derive: Callable[[UpdateMoments], Derivation], regime: Regime) -> Derivation:
    return derive(regime.moments())
