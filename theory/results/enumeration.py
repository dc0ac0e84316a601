"""Variances over small discrete distributions: tests of formulas that hold for any distribution.

The variance of ‖Δ‖² and of F depends on result L only through a few moments of its variables. So a
formula in these moments is right if it is right for made-up variables of few values, all of which
are gone through one by one.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import mpmath
from sympy import Expr, Symbol

from update_magnitude.theory.proofs.equality import DIGITS, value
from update_magnitude.theory.results.symbols import D_S, alpha, error, m, n, overlap

BETA = ("0.2", "0.7")  # values of β, h and α, and the components of e_S
LENGTH = ("0.5", "1.3")
SCALE, DRIFT, ALONG, ACROSS = "0.8", "1.7", "-0.4", "0.9"
SAMPLES, MOVING = 4, 3  # n for m > n, and m for m < n
ABOVE = 9  # m for m > n


class Moments(NamedTuple):
    """The symbols of a formula that stand for moments."""

    beta_1: Symbol
    beta_2: Symbol
    h_2: Symbol
    h_4: Symbol
    length: Symbol  # Var ‖Δ‖²


def is_variance(found: Expr, moments: Moments, over: bool, forgetting: bool) -> bool:
    """Whether a formula gives the variance of ‖Δ‖², or of F, over made-up variables.

    Args:
        found: the formula.
        moments: its symbols for moments.
        over: whether m > n.
        forgetting: of F; else of ‖Δ‖².
    """
    with mpmath.workdps(DIGITS):
        outcomes = list(_over() if over else _under())
        lengths = [length for length, _ in outcomes]
        wanted = _variance([lost for _, lost in outcomes] if forgetting else lengths)
        betas, squares = (
            [mpmath.mpf(entry) for entry in BETA],
            [mpmath.mpf(entry) ** 2 for entry in LENGTH],
        )
        drift, along, across = (mpmath.mpf(entry) for entry in (DRIFT, ALONG, ACROSS))
        at = {
            **{moments.beta_1: _mean(betas), moments.beta_2: _mean([b**2 for b in betas])},
            **{moments.h_2: _mean(squares), moments.h_4: _mean([h**2 for h in squares])},
            **{moments.length: _variance(lengths), alpha: mpmath.mpf(SCALE), D_S: drift**2},
            **{error: along**2 + across**2, overlap: along * drift},
            **{n: mpmath.mpf(SAMPLES), m: mpmath.mpf(ABOVE if over else MOVING)},
        }
        return bool(abs(value(found, at) - wanted) < mpmath.mpf(10) ** (20 - DIGITS))


def _over() -> Any:
    """(‖Δ‖², F) for m > n: A = Dβ + hκ√β along d_S, the rest along τ, ⟨e_⊥, τ⟩ symmetric."""
    drift, along, across = (mpmath.mpf(entry) for entry in (DRIFT, ALONG, ACROSS))
    scale, root = mpmath.mpf(SCALE), 1 / mpmath.sqrt(SAMPLES)
    side = across / mpmath.sqrt(ABOVE - 1)
    for beta, h, sign, turn in product(BETA, LENGTH, (1, -1), (1, -1)):
        b, length, kappa = mpmath.mpf(beta), mpmath.mpf(h), sign * root
        component = drift * b + length * kappa * mpmath.sqrt(b)
        first = drift * mpmath.sqrt(b * (1 - b)) + length * kappa * mpmath.sqrt(1 - b)
        rest = first**2 + length**2 * (1 - kappa**2)
        squared = component**2 + rest
        met = along * component + mpmath.sqrt(rest) * turn * side
        yield squared, 2 * scale * met + scale**2 * squared


def _under() -> Any:
    """(‖Δ‖², F) for m < n: Δ = d_S + hν, ν one of the axes to either side."""
    drift, scale = mpmath.mpf(DRIFT), mpmath.mpf(SCALE)
    errors = [mpmath.mpf(ALONG), mpmath.mpf(ACROSS), mpmath.mpf(0)]
    for h, axis, sign in product(LENGTH, range(MOVING), (1, -1)):
        delta = [drift, mpmath.mpf(0), mpmath.mpf(0)]
        delta[axis] += sign * mpmath.mpf(h)
        squared = sum(x**2 for x in delta)
        met = sum(e * x for e, x in zip(errors, delta, strict=True))
        yield squared, 2 * scale * met + scale**2 * squared


def _mean(values: list[Any]) -> Any:
    return sum(values) / len(values)


def _variance(values: list[Any]) -> Any:
    center = _mean(values)
    return _mean([(value - center) ** 2 for value in values])
