"""Result U: the first two moments of one update, given θ_{t−1}, in its two regimes.

E[Δ] = g d_S and E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I_S, with d = θ*_t − θ_{t−1}. The update
splits into the signal, a projection of d_S, and the noise, driven by Φ_Cᵀ d_C + ε, which is
𝒩(0, N I) with N = ‖d_C‖² + σ² and independent of Φ_S; the cross terms vanish in the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from sympy import Expr, Gt, Symbol, factor

from update_magnitude.scenarios.finite_moments import MEAN, degrees_of_freedom, is_finite
from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation, assumed, stated
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.lemmas import (
    WEYL,
    haar_across,
    haar_along,
    haar_first,
    inverse_chi_square,
)
from update_magnitude.theory.results.symbols import a, b, c, g, m, n, nu

OURS = "ours"
MUIRHEAD = "Muirhead, Aspects of Multivariate Statistical Theory (Wiley 1982), Theorem 3.2.12"
# Draws matrices and compares the mean of Δ and of its squares with g, a, b and c.
RESULT_U = "tests/test_lemmas.py::test_result_u_is_what_least_squares_does"

inverse = Symbol("w", positive=True)  # E[1/χ²] at the degrees of freedom at hand


@dataclass(frozen=True, eq=False)
class UpdateMoments:
    """The coefficients g, a, b, c of result U in one regime, derived; expressions in n and m."""

    regime: str
    domain: Expr  # |m − n| > 1: elsewhere the noise has no finite mean square
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

    Example:
        >>> overparameterized().g, overparameterized().c
        (n/m, n/(m*(m - n - 1)))
    """
    noise = _noise(
        n,
        m - n + 1,
        "the noise part of Δ is Φ_S (Φ_SᵀΦ_S)⁻¹ε, of second moment N E[Φ (ΦᵀΦ)⁻² Φᵀ], which is "
        "c N I by rotation invariance: m c is its trace E tr (ΦᵀΦ)⁻¹, n diagonal entries of mean w",
    )
    signal = {g: haar_first(), a: haar_along(), b: haar_across()}
    return UpdateMoments("overparameterized", Gt(m, n + 1), {**signal, c: noise})


@cache
def underparameterized() -> UpdateMoments:
    """Result U for n > m + 1, where the samples determine the update.

    The signal is d_S itself: Φ_SᵀΔ = Φ_Sᵀd_S has that one least-squares solution, so that the
    projection is I, which is the one of rank m.

    Example:
        >>> underparameterized().c
        -1/(m - n + 1)
    """
    noise = _noise(
        m,
        n - m + 1,
        "the noise part of Δ is (Φ_SΦ_Sᵀ)⁻¹Φ_Sε, of second moment N E[(ΦΦᵀ)⁻¹], which is c N I by "
        "rotation invariance: m c is its trace, m diagonal entries of mean w",
    )
    signal = {g: haar_first(), a: haar_along(), b: haar_across()}
    whole = {symbol: _of_full_rank(moment) for symbol, moment in signal.items()}
    return UpdateMoments("underparameterized", Gt(n, m + 1), {**whole, c: noise})


def regimes() -> tuple[UpdateMoments, UpdateMoments]:
    """Result U on both sides of m = n."""
    return overparameterized(), underparameterized()


def in_regimes(
    derive: Callable[[UpdateMoments], Derivation], *domain: Expr, cancels: bool = False
) -> tuple[Case, ...]:
    """A case of a theorem per regime, with what else is asked of the symbols."""
    return tuple(
        Case(one.regime, (one.domain, *domain), partial(derive, one), cancels=cancels)
        for one in regimes()
    )


def moments_at(samples: int, size: int) -> UpdateMoments | None:
    """Result U for an update of m = size parameters, or None where its noise has no finite mean.

    Example:
        >>> moments_at(8, 32).regime, moments_at(8, 9)
        ('overparameterized', None)
    """
    if not is_finite(MEAN, degrees_of_freedom(size, samples)):
        return None
    return overparameterized() if size > samples else underparameterized()


def put_in_means(chain: Chain, means: Mapping[Expr, Expr], because: str) -> None:
    """Put means given θ_{t−1} in the place of products with Δ, as result U has them."""
    chain.replace(means, because, stated(RESULT_U), "conditional expectation (result U)")


@derivation
def _of_full_rank(chain: Chain, moment: Derivation) -> None:
    """A moment of the projection of rank n, for n = m: that of Q = I."""
    chain.cite(moment, "the moment of a projection of rank n")
    chain.specialize({n: m}, "more samples than parameters span ℝ^m: rank m")
    chain.rewrite(factor, "in factors")


@derivation
def _noise(chain: Chain, count: Symbol, freedom: Expr, because: str) -> None:
    """The coefficient c: the trace of the noise over m, w = E[1/χ²_ν] for each diagonal entry."""
    chain.assume(m * c - count * inverse, because, WEYL)
    per_entry = chain.solve(c, "so each parameter takes its share")
    chain.cite(inverse_chi_square(), "the mean of 1/χ²_ν")
    mean = chain.specialize({nu: freedom}, "at the degrees of freedom of an entry")
    chain.substitute(
        {inverse: mean},
        "each diagonal entry of the inverse of a Wishart matrix of k × k with f degrees of freedom "
        "is 1/χ²_ν with ν = f − k + 1 (a Schur complement)",
        "lemma",
        assumed(MUIRHEAD),
        per_entry,
    )
    chain.rewrite(factor, "in factors")


def theorems() -> tuple[Theorem, ...]:
    """Result U: the coefficient that is no moment of a projection."""
    statement = "E[ΔΔᵀ] = a d_S d_Sᵀ + (b ‖d_S‖² + c N) I: the coefficient c"
    cases = in_regimes(lambda moments: moments.derived[c])
    return (Theorem("update-noise", statement, f"{OURS} (result U)", cases),)
