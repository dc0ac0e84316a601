"""The proximal update at finite size: what its limit misses, to the order of 1/m.

The limit n, m → ∞ takes tr (A + λ)^{−k}/m for its limit s_k. At finite m its mean is
s_k + M_k/m + O(1/m²): the mean of Bai and Silverstein's central limit theorem for linear statistics
of sample covariance matrices with real Gaussian entries.
"""

from __future__ import annotations

from functools import partial

import mpmath
from sympy import Expr, Symbol, cos, pi, sqrt

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.equality import integrates
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.proximal import (
    MEASURES,
    POSITIVE,
    change,
    gamma,
    s_1,
    s_2,
    solve_for_next,
)
from update_magnitude.theory.results.symbols import lam

SOURCE = "ours; the lemma is Bai and Silverstein's (Ann. Probab. 32, 2004)"
BAI_SILVERSTEIN = "Bai and Silverstein, Ann. Probab. 32 (2004), 553-605, Theorem 1.1"
# Draws matrices and compares the mean of tr (A + λ)^{−k}/m with s_k + M_k/m.
SPECTRA = "tests/test_proximal.py::test_the_correction_is_what_spectra_of_random_matrices_show"

INVERSE = Symbol("u", nonnegative=True)  # 1/m
BETWEEN = Symbol("j", positive=True)  # the integral between the edges of the spectrum, divided by π
M_1, M_2 = Symbol("M_1", real=True), Symbol("M_2", real=True)


@derivation
def first_correction(chain: Chain) -> None:
    """M_1 = ¼(1/√(λ + a) − 1/√(λ + b))², a and b = (1 ∓ √γ)²."""
    low, high = (1 - sqrt(gamma)) ** 2, (1 + sqrt(gamma)) ** 2
    f_low, f_high = 1 / (lam + low), 1 / (lam + high)
    mean = chain.assume(
        (f_low + f_high) / 4 - BETWEEN / 2,
        "Bai and Silverstein: the sum of f over the eigenvalues has the mean m∫f + "
        "(f(a) + f(b))/4 − (1/2π)∫ f(x)/√((b − x)(x − a)) dx + o(1) with a, b = (1 ∓ √γ)²; here "
        "f = 1/(x + λ), and the last integral is π j",
        BAI_SILVERSTEIN,
    )
    integral = chain.state(
        sqrt(f_low * f_high),
        "j = (1/π)∫ dx/((x + λ)√((b − x)(x − a))) from a to b",
        SPECTRA,
        _is_between,
        "integration",
    )
    chain.substitute({BETWEEN: integral}, "with this j", line=mean)


def _is_between(formula: Expr) -> bool:
    """Whether quadrature gives the same integral, with x = 1 + γ + 2√γ cos φ."""
    angle = Symbol("angle", real=True)
    along = 1 / (pi * (lam + 1 + gamma + 2 * sqrt(gamma) * cos(angle)))
    return all(
        integrates(along, angle, (0, mpmath.pi), formula, {gamma: ratio, lam: penalty})
        for ratio, penalty in ((4, 2), (9, 1), (1, 3))
    )


@derivation
def second_correction(chain: Chain) -> None:
    """M_2 = −dM_1/dλ, as s_2 = −ds_1/dλ."""
    chain.cite(first_correction(), "M_1")
    solve_for_next(chain, 1, M_2)


@derivation
def correction(chain: Chain, measure: str) -> None:
    """What the limit of the risk, or of forgetting, misses, times m; as m → ∞."""
    chain.cite(change(measure), "in s_1 and s_2, of which it is affine")
    finite = {s_1: s_1 + INVERSE * M_1, s_2: s_2 + INVERSE * M_2}
    chain.replace(finite, "at finite size s_k + u M_k stands for s_k, u = 1/m")
    chain.differentiate(INVERSE, "what u multiplies")
    moments = {M_1: first_correction(), M_2: second_correction()}
    chain.substitute(moments, "with M_1 and M_2", "theorem")


def theorems() -> tuple[Theorem, ...]:
    """What the limits miss."""
    return tuple(
        Theorem(
            f"proximal-{measure}-size",
            f"m times what is missing of {words} in the limit m/n → γ: it shrinks like 1/m",
            SOURCE,
            one_case(partial(correction, measure), *POSITIVE, cancels=True),
        )
        for measure, words in MEASURES.items()
    )
