"""What gradients say about parameter distance.

The gradient of the loss ‖Φᵀθ − y‖²/(2n) of task k at θ is g_k = Φ(Φᵀθ − y)/n = −(1/n) Σ (φφᵀd + φε)
over its samples, with d = θ*_k − θ. Its moments follow from those of one Gaussian feature φ.
"""

from __future__ import annotations

from functools import partial
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
    integrate,
    oo,
    pi,
    sqrt,
)

from update_magnitude.theory.proofs.chain import Chain, derivation
from update_magnitude.theory.proofs.derivation import stated
from update_magnitude.theory.proofs.equality import INFINITY, integrates
from update_magnitude.theory.proofs.inner_products import Inner, inner, vectors
from update_magnitude.theory.proofs.notation import symbol
from update_magnitude.theory.proofs.theorem import Case, Theorem, one_case
from update_magnitude.theory.results.lemmas import WEYL
from update_magnitude.theory.results.symbols import P, alpha, apart, n, sigma, sigma_1, sigma_2
from update_magnitude.theory.results.update import OURS

G_I, G_J, H_I, H_J, D_I, D_J = GRADIENTS = vectors("g_i g_j h_i h_j d_i d_j")
STEP, GAP, DELTA, LAST = SEQUENCE = vectors("delta d Delta x")
FOURTH, WEIGHT = Symbol("E_z4", positive=True), Symbol("w", positive=True)
OWN = Symbol("own", positive=True)  # E‖φφᵀd‖²

# d_k = θ*_k − θ at a point θ, and v is known before the samples are drawn
gap_i = symbol(
    "d_i_d_i",
    "‖d_i‖²",
    r"\|d_i\|^2",
    meaning="squared distance from θ to the optimum of task i",
    nonnegative=True,
)
gap_j = symbol(
    "d_j_d_j",
    "‖d_j‖²",
    r"\|d_j\|^2",
    meaning="squared distance from θ to the optimum of task j",
    nonnegative=True,
)
gap_ij = symbol(
    "d_i_d_j",
    "⟨d_i,d_j⟩",
    r"\langle d_i, d_j\rangle",
    meaning="inner product of the ways from θ to the optima of tasks i and j",
    real=True,
)
along = symbol(
    "d_v",
    "⟨d_k,v⟩",
    r"\langle d_k, v\rangle",
    meaning="inner product of d_k = θ*_k − θ and the direction v",
    real=True,
)
# ⟨δ_t, E d_{t−1}⟩
ahead = symbol(
    "delta_d",
    "⟨δ_t,E d⟩",
    r"\langle \delta_t, \mathrm{E} d\rangle",
    meaning="inner product of the step θ*_t − θ*_{t−1} and the mean of d = θ*_{t−1} − θ_{t−2}",
    real=True,
)

# Drawn gradients: the mean of products of them, at one point and each at its own start.
DRAWN = "tests/test_drawn_theorems.py::test_gradients"
OWN_STARTS = "tests/test_drawn_theorems.py::test_gradients_at_their_own_starts"


@derivation
def gradient_mean(chain: Chain) -> None:
    """E⟨g_k, v⟩ = −⟨d_k, v⟩ for whatever v does not depend on the samples of g_k."""
    variance = _normal_moment(chain, 2, "E z² of a standard normal z: E[φφᵀ] = I")
    chain.state(
        -WEIGHT * along,
        "E⟨g_k, v⟩ = −E⟨φφᵀd_k, v⟩ with E[φφᵀ] = w I, w = E z², since E[φε] = 0",
        DRAWN,
    )
    chain.substitute({WEIGHT: variance}, "with this w")


@derivation
def gradient_norm(chain: Chain) -> None:
    """E‖g_k‖² = ((n + P + 1)/n)‖d_k‖² + Pσ²/n."""
    fourth = _normal_moment(chain, 4, "E z⁴ of a standard normal z")
    chain.assume(
        3 * WEIGHT - FOURTH,
        "E[φ_i φ_j φ_k φ_l] = w (δ_ij δ_kl + δ_ik δ_jl + δ_il δ_jk) by rotation invariance and "
        "symmetry; for four equal indices this is E z⁴ = 3w",
        WEYL,
    )
    chain.substitute({FOURTH: fourth}, "with E z⁴")
    weight = chain.solve(WEIGHT, "which gives w")
    chain.state(
        WEIGHT * (P + 2) * gap_i,
        "E‖φφᵀd‖² = Σ_ijk E[φ_i φ_j φ_i φ_k] d_j d_k = w (P + 2)‖d‖²: the index i closes one loop "
        "of P terms and joins two",
        DRAWN,
        _is_contraction,
        "contraction",
    )
    signal = chain.substitute({WEIGHT: weight}, "with this w")
    chain.state(
        (n * (OWN + P * sigma**2) + n * (n - 1) * gap_i) / n**2,
        "‖g_k‖² is the mean over n² pairs of samples: n of a sample with itself, E‖φφᵀd‖² + "
        "E‖φε‖²; the others of two that are independent, ‖E φφᵀd‖² = ‖d‖²",
        DRAWN,
    )
    chain.substitute({OWN: signal}, "with E‖φφᵀd‖²")
    chain.sort((gap_i, sigma**2), "sorted by distance and noise")


@derivation
def common_point(chain: Chain) -> None:
    """E⟨g_i, g_j⟩ = ⟨d_i, d_j⟩ at one θ for both tasks, on independent data."""
    because = "independent data: the product of the means −d_i and −d_j"
    chain.state(inner(-D_I, -D_J, GRADIENTS), because, DRAWN)
    chain.replace({Inner(D_I, D_J): gap_ij}, "by its name")


@derivation
def distance_estimate(chain: Chain) -> None:
    """E⟨g′_i − g′_j, g″_i − g″_j⟩ = ‖θ*_i − θ*_j‖², each batch split in two halves."""
    because = "⟨g′_i − g′_j, g″_i − g″_j⟩ of the two halves, expanded"
    chain.multiply(G_I - G_J, H_I - H_J, GRADIENTS, because)
    means = {
        Inner(first, second): inner(-first_mean, -second_mean, GRADIENTS)
        for first, first_mean in ((G_I, D_I), (G_J, D_J))
        for second, second_mean in ((H_I, D_I), (H_J, D_J))
    }
    because = "the halves are independent: products of means"
    chain.replace(means, because, stated(DRAWN), "conditional expectation")
    distance = {Inner(D_I, D_I): apart + 2 * Inner(D_I, D_J) - Inner(D_J, D_J)}
    chain.replace(distance, "d_i − d_j = θ*_i − θ*_j, whatever θ is")
    chain.rewrite(expand, "all else cancels: no bias")


@derivation
def distance_variance(chain: Chain) -> None:
    """The variance of that estimate, with n samples in each half."""
    spread = (gap_i + gap_j + sigma_1**2 + sigma_2**2) / n
    squares = gap_i**2 + gap_j**2 + 2 * gap_ij**2
    distance = gap_i - 2 * gap_ij + gap_j
    trace = P * spread**2 + 2 * spread * (gap_i + gap_j) / n + squares / n**2
    along_both = ((gap_i - gap_ij) ** 2 + (gap_j - gap_ij) ** 2) / n
    chain.state(
        trace + 2 * (spread * distance + along_both),
        "tr C² + 2μᵀCμ for two independent halves of mean μ = d_j − d_i and covariance C = "
        "(Σ_k [(‖d_k‖² + σ_k²) I + d_k d_kᵀ])/n, k = i, j",
        DRAWN,
        _is_variance,
        "covariance",
    )


@derivation
def own_start(chain: Chain, over: bool) -> None:
    """E⟨g_t, g_{t−1}⟩, each gradient at the start of its own task, where all parameters train."""
    chain.multiply(
        STEP + GAP - alpha * DELTA,
        LAST,
        SEQUENCE,
        "g_t has the mean −(θ*_t − θ_{t−1}) = −(δ_t + d − αΔ), d = d_{t−1}, and g_{t−1} is −x, "
        "x = Φr/n, r = Φᵀd + ε: the product, expanded",
    )
    fitted = gap_i + sigma**2 * (1 if over else P / n)
    because = (
        "⟨Δ, x⟩ = ‖r‖²/n, because ΦᵀΔ = r where P ≥ n"
        if over
        else "⟨Δ, x⟩ = ‖Πr‖²/n, because ΦᵀΔ = Πr with Π the projection on the P rows of Φ"
    )
    chain.replace(
        {Inner(STEP, LAST): ahead, Inner(GAP, LAST): gap_i, Inner(DELTA, LAST): fitted},
        f"E x = d; {because}; ‖d_i‖² stands for E‖d‖²",
        stated(OWN_STARTS),
        "conditional expectation",
    )
    chain.rewrite(expand, "multiplied out")


def _normal_moment(chain: Chain, order: int, because: str) -> int:
    z = Symbol("z", real=True)
    integrand = z**order * exp(-(z**2) / 2) / sqrt(2 * pi)
    cuts = (-INFINITY, 0, INFINITY)
    return chain.computed(
        integrate(integrand, (z, -oo, oo)),
        because,
        "integration",
        lambda formula: integrates(integrand, z, cuts, formula, {}),
    )


def _is_contraction(formula: Expr) -> bool:
    """Whether it is Σ_ijk w (δ_ij δ_ik + δ_ii δ_jk + δ_ik δ_ji) d_j d_k, in 2 and 3 dimensions."""
    return all(
        formula.subs({WEIGHT: 1, P: len(d), gap_i: sum(x**2 for x in d)})
        == sum(
            ((i == j) * (i == k) + (j == k) + (i == k) * (j == i)) * d[j] * d[k]
            for i, j, k in product(range(len(d)), repeat=3)
        )
        for d in ((2, -3), (2, -3, 5))
    )


def _is_variance(formula: Expr) -> bool:
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
    point = {gap_i: first.dot(first), gap_j: second.dot(second), gap_ij: first.dot(second)}
    point |= {n: half, P: 4, sigma_1: noises[0], sigma_2: noises[1]}
    return bool(formula.subs(point) == wanted)


def theorems() -> tuple[Theorem, ...]:
    """Gradients."""
    some = Gt(n, 0, evaluate=False)
    own_starts = (
        Case("overparameterized", (Ge(P, n),), partial(own_start, over=True)),
        Case("underparameterized", (Gt(n, P),), partial(own_start, over=False)),
    )
    mean = "E⟨g_k, v⟩, g_k the gradient of task k, v known before its samples: E g_k = −d_k"
    norm = "E‖g_k‖² at a point, ‖d_i‖² = ‖θ*_k − θ‖²"
    variance = "the variance of that estimate, n samples in each half, d_k = θ*_k − θ"
    halves = {
        "n": "samples in each half of a batch",
        "sigma_1": "standard deviation of the noise of task i",
        "sigma_2": "standard deviation of the noise of task j",
    }
    return (
        Theorem("gradient-mean", mean, OURS, one_case(gradient_mean, some)),
        Theorem("gradient-norm", norm, OURS, one_case(gradient_norm, some)),
        Theorem(
            "gradient-common-point",
            "E⟨g_i, g_j⟩ of two tasks at a common point, on independent data",
            "ours (the common-point form of the paper's Algorithm 1)",
            one_case(common_point, some),
        ),
        Theorem(
            "gradient-own-start",
            "E⟨g_t, g_{t−1}⟩, each at the start of its own task, all P parameters train: not a "
            "function of the parameter distance",
            "the paper (Algorithm 1: cosine of gradients); the value is ours",
            own_starts,
            {"d_i_d_i": "what task t − 1 had to learn: mean of ‖d‖², d = θ*_{t−1} − θ_{t−2}"},
        ),
        Theorem(
            "distance-estimate",
            "E⟨g′_i − g′_j, g″_i − g″_j⟩ over two halves of each batch: unbiased for the squared "
            "parameter distance, at any common point",
            OURS,
            one_case(distance_estimate, some),
        ),
        Theorem(
            "distance-estimate-variance", variance, OURS, one_case(distance_variance, some), halves
        ),
    )
