"""Result U: the first two moments of one update, given θ_{t−1}.

E[Δ] = g d_S and E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I_S, with d = θ*_t − θ_{t−1}. The update
splits into the signal, a projection of d_S, and the noise, driven by Φ_Cᵀ d_C + ε, which is
N(0, N I) with N = ‖d_C‖² + σ² and independent of Φ_S; the cross terms vanish in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Expr, Integer, factor

from update_magnitude.scenarios.finite_moments import MEAN, degrees_of_freedom, is_finite
from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.lemmas import haar_moments, inverse_chi_square
from update_magnitude.theory.symbols import inverse, m, n, nu


@dataclass(frozen=True)
class UpdateMoments:
    """The coefficients g, a, b, c of result U in one regime, as expressions in n and m."""

    regime: str
    g: Expr
    a: Expr
    b: Expr
    c: Expr


@cache
def overparameterized() -> UpdateMoments:
    """Result U for m > n + 1, where the update interpolates the samples.

    The signal is Q d_S, Q the Haar-random projection on the span of the n columns of Φ_S.

    Returns:
        g, a, b, c; c is the mean of the noise only where m − n + 1 > 2.

    Example:
        >>> overparameterized().g, overparameterized().c
        (n/m, n/(m*(m - n - 1)))

    Source: docs/model.md, result U.
    """
    projection = haar_moments()
    return UpdateMoments(
        regime="overparameterized",
        g=projection.first,
        a=projection.along,
        b=projection.across,
        c=overparameterized_noise().result,
    )


@cache
def underparameterized() -> UpdateMoments:
    """Result U for n > m + 1, where the samples determine the update.

    The signal is d_S itself: Φ_SᵀΔ = Φ_Sᵀd_S has that one least-squares solution.

    Returns:
        g, a, b, c; c is the mean of the noise only where n − m + 1 > 2.

    Example:
        >>> underparameterized().c
        -1/(m - n + 1)

    Source: docs/model.md, result U.
    """
    return UpdateMoments(
        regime="underparameterized",
        g=Integer(1),
        a=Integer(1),
        b=Integer(0),
        c=underparameterized_noise().result,
    )


@cache
def overparameterized_noise() -> Derivation:
    """The coefficient c for m > n + 1."""
    chain = Chain()
    trace = chain.given(
        n * inverse / m,
        "the noise part of Δ is Φ_S (Φ_SᵀΦ_S)⁻¹ε, of second moment N E[Φ (ΦᵀΦ)⁻² Φᵀ]: isotropic by "
        "rotation invariance, of trace N E tr (ΦᵀΦ)⁻¹; by the Schur complement each of the n "
        "diagonal entries of (ΦᵀΦ)⁻¹ is 1/χ² with m − n + 1 degrees of freedom, of mean w",
    )
    return _with_chi_square(chain, trace, m - n + 1)


@cache
def underparameterized_noise() -> Derivation:
    """The coefficient c for n > m + 1."""
    chain = Chain()
    entry = chain.given(
        inverse,
        "the noise part of Δ is (Φ_SΦ_Sᵀ)⁻¹Φ_Sε, of second moment N E[(ΦΦᵀ)⁻¹]: isotropic, and by "
        "the Schur complement each diagonal entry is 1/χ² with n − m + 1 degrees of freedom, of "
        "mean w",
    )
    return _with_chi_square(chain, entry, n - m + 1)


def _with_chi_square(chain: Chain, line: int, freedom: Expr) -> Derivation:
    """Put E[1/χ²_ν] in the place of w."""
    mean = inverse_chi_square().result.subs(nu, freedom)
    value = chain.substitute(line, {inverse: mean}, "by the mean of 1/χ²_ν", "lemma")
    chain.rewrite(value, factor, "in factors")
    return chain.done()


def moments_at(samples: int, size: int) -> UpdateMoments | None:
    """Result U for an update of m = size parameters, or None where its noise has no finite mean.

    Example:
        >>> moments_at(8, 32).regime
        'overparameterized'
        >>> moments_at(8, 9) is None
        True
    """
    if not is_finite(MEAN, degrees_of_freedom(size, samples)):
        return None
    return overparameterized() if size > samples else underparameterized()
