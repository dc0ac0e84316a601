"""Result U: the first two moments of one update, given θ_{t−1}.

E[Δ] = g d_S and E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I_S, with d = θ*_t − θ_{t−1}. The update
splits into the signal, a projection of d_S, and the noise, driven by Φ_Cᵀ d_C + ε, which is
N(0, N I) with N = ‖d_C‖² + σ² and independent of Φ_S; the cross terms vanish in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Expr, Integer, factor

from theory.lemmas import haar_moments, inverse_chi_square
from theory.symbols import m, n, nu


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

    The signal is Q d_S, Q the Haar-random projection on the span of the n columns of Φ_S. The noise
    is Φ_S (Φ_SᵀΦ_S)⁻¹ε, with second moment N E[Φ (ΦᵀΦ)⁻² Φᵀ]: isotropic, of trace
    N E tr (ΦᵀΦ)⁻¹. By the Schur complement each diagonal entry of (ΦᵀΦ)⁻¹ is 1/χ²_{m−n+1}.

    Returns:
        g, a, b, c; c is the mean of the noise only where m − n + 1 > 2.

    Example:
        >>> overparameterized().g, overparameterized().c
        (n/m, n/(m*(m - n - 1)))

    Source: DESIGN §2, result U.
    """
    projection = haar_moments()
    trace = n * inverse_chi_square().subs(nu, m - n + 1)
    return UpdateMoments(
        regime="overparameterized",
        g=projection.first,
        a=projection.along,
        b=projection.across,
        c=factor(trace / m),
    )


@cache
def underparameterized() -> UpdateMoments:
    """Result U for n > m + 1, where the samples determine the update.

    The signal is d_S itself: Φ_SᵀΔ = Φ_Sᵀd_S has that one least-squares solution. The noise
    (ΦΦᵀ)⁻¹Φε has second moment N E[(ΦΦᵀ)⁻¹], isotropic, each diagonal entry 1/χ²_{n−m+1}.

    Returns:
        g, a, b, c; c is the mean of the noise only where n − m + 1 > 2.

    Example:
        >>> underparameterized().c
        -1/(m - n + 1)

    Source: DESIGN §2, result U.
    """
    return UpdateMoments(
        regime="underparameterized",
        g=Integer(1),
        a=Integer(1),
        b=Integer(0),
        c=factor(inverse_chi_square().subs(nu, n - m + 1)),
    )


def moments_at(samples: int, size: int) -> UpdateMoments | None:
    """Result U for an update of m = size parameters, or None where its noise has no finite mean.

    Example:
        >>> moments_at(8, 32).regime
        'overparameterized'
        >>> moments_at(8, 9) is None
        True
    """
    if abs(size - samples) <= 1:
        return None
    return overparameterized() if size > samples else underparameterized()
