"""Result U: the first two moments of one update, given θ_{t−1}.

E[Δ] = g d_S and E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I_S, with d = θ*_t − θ_{t−1}. The update
splits into the signal, a projection of d_S, and the noise, driven by Φ_Cᵀ d_C + ε, which is
N(0, N I) with N = ‖d_C‖² + σ² and independent of Φ_S; the cross terms vanish in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Expr, Symbol, factor

from update_magnitude.scenarios.finite_moments import MEAN, degrees_of_freedom, is_finite
from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.kinds import MUIRHEAD, WEYL, assumed
from update_magnitude.theory.results.lemmas import (
    haar_across,
    haar_along,
    haar_first,
    inverse_chi_square,
)
from update_magnitude.theory.results.symbols import a, b, c, g, inverse, m, n, nu

# Draws matrices and compares the mean of Δ and of its squares with g, a, b and c.
RESULT_U = "tests/test_lemmas.py::test_result_u_is_what_least_squares_does"


@dataclass(frozen=True, eq=False)
class UpdateMoments:
    """The coefficients g, a, b, c of result U in one regime, derived; expressions in n and m."""

    regime: str
    derived: dict[Symbol, Derivation]  # by symbol, to be put into a derivation

    @property
    def g(self) -> Expr:
        """E[Δ] = g d_S."""
        return self.derived[g].result

    @property
    def a(self) -> Expr:
        """The coefficient of d_S d_Sᵀ in E[ΔΔᵀ]."""
        return self.derived[a].result

    @property
    def b(self) -> Expr:
        """The coefficient of ‖d_S‖² I in E[ΔΔᵀ]."""
        return self.derived[b].result

    @property
    def c(self) -> Expr:
        """The coefficient of N I in E[ΔΔᵀ]."""
        return self.derived[c].result


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
    return UpdateMoments(
        "overparameterized",
        {g: haar_first(), a: haar_along(), b: haar_across(), c: overparameterized_noise()},
    )


@cache
def underparameterized() -> UpdateMoments:
    """Result U for n > m + 1, where the samples determine the update.

    The signal is d_S itself: Φ_SᵀΔ = Φ_Sᵀd_S has that one least-squares solution, so that the
    projection is I, which is the one of rank m.

    Returns:
        g, a, b, c; c is the mean of the noise only where n − m + 1 > 2.

    Example:
        >>> underparameterized().c
        -1/(m - n + 1)

    Source: docs/model.md, result U.
    """
    signal = {g: haar_first(), a: haar_along(), b: haar_across()}
    whole = {symbol: _of_full_rank(moment) for symbol, moment in signal.items()}
    return UpdateMoments("underparameterized", {**whole, c: underparameterized_noise()})


def _of_full_rank(moment: Derivation) -> Derivation:
    """A moment of the projection of rank n, for n = m: that of Q = I."""
    chain = Chain()
    known = chain.cite(moment, "the moment of a projection of rank n")
    whole = chain.specialize(known, {n: m}, "more samples than parameters span ℝ^m: rank m")
    chain.rewrite(whole, factor, "in factors")
    return chain.done()


@cache
def overparameterized_noise() -> Derivation:
    """The coefficient c for m > n + 1."""
    return _noise(
        n * inverse,
        m - n + 1,
        "the noise part of Δ is Φ_S (Φ_SᵀΦ_S)⁻¹ε, of second moment N E[Φ (ΦᵀΦ)⁻² Φᵀ], which is "
        "c N I by rotation invariance: m c is its trace E tr (ΦᵀΦ)⁻¹, n diagonal entries of mean w",
    )


@cache
def underparameterized_noise() -> Derivation:
    """The coefficient c for n > m + 1."""
    return _noise(
        m * inverse,
        n - m + 1,
        "the noise part of Δ is (Φ_SΦ_Sᵀ)⁻¹Φ_Sε, of second moment N E[(ΦΦᵀ)⁻¹], which is c N I by "
        "rotation invariance: m c is its trace, m diagonal entries of mean w",
    )


def _noise(trace: Expr, freedom: Expr, because: str) -> Derivation:
    """The coefficient c from the trace of the noise, with E[1/χ²_ν] in the place of w."""
    chain = Chain()
    balance = chain.assume(m * c - trace, because, WEYL)
    per_entry = chain.solve(balance, c, "so each parameter takes its share")
    mean = chain.cite(inverse_chi_square(), "the mean of 1/χ²_ν")
    of_freedom = chain.specialize(mean, {nu: freedom}, "at the degrees of freedom of an entry")
    value = chain.substitute(
        per_entry,
        {inverse: of_freedom},
        "each diagonal entry of the inverse of a Wishart matrix of k × k with f degrees of freedom "
        "is 1/χ²_ν with ν = f − k + 1 (a Schur complement)",
        "lemma",
        assumed(MUIRHEAD),
    )
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
