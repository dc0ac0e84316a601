"""Spectral filters: quadrature against closed forms, descent against literal draws."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from update_magnitude.theory import best_penalty, theorem
from update_magnitude.theory.numbers.spectral import (
    AnyFilter,
    Descent,
    Filter,
    FilterMoments,
    Ridge,
    Scale,
    filter_moments,
)

MOMENTS = ("mean", "square", "noise")
RATIOS = (0.1, 0.5, 0.9, 1.0, 1.1, 3.0, 10.0)
LARGEST_Z = 4.5


def is_close(found: FilterMoments, wanted: FilterMoments, digits: float = 1e-10) -> None:
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=digits)


def by_theorem(kind: str, suffix: str = "", **values) -> FilterMoments:
    formulas = (theorem(f"filter-{kind}-{moment}{suffix}") for moment in MOMENTS)
    return FilterMoments(*(of(**{name: values[name] for name in of.arguments}) for of in formulas))


@pytest.mark.parametrize("penalty", [1e-6, 1e-3, 0.3, 20.0])
def test_ridge(penalty):
    """Closed form, the theorem in 60 digits, and quadrature."""
    ratios = np.array(RATIOS)
    found = filter_moments(Ridge(penalty), ratios)
    is_close(found, by_theorem("ridge", gamma=ratios, penalty=penalty))
    is_close(filter_moments(AnyFilter(lambda x: x / (x + penalty)), ratios), found)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_few_steps_are_polynomials(steps):
    rates = np.array([[0.05], [0.3]])
    found = filter_moments(Descent(steps, rates), np.array(RATIOS))
    is_close(found, by_theorem("descent", f"-{steps}", gamma=np.array(RATIOS), rate=rates))


@pytest.mark.parametrize("steps", [5, 20, 60])
@pytest.mark.parametrize("gamma", [Fraction(1, 2), Fraction(1), Fraction(5, 2)])
def test_more_steps_are_polynomials_of_narayana_numbers(steps, gamma):
    """In fractions: g = 1 − M_k, g_2 = 1 − 2M_k + M_2k, v = γη Σ_i<k (M_i − M_{i+k})."""
    rate = Fraction(1, 7)
    powers = [narayana(j, gamma) for j in range(2 * steps + 1)]
    left = [
        sum(comb(k, j) * (-rate) ** j * powers[j] for j in range(k + 1))
        for k in range(2 * steps + 1)
    ]
    noise = gamma * rate * sum(left[i] - left[i + steps] for i in range(steps))
    exact = 1 - left[steps], 1 - 2 * left[steps] + left[2 * steps], noise
    found = filter_moments(Descent(steps, float(rate)), float(gamma))
    is_close(found, FilterMoments(*map(np.float64, exact)))


def narayana(order: int, gamma: Fraction) -> Fraction:
    """∫ x^order over the Marchenko–Pastur law."""
    if order == 0:
        return Fraction(1)
    terms = (Fraction(comb(order, r) * comb(order - 1, r), r + 1) * gamma**r for r in range(order))
    return sum(terms, Fraction(0))


def test_powers_are_narayana_polynomials():
    for order in range(1, 7):
        found = theorem(f"marchenko-pastur-power-{order}")(gamma=0.75)
        assert float(found) == pytest.approx(float(narayana(order, Fraction(3, 4))), rel=1e-14)


def test_endless_steps_and_no_penalty_are_the_solution():
    ratios = np.array([0.3, 0.8, 1.3, 6.0])
    whole = filter_moments(Scale(1.0), ratios)
    is_close(by_theorem("scale", gamma=ratios, alpha=1.0), whole, 1e-14)
    is_close(filter_moments(Descent(10**9, 0.1), ratios), whole, 1e-11)
    is_close(filter_moments(Ridge(1e-13), ratios), whole, 1e-10)
    shorter = filter_moments(Scale(0.4), ratios)
    np.testing.assert_allclose(shorter.noise, 0.16 * whole.noise)
    assert np.isinf(filter_moments(Scale(1.0), 1.0).noise)
    at_threshold = filter_moments(Descent(np.array([10**6, 10**8]), 0.2), 1.0)
    assert at_threshold.noise[1] / at_threshold.noise[0] == pytest.approx(10, rel=0.01)  # √k


def test_arrays_broadcast_and_nonsense_is_refused():
    found = filter_moments(Descent(np.array([[1], [7]]), np.array([0.1, 0.2, 0.3])), 2.0)
    assert found.mean.shape == (2, 3)
    alone = filter_moments(Descent(7, 0.3), 2.0)
    assert alone.noise.shape == ()
    assert alone.noise == found.noise[1, 2]
    for filter, words in (
        (Descent(0, 0.1), "steps = 0"),
        (Descent(1.5, 0.1), "steps = 1.5"),
        (Descent(2, -0.1), "rate = -0.1"),
        (Ridge(0.0), "penalty = 0.0"),
    ):
        with pytest.raises(ValueError, match=words):
            filter_moments(filter, 2.0)
    with pytest.raises(ValueError, match="gamma = 0"):
        filter_moments(Scale(1.0), 0.0)
    with pytest.raises(ArithmeticError, match="too steep"):
        filter_moments(AnyFilter(lambda x: np.sin(1e9 * x)), 1.0)


def descended(rng: np.random.Generator, m: int, n: int, steps: int, rate: float, draws: int):
    """E⟨Δ, d⟩, E‖Δ‖², E Δ_2² of literal gradient descent, d along the first axis; N = 0.5."""
    drift = np.zeros(m)
    drift[0] = 1.2
    features = rng.standard_normal((draws, m, n))
    residual = np.einsum("kpn,p->kn", features, drift)
    residual += np.sqrt(0.5) * rng.standard_normal(residual.shape)
    delta = np.zeros((draws, m))
    for _ in range(steps):
        left = residual - np.einsum("kpn,kp->kn", features, delta)
        delta += rate * np.einsum("kpn,kn->kp", features, left) / n
    return np.stack([delta @ drift, (delta**2).sum(1), (m - 1) * delta[:, 1] ** 2], axis=1)


@pytest.mark.parametrize(("m", "n", "steps", "rate"), [(8, 5, 6, 0.25), (5, 12, 4, 0.4)])
def test_stopped_descent_is_its_filter(m, n, steps, rate):
    """Drawn at sizes 1, 2 and 4, without the terms in 1/n and 1/n²; both regimes.

    The standard errors are at most 2% of ‖d‖².
    """
    rng = np.random.default_rng([m, n, steps])
    means, errors = [], []
    for size, draws in ((1, 40_000), (2, 20_000), (4, 10_000)):
        found = np.concatenate(
            [descended(rng, size * m, size * n, steps, rate, 2_000) for _ in range(draws // 2_000)]
        )
        means.append(found.mean(0))
        errors.append(found.std(0) / np.sqrt(draws))
    estimate = (8 * means[2] - 6 * means[1] + means[0]) / 3
    error = np.sqrt(64 * errors[2] ** 2 + 36 * errors[1] ** 2 + errors[0] ** 2) / 3
    moments = filter_moments(Descent(steps, rate), m / n)
    drift, noise = 1.44, 0.5
    beside = float(theorem("filter-across-large")(g=moments.mean, g_2=moments.square))
    prediction = np.array(
        [
            moments.mean * drift,
            moments.square * drift + moments.noise * noise,
            beside * drift + moments.noise * noise,
        ]
    )
    assert (error < 0.02 * drift).all(), error
    assert (np.abs(estimate - prediction) < LARGEST_Z * error).all()
    # The negative control: two steps fewer.
    fewer = filter_moments(Descent(steps - 2, rate), m / n)
    assert abs(fewer.mean * drift - estimate[0]) > LARGEST_Z * error[0]
    change = theorem("filter-risk-change")(
        D_S=drift, N=noise, g=moments.mean, g_2=moments.square, v=moments.noise
    )
    assert float(moments.risk(drift, noise) - drift) == pytest.approx(float(change))
    assert estimate[1] - 2 * estimate[0] == pytest.approx(float(change), abs=0.1)
    forgotten = theorem("filter-forgetting")(
        D_S=drift, N=noise, e_d=-0.7, g=moments.mean, g_2=moments.square, v=moments.noise
    )
    assert float(forgotten) == pytest.approx(-1.4 * moments.mean + prediction[1])


@given(
    st.floats(0.1, 5),
    st.floats(0.1, 3),
    st.floats(0.05, 3),
    st.one_of(
        st.builds(Scale, st.floats(0, 1.2)),
        st.builds(Ridge, st.floats(1e-3, 10)),
        st.builds(Descent, st.integers(1, 80), st.floats(0.01, 0.3)),
        st.builds(lambda s: AnyFilter(lambda x: 1 - np.exp(-s * x)), st.floats(0.1, 30)),
    ),
)
@settings(max_examples=40)
def test_no_filter_is_better_than_the_best_ridge(gamma, drift, noise, filter: Filter):
    best = float(theorem("filter-best-penalty")(gamma=gamma, D_S=drift, N=noise))
    assert best == pytest.approx(best_penalty("risk", gamma, drift, noise))
    least = filter_moments(Ridge(best), gamma).risk(drift, noise)
    assert filter_moments(filter, gamma).risk(drift, noise) >= least * (1 - 1e-9)


def test_what_a_filter_adds_is_the_integral_of_a_square():
    """By a sum over the spectrum of the quadrature, written out here; two steps of descent."""
    gamma, drift, noise, rate = 1.7, 0.8, 0.6, 0.2
    angle = np.pi * np.arange(1, 4000) / 4000
    x = 1 + gamma + 2 * np.sqrt(gamma) * np.cos(angle)
    law = 2 * np.sin(angle) ** 2 / x / 4000
    share = 1 - (1 - rate * x) ** 2
    added = theorem("filter-excess")(x=x, h=share, gamma=gamma, D_S=drift, N=noise)
    best = float(theorem("filter-best-penalty")(gamma=gamma, D_S=drift, N=noise))
    gap = filter_moments(Descent(2, rate), gamma).risk(drift, noise)
    gap -= filter_moments(Ridge(best), gamma).risk(drift, noise)
    assert law @ added == pytest.approx(float(gap), rel=1e-9)
    np.testing.assert_allclose(
        theorem("filter-best")(x=x, gamma=gamma, D_S=drift, N=noise), x / (x + best)
    )


@given(st.floats(0.2, 4), st.floats(0.1, 3), st.floats(0.05, 3))
@settings(max_examples=20)
def test_the_best_rate_of_one_step(gamma, drift, noise):
    known = {"gamma": gamma, "D_S": drift, "N": noise}
    best = float(theorem("filter-descent-best-rate")(**known))
    risks = filter_moments(Descent(1, best * np.array([1, 0.99, 1.01])), gamma).risk(drift, noise)
    assert risks[0] < risks[1:].min()
    wanted = theorem("filter-descent-best-rate-risk")(**known)
    assert float(risks[0]) == pytest.approx(float(wanted), rel=1e-12)


@pytest.mark.parametrize("m", [7, 300])
def test_moments_of_a_random_matrix_beside_its_mean(m):
    """E[Hvvᵀ H] of a matrix with given eigenvalues and random axes, and its limits."""
    rng = np.random.default_rng(m)
    eigenvalues = rng.uniform(0, 1, m)
    known = {"m": m, "g": eigenvalues.mean(), "g_2": (eigenvalues**2).mean()}
    along, across = (float(theorem(f"filter-{name}")(**known)) for name in ("along", "across"))
    axes = rng.standard_normal((20_000, 2, m))
    axes[:, 0] /= np.linalg.norm(axes[:, 0], axis=1)[:, None]
    axes[:, 1] -= (axes[:, 0] * axes[:, 1]).sum(1)[:, None] * axes[:, 0]
    axes[:, 1] /= np.linalg.norm(axes[:, 1], axis=1)[:, None]
    first, second = axes[:, 0], axes[:, 1]  # two axes across the eigenvectors, rotated at random
    for values, wanted in (
        (((first**2) @ eigenvalues) ** 2, along + across),
        (((first * second) @ eigenvalues) ** 2, across),
    ):
        assert abs(values.mean() - wanted) < LARGEST_Z * values.std() / np.sqrt(len(values))
    if m == 300:
        limit = {"g": known["g"], "g_2": known["g_2"]}
        assert along == pytest.approx(float(theorem("filter-along-large")(g=limit["g"])), rel=0.01)
        assert m * across == pytest.approx(float(theorem("filter-across-large")(**limit)), rel=0.02)
