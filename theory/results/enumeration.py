"""Variances over small discrete distributions: tests of formulas that hold for any distribution.

The variance of ‖Δ‖² and of F depends on result L only through a few moments of its variables. So a
formula in these moments is right if it is right for made-up variables of few values, all of which
are gone through one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import mpmath
from sympy import Expr, Symbol

from update_magnitude.theory.proofs.equality import DIGITS, value
from update_magnitude.theory.results.symbols import D_S, alpha, error, m, n, overlap

# Symbols for the moments E β, E β², E h², E h⁴ and Var ‖Δ‖².
beta_1, beta_2 = Symbol("beta_1", positive=True), Symbol("beta_2", positive=True)
h_2, h_4 = Symbol("h_2", positive=True), Symbol("h_4", positive=True)
length_variance = Symbol("v_X", positive=True)

SAMPLES, MOVING = 4, 3  # n, and m < n
ABOVE = 9  # m > n

with mpmath.workdps(DIGITS):
    BETAS = [mpmath.mpf(number) for number in ("0.2", "0.7")]  # values of β and of h
    LENGTHS = [mpmath.mpf(number) for number in ("0.5", "1.3")]
    SCALE, LENGTH = mpmath.mpf("0.8"), mpmath.mpf("1.7")  # α and ‖d_S‖
    ALONG, ACROSS = mpmath.mpf("-0.4"), mpmath.mpf("0.9")  # e_S along d_S and across it


def is_variance(formula: Expr, over: bool, forgetting: bool) -> bool:
    """Whether a formula gives the variance of F, or else of ‖Δ‖², over made-up variables."""
    with mpmath.workdps(DIGITS):
        outcomes = list(_over() if over else _under())
        lengths = [length for length, _ in outcomes]
        wanted = _variance([lost for _, lost in outcomes] if forgetting else lengths)
        squares = [h**2 for h in LENGTHS]
        point = {
            **{beta_1: _mean(BETAS), beta_2: _mean([b**2 for b in BETAS])},
            **{h_2: _mean(squares), h_4: _mean([square**2 for square in squares])},
            **{length_variance: _variance(lengths), alpha: SCALE, D_S: LENGTH**2},
            **{error: ALONG**2 + ACROSS**2, overlap: ALONG * LENGTH},
            **{n: mpmath.mpf(SAMPLES), m: mpmath.mpf(ABOVE if over else MOVING)},
        }
        return bool(abs(value(formula, point) - wanted) < mpmath.mpf(10) ** (20 - DIGITS))


def _over() -> Iterator[tuple[mpmath.mpf, mpmath.mpf]]:
    """(‖Δ‖², F) for m > n: A = ‖d_S‖β + hκ√β along d_S, the rest along τ, ⟨e_⊥, τ⟩ symmetric."""
    root, side = 1 / mpmath.sqrt(SAMPLES), ACROSS / mpmath.sqrt(ABOVE - 1)
    for b, h, sign, turn in product(BETAS, LENGTHS, (1, -1), (1, -1)):
        kappa = sign * root
        component = LENGTH * b + h * kappa * mpmath.sqrt(b)
        first = LENGTH * mpmath.sqrt(b * (1 - b)) + h * kappa * mpmath.sqrt(1 - b)
        rest = first**2 + h**2 * (1 - kappa**2)
        squared = component**2 + rest
        met = ALONG * component + mpmath.sqrt(rest) * turn * side
        yield squared, 2 * SCALE * met + SCALE**2 * squared


def _under() -> Iterator[tuple[mpmath.mpf, mpmath.mpf]]:
    """(‖Δ‖², F) for m < n: Δ = d_S + hu, u one of the axes to either side."""
    for h, axis, sign in product(LENGTHS, range(MOVING), (1, -1)):
        delta = [LENGTH, mpmath.mpf(0), mpmath.mpf(0)]
        delta[axis] += sign * h
        squared = sum(x**2 for x in delta)
        met = ALONG * delta[0] + ACROSS * delta[1]
        yield squared, 2 * SCALE * met + SCALE**2 * squared


def _mean(values: Sequence[mpmath.mpf]) -> mpmath.mpf:
    return sum(values) / len(values)


def _variance(values: Sequence[mpmath.mpf]) -> mpmath.mpf:
    center = _mean(values)
    return _mean([(value - center) ** 2 for value in values])
