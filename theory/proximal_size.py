"""The proximal update at finite size: what its limit misses, to the order of 1/m.

The limit n, m → ∞ takes tr (A + λ)^{−k}/m for its limit s_k. At finite m its mean is
s_k + M_k/m + O(1/m²): the mean of Bai and Silverstein's central limit theorem for linear statistics
of sample covariance matrices with real Gaussian entries.
"""

from __future__ import annotations

from functools import cache, partial

from sympy import Gt, Symbol, sqrt

from update_magnitude.theory.derivation import Chain, Derivation
from update_magnitude.theory.proximal import FORGETTING, RISK, change
from update_magnitude.theory.statements import Case, Theorem
from update_magnitude.theory.symbols import gamma, lam, s_1, s_2

SOURCE = "ours; the lemma is Bai and Silverstein's (Ann. Probab. 32, 2004)"
INVERSE = Symbol("u", nonnegative=True)  # 1/m
M_1, M_2 = Symbol("M_1", real=True), Symbol("M_2", real=True)


@cache
def first_correction() -> Derivation:
    """M_1 = ¼(1/√(λ + a) − 1/√(λ + b))², a and b = (1 ∓ √γ)²."""
    chain = Chain()
    low, high = (1 - sqrt(gamma)) ** 2, (1 + sqrt(gamma)) ** 2
    f_low, f_high = 1 / (lam + low), 1 / (lam + high)
    chain.given(
        (f_low + f_high) / 4 - sqrt(f_low * f_high) / 2,
        "Bai and Silverstein: the sum of f over the eigenvalues has the mean m∫f + "
        "(f(a) + f(b))/4 − (1/2π)∫ f(x)/√((b − x)(x − a)) dx + o(1) with a, b = (1 ∓ √γ)²; for "
        "f = 1/(x + λ) the integral is π/√((λ + a)(λ + b))",
        "lemma",
    )
    return chain.done()


@cache
def second_correction() -> Derivation:
    """M_2 = −dM_1/dλ, as s_2 = −ds_1/dλ."""
    chain = Chain()
    first = chain.cite(first_correction(), "M_1")
    slope = chain.derive(first, lam, "d/dλ of (x + λ)^{−1} is −(x + λ)^{−2}")
    chain.rewrite(slope, lambda found: -found, "so M_2 is minus the slope")
    return chain.done()


@cache
def correction(measure: str) -> Derivation:
    """What the limit of the risk, or of forgetting, misses, times m; as m → ∞."""
    chain = Chain()
    form = chain.cite(change(measure), "in s_1 and s_2, of which it is affine")
    finite = chain.substitute(
        form,
        {s_1: s_1 + INVERSE * M_1, s_2: s_2 + INVERSE * M_2},
        "at finite size s_k + u M_k stands for s_k, u = 1/m",
    )
    slope = chain.derive(finite, INVERSE, "what u multiplies")
    moments = {M_1: first_correction().result, M_2: second_correction().result}
    chain.substitute(slope, moments, "with M_1 and M_2", "theorem")
    return chain.done()


def theorems() -> tuple[Theorem, ...]:
    """What the limits miss."""
    positive = tuple(Gt(of, 0, evaluate=False) for of in (gamma, lam))
    words = {
        RISK: "the risk R_2 in the trained blocks after a proximal update",
        FORGETTING: "forgetting by a proximal update",
    }
    return tuple(
        Theorem(
            f"proximal-{measure}-size",
            f"m times what is missing of {what} in the limit m/n → γ: it shrinks like 1/m",
            SOURCE,
            (Case("", positive, partial(correction, measure), cancels=True),),
        )
        for measure, what in words.items()
    )
