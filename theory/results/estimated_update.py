"""What the closed form of the optimal update needs, estimated from the samples of the task itself.

It needs ‖d_b‖² and N. With x_i = r_i φ_i in block b (features of variance 1), E x_i = d_b, so the
mean of ⟨x_i, x_j⟩ over all pairs of different samples estimates ‖d_b‖² without bias; and since
E r² = ‖d‖² + N, the mean of r_i² less that of ⟨x_i, x_j⟩ over all parameters estimates N. Both are
means of a kernel over pairs, whose variance comes down to two variances of the kernel.
"""

from __future__ import annotations

from itertools import permutations

from sympy import Expr, Gt, Integer, Symbol, expand, factor, simplify

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Theorem, one_case
from update_magnitude.theory.results.lemmas import chi_square_moment
from update_magnitude.theory.results.optimal_update import D_b
from update_magnitude.theory.results.symbols import D_S, N, P, n, nu, p

OURS = "ours (Hoeffding's variance of a mean over pairs, derived here)"
# Draws samples and estimates, and compares their means and variances.
DRAWN = "tests/test_estimated_update.py::test_estimates_from_pairs_of_samples"

SQUARED = "the squared relative error of that estimate"
WORDS = {
    "drift-variance": "the variance of the mean of ⟨x_i, x_j⟩ over all pairs of n samples, x_i = "
    "r_i φ_i in block b (v_b = 1), an unbiased estimate of ‖d_b‖²; E r² = ‖d‖² + N over all blocks",
    "drift-error": f"{SQUARED}: above 1 where n is below about √(2p_b) E r²/‖d_b‖²",
    "drift-floor": "the variance of that estimate as ‖d_b‖² → 0: it does not vanish",
    "noise-variance": "the variance of the mean of r_i² less that of ⟨x_i, x_j⟩ over all P "
    "parameters, an unbiased estimate of N; ‖d_S‖² = ‖d‖² of all of them",
    "noise-error": SQUARED,
    "noise-floor": "the variance of that estimate as N → 0: it does not vanish",
    "noise-by-residuals": "the squared relative error of N by ‖r − ΦᵀΔ‖²/(n − P), Δ the "
    "least-squares solution: unlike that from pairs of samples, small for n well above P",
}

residual = symbol(
    "s",
    "E r²",
    r"\mathrm{E} r^2",
    meaning="mean of one sample's squared residual: ‖d‖² of all blocks plus the noise N",
    positive=True,
)
ONE = Symbol("zeta_1", nonnegative=True)  # variance of what one sample says of the kernel
TWO = Symbol("zeta_2", nonnegative=True)  # variance of the kernel


@derivation
def variance_of_pairs(chain: Chain) -> None:
    """The variance of the mean of a kernel over the n(n − 1)/2 pairs of n samples."""
    pairs = n * (n - 1)
    chain.computed(
        (4 * pairs * (n - 2) * ONE + 2 * pairs * TWO) / pairs**2,
        "the covariances of n(n − 1) ordered pairs with each other: 2 have both samples in common, "
        "ζ_2; 4(n − 2) have one, ζ_1; others none, and no covariance",
        "counting",
        _is_counted,
    )
    chain.rewrite(factor, "in factors")


def _is_counted(formula: Expr) -> bool:
    """Whether counting the common samples of all pairs of pairs gives the same."""
    weights = {0: Integer(0), 1: ONE, 2: TWO}
    for size in (2, 3, 5):
        pairs = list(permutations(range(size), 2))
        total = sum(weights[len({*one} & {*other})] for one in pairs for other in pairs)
        if expand(formula.subs(n, size) - total / len(pairs) ** 2) != 0:
            return False
    return True


@derivation
def drift_variance(chain: Chain) -> None:
    """The variance of the estimate of ‖d_b‖²."""
    chain.cite(variance_of_pairs(), "a mean over pairs")
    one = chain.state(
        D_b * (residual + D_b),
        "ζ_1 = Var⟨x, d_b⟩ = d_bᵀ C d_b: x = rφ has the covariance C = E r² I + d_b d_bᵀ, since r "
        "and φ are normal and E[rφ] = d_b",
        DRAWN,
    )
    two = chain.state(
        p * residual**2 + 4 * residual * D_b + 3 * D_b**2,
        "ζ_2 = Var⟨x, x′⟩ = tr M² − ‖d_b‖⁴ of two independent ones, M = E[xxᵀ] = E r² I + "
        "2d_b d_bᵀ",
        DRAWN,
        _is_trace,
    )
    chain.substitute({ONE: one, TWO: two}, "with both", line=0)
    chain.rewrite(factor, "in factors")


def _is_trace(formula: Expr) -> bool:
    """Whether it is tr M² − ‖d_b‖⁴ of a diagonal M: d_b along one of p axes."""
    return all(
        expand(
            formula.subs(p, size) - (size - 1) * residual**2 - (residual + 2 * D_b) ** 2 + D_b**2
        )
        == 0
        for size in (1, 2, 7)
    )


@derivation
def drift_error(chain: Chain) -> None:
    """The same over ‖d_b‖⁴: the squared relative error."""
    _over_square(chain, drift_variance(), D_b)


@derivation
def drift_floor(chain: Chain) -> None:
    """What is left of the variance where there is little to learn in the block."""
    chain.cite(drift_variance(), "the variance")
    chain.limit(D_b, Integer(0), "less and less to learn")


@derivation
def noise_variance(chain: Chain) -> None:
    """The variance of the estimate of N, all P parameters in one block."""
    chain.cite(variance_of_pairs(), "a mean over pairs, of (r² + r′²)/2 − ⟨x, x′⟩")
    one = chain.state(
        (N**2 + D_S**2) / 2,
        "ζ_1 = Var(r²/2 − r⟨φ, d⟩) with r = z + η, z = ⟨φ, d⟩ and the noise η: "
        "r²/2 − rz = (η² − z²)/2, and Var η² = 2N², Var z² = 2‖d‖⁴",
        DRAWN,
    )
    two = chain.state(
        (P + 1) * residual**2 + 3 * D_S**2,
        "ζ_2 = E[(r² + r′²)²]/4 − 2E[r³⟨φ, d⟩] + tr M² − N², that is 2s² − 6s‖d‖² + P s² + 4s‖d‖² "
        "+ 4‖d‖⁴ − N² with s = E r²",
        DRAWN,
        _is_second_moment,
    )
    chain.substitute({ONE: one, TWO: two}, "with both", line=0)
    chain.replace({residual: D_S + N}, "E r² = ‖d‖² + N")
    chain.rewrite(factor, "in factors")


def _is_second_moment(formula: Expr) -> bool:
    """Whether it is what its parts add up to, with N = s − ‖d‖²."""
    parts = 2 * residual**2 - 6 * residual * D_S + 4 * residual * D_S + 4 * D_S**2
    return bool(expand(formula - P * residual**2 - parts + (residual - D_S) ** 2) == 0)


@derivation
def noise_error(chain: Chain) -> None:
    """The same over N²: the squared relative error."""
    _over_square(chain, noise_variance(), N)


@derivation
def noise_floor(chain: Chain) -> None:
    """What is left of the variance where there is little noise."""
    chain.cite(noise_variance(), "the variance")
    chain.limit(N, Integer(0), "less and less noise")


@derivation
def residual_error(chain: Chain) -> None:
    """The squared relative error of N by what least squares leaves, n > P: 2/(n − P)."""
    because = "‖r − ΦᵀΔ‖² is N χ²_ν with ν = n − P: E[(χ²_ν)²] by integration, ν = k > 0"
    square = chi_square_moment(chain, 2, 0, because)
    mean = chi_square_moment(chain, 1, 0, "and E χ²_ν likewise")
    spread, centre = Symbol("spread"), Symbol("centre")
    chain.define(spread / centre**2 - 1, "its variance over the square of its mean")
    chain.substitute({spread: square, centre: mean}, "with both")
    chain.rewrite(simplify, "in short")
    chain.specialize({nu: n - P}, "ν = n − P")


def _over_square(chain: Chain, variance: Derivation, quantity: Symbol) -> None:
    spread = Symbol("spread")
    chain.define(spread / quantity**2, "over the square of what is estimated")
    chain.substitute({spread: variance}, "its variance", "theorem")
    chain.rewrite(factor, "in factors")


def theorems() -> tuple[Theorem, ...]:
    """Estimates of what the closed form needs."""
    pairs = Gt(n, 1)
    listed = (
        ("drift-variance", drift_variance, (pairs,)),
        ("drift-error", drift_error, (pairs, Gt(D_b, 0))),
        ("drift-floor", drift_floor, (pairs,)),
        ("noise-variance", noise_variance, (pairs,)),
        ("noise-error", noise_error, (pairs, Gt(N, 0))),
        ("noise-floor", noise_floor, (pairs,)),
        ("noise-by-residuals", residual_error, (Gt(n, P),)),
    )
    return tuple(
        Theorem(f"estimated-{name}", WORDS[name], OURS, one_case(derive, *domain))
        for name, derive, domain in listed
    )
