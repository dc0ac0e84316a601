"""What gradients say about parameter distance.

The gradient of the loss ‖Φᵀθ − y‖²/(2n) of task k at θ is g_k = Φ(Φᵀθ − y)/n = −(1/n) Σ (φφᵀd + φε)
over its samples, with d = θ*_k − θ. Its moments follow from those of one Gaussian feature φ.
"""

from __future__ import annotations

from functools import cache
from itertools import product

from sympy import (
    Expr,
    Ge,
    Gt,
    Matrix,
    Rational,
    Symbol,
    exp,
    expand,
    eye,
    factor,
    integrate,
    oo,
    pi,
    sqrt,
)

from update_magnitude.theory.proofs.chain import Chain
from update_magnitude.theory.proofs.derivation import Derivation
from update_magnitude.theory.proofs.inner_products import Inner, expands, inner, vectors
from update_magnitude.theory.proofs.kinds import DEFINITION, WEYL, stated
from update_magnitude.theory.proofs.quadrature import INFINITY, integrates
from update_magnitude.theory.proofs.theorem import Case, Theorem
from update_magnitude.theory.results.regimes import OURS
from update_magnitude.theory.results.symbols import (
    P,
    ahead,
    along,
    alpha,
    apart,
    gap_i,
    gap_ij,
    gap_j,
    n,
    sigma,
    sigma_1,
    sigma_2,
)

G_I, G_J, H_I, H_J, D_I, D_J = GRADIENTS = vectors("g_i g_j h_i h_j d_i d_j")
STEP, DRIFT, DELTA, LAST = SEQUENCE = vectors("delta d Delta x")
PAPER = "the paper (Algorithm 1: cosine of gradients); the value is ours"
FOURTH, WEIGHT = Symbol("E_z4", positive=True), Symbol("w", positive=True)
OWN = Symbol("own", positive=True)  # E‖φφᵀd‖²

# Drawn gradients: the mean of products of them, at one point and each at its own start.
DRAWN = "tests/test_drawn_theorems.py::test_gradients"
OWN_STARTS = "tests/test_drawn_theorems.py::test_gradients_at_their_own_starts"


@cache
def gradient_mean() -> Derivation:
    """E⟨g_k, v⟩ = −⟨d_k, v⟩ for whatever v does not depend on the samples of g_k."""
    chain = Chain()
    variance = _moment(chain, 2, "E z² of a standard normal z: E[φφᵀ] = I")
    mean = chain.state(
        -WEIGHT * along,
        "E⟨g_k, v⟩ = −E⟨φφᵀd_k, v⟩ with E[φφᵀ] = w I, w = E z², since E[φε] = 0",
        DRAWN,
    )
    chain.substitute(mean, {WEIGHT: variance}, "with this w")
    return chain.done()


@cache
def gradient_norm() -> Derivation:
    """E‖g_k‖² = ((n + P + 1)/n)‖d_k‖² + Pσ²/n."""
    chain = Chain()
    fourth = _moment(chain, 4, "E z⁴ of a standard normal z")
    isotropy = chain.assume(
        3 * WEIGHT - FOURTH,
        "E[φ_i φ_j φ_k φ_l] = w (δ_ij δ_kl + δ_ik δ_jl + δ_il δ_jk) by rotation invariance and "
        "symmetry; for four equal indices this is E z⁴ = 3w",
        WEYL,
    )
    counted = chain.substitute(isotropy, {FOURTH: fourth}, "with E z⁴")
    weight = chain.solve(counted, WEIGHT, "which gives w")
    feature = chain.state(
        WEIGHT * (P + 2) * gap_i,
        "E‖φφᵀd‖² = Σ_ijk E[φ_i φ_j φ_i φ_k] d_j d_k = w (P + 2)‖d‖²: the index i closes one loop "
        "of P terms and joins two",
        DRAWN,
        _is_contraction,
        "contraction",
    )
    signal = chain.substitute(feature, {WEIGHT: weight}, "with this w")
    both = chain.state(
        (n * (OWN + P * sigma**2) + n * (n - 1) * gap_i) / n**2,
        "‖g_k‖² is the mean over n² pairs of samples: n of a sample with itself, E‖φφᵀd‖² + "
        "E‖φε‖²; the others of two that are independent, ‖E φφᵀd‖² = ‖d‖²",
        DRAWN,
    )
    put_in = chain.substitute(both, {OWN: signal}, "with E‖φφᵀd‖²")
    chain.rewrite(put_in, _by_source, "sorted by drift and noise")
    return chain.done()


@cache
def common_point() -> Derivation:
    """E⟨g_i, g_j⟩ = ⟨d_i, d_j⟩ at one θ for both tasks, on independent data."""
    chain = Chain()
    means = chain.state(
        inner(-D_I, -D_J, GRADIENTS),
        "independent data: the product of the means −d_i and −d_j",
        DRAWN,
    )
    chain.replace(means, {Inner(D_I, D_J): gap_ij}, "by its name", DEFINITION)
    return chain.done()


@cache
def distance_estimate() -> Derivation:
    """E⟨g_i′ − g_j′, g_i″ − g_j″⟩ = ‖θ*_i − θ*_j‖², each batch split in two halves."""
    first, second = G_I - G_J, H_I - H_J
    chain = Chain()
    expanded = chain.tested(
        inner(first, second, GRADIENTS),
        "⟨g_i − g_j, g″_i − g″_j⟩ of the two halves, expanded",
        "bilinear expansion",
        lambda found: expands(found, GRADIENTS, first, second),
    )
    means = {
        Inner(a, b): inner(-at_a, -at_b, GRADIENTS)
        for a, at_a in ((G_I, D_I), (G_J, D_J))
        for b, at_b in ((H_I, D_I), (H_J, D_J))
    }
    in_drifts = chain.replace(
        expanded,
        means,
        "the halves are independent: products of means",
        stated(DRAWN),
        "conditional expectation",
    )
    distance = {Inner(D_I, D_I): apart + 2 * Inner(D_I, D_J) - Inner(D_J, D_J)}
    named = chain.replace(in_drifts, distance, "d_i − d_j = θ*_i − θ*_j, whatever θ is", DEFINITION)
    chain.rewrite(named, expand, "all else cancels: no bias")
    return chain.done()


@cache
def distance_variance() -> Derivation:
    """The variance of that estimate, with n samples in each half."""
    spread = (gap_i + gap_j + sigma_1**2 + sigma_2**2) / n
    squares = gap_i**2 + gap_j**2 + 2 * gap_ij**2
    distance = gap_i - 2 * gap_ij + gap_j
    trace = P * spread**2 + 2 * spread * (gap_i + gap_j) / n + squares / n**2
    along_both = ((gap_i - gap_ij) ** 2 + (gap_j - gap_ij) ** 2) / n
    chain = Chain()
    chain.state(
        trace + 2 * (spread * distance + along_both),
        "tr C² + 2μᵀCμ for two independent halves of mean μ = d_j − d_i and covariance C = "
        "(Σ_k [(‖d_k‖² + σ_k²) I + d_k d_kᵀ])/n, k = i, j",
        DRAWN,
        _is_variance,
        "covariance",
    )
    return chain.done()


@cache
def own_start(over: bool) -> Derivation:
    """E⟨g_t, g_{t−1}⟩, each gradient at the start of its own task, where all parameters train."""
    after = STEP + DRIFT - alpha * DELTA
    chain = Chain()
    expanded = chain.tested(
        inner(after, LAST, SEQUENCE),
        "g_t has the mean −(θ*_t − θ_{t−1}) = −(δ_t + d − αΔ), d = d_{t−1}, and g_{t−1} is −x, "
        "x = Φr/n, r = Φᵀd + ε: the product, expanded",
        "bilinear expansion",
        lambda found: expands(found, SEQUENCE, after, LAST),
    )
    fitted = gap_i + sigma**2 * (1 if over else P / n)
    because = (
        "⟨Δ, x⟩ = ‖r‖²/n, because ΦᵀΔ = r where P > n"
        if over
        else "⟨Δ, x⟩ = ‖Πr‖²/n, because ΦᵀΔ = Πr with Π the projection on the P rows of Φ"
    )
    means = {Inner(STEP, LAST): ahead, Inner(DRIFT, LAST): gap_i, Inner(DELTA, LAST): fitted}
    named = chain.replace(
        expanded,
        means,
        f"E x = d; {because}; ‖d_i‖² stands for E‖d‖²",
        stated(OWN_STARTS),
        "conditional expectation",
    )
    chain.rewrite(named, expand, "multiplied out")
    return chain.done()


def _moment(chain: Chain, order: int, because: str) -> int:
    z = Symbol("z", real=True)
    integrand = z**order * exp(-(z**2) / 2) / sqrt(2 * pi)
    return chain.tested(
        integrate(integrand, (z, -oo, oo)),
        because,
        "integration",
        lambda found: integrates(integrand, z, (-INFINITY, 0, INFINITY), found, {}),
    )


def _by_source(expression: Expr) -> Expr:
    noise = factor(expression.diff(sigma) / (2 * sigma)) * sigma**2
    return factor(expression.diff(gap_i)) * gap_i + noise


def _is_contraction(found: Expr) -> bool:
    """Whether it is Σ_ijk w (δ_ij δ_ik + δ_ii δ_jk + δ_ik δ_ji) d_j d_k, in 2 and 3 dimensions."""
    return all(
        found.subs({WEIGHT: 1, P: len(d), gap_i: sum(x**2 for x in d)})
        == sum(
            ((i == j) * (i == k) + (j == k) + (i == k) * (j == i)) * d[j] * d[k]
            for i, j, k in product(range(len(d)), repeat=3)
        )
        for d in ((2, -3), (2, -3, 5))
    )


def _is_variance(found: Expr) -> bool:
    """Whether it is tr C² + 2μᵀCμ for vectors of numbers."""
    first, second = Matrix([1, 2, 0, -1]), Matrix([3, -1, 2, 0])
    noises, half = (Rational(1, 2), Rational(2)), 5
    covariance = sum(
        (
            ((d.dot(d) + noise**2) * eye(4) + d * d.T) / half
            for d, noise in zip((first, second), noises, strict=True)
        ),
        0 * eye(4),
    )
    mean = second - first
    wanted = (covariance**2).trace() + 2 * (mean.T * covariance * mean)[0]
    at = {gap_i: first.dot(first), gap_j: second.dot(second), gap_ij: first.dot(second)}
    at |= {n: half, P: 4, sigma_1: noises[0], sigma_2: noises[1]}
    return bool(found.subs(at) == wanted)


def theorems() -> tuple[Theorem, ...]:
    """Gradients."""
    some = Gt(n, 0, evaluate=False)
    return (
        Theorem(
            "gradient-mean",
            "E⟨g_k, v⟩, g_k the gradient of task k, v known before its samples: E g_k = −d_k",
            OURS,
            (Case("", (some,), gradient_mean),),
        ),
        Theorem(
            "gradient-norm",
            "E‖g_k‖² at a point, ‖d_i‖² = ‖θ*_k − θ‖²",
            OURS,
            (Case("", (some,), gradient_norm),),
        ),
        Theorem(
            "gradient-common-point",
            "E⟨g_i, g_j⟩ of two tasks at a common point, on independent data",
            "ours (the common-point form of the paper's Algorithm 1)",
            (Case("", (some,), common_point),),
        ),
        Theorem(
            "gradient-own-start",
            "E⟨g_t, g_{t−1}⟩, each at the start of its own task, all P parameters train: not a "
            "function of the parameter distance",
            PAPER,
            (
                Case("overparameterized", (Ge(P, n),), lambda: own_start(True)),
                Case("underparameterized", (Gt(n, P),), lambda: own_start(False)),
            ),
        ),
        Theorem(
            "distance-estimate",
            "E⟨g_i′ − g_j′, g_i″ − g_j″⟩ over two halves of each batch: unbiased for the squared "
            "parameter distance, at any common point",
            OURS,
            (Case("", (some,), distance_estimate),),
        ),
        Theorem(
            "distance-estimate-variance",
            "the variance of that estimate, n samples in each half, d_k = θ*_k − θ",
            OURS,
            (Case("", (some,), distance_variance),),
        ),
    )
