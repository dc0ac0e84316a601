"""The lemmas and result U, against formulas typed in and against drawn matrices."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from update_magnitude.theory.proofs.evaluation import lower
from update_magnitude.theory.proofs.inner_products import Inner
from update_magnitude.theory.results.lemmas import (
    haar_across,
    haar_along,
    haar_first,
    inverse_chi_square,
)
from update_magnitude.theory.results.recursion import (
    OTHER,
    TARGET,
    THETA,
    alignment_step,
    norm_step,
)
from update_magnitude.theory.results.symbols import D_S, N, a, alpha, b, c, g, m, n, nu, p
from update_magnitude.theory.results.update import moments_at, overparameterized, underparameterized

CASES = [(12, 5), (20, 4), (5, 14), (9, 20)]  # (m, n)
DRAWS = 20_000
# Each test below compares at most 20 entries at |z| < 5: it raises a false alarm with probability
# below 20 · 6e-7 = 1e-5, and its seeds are fixed.
LARGEST_Z = 5.0


def test_haar_moments_are_those_of_the_model_page():
    along = n * (n * m + m - 2) / (m * (m - 1) * (m + 2))
    across = n * (m - n) / (m * (m - 1) * (m + 2))
    assert sympy.simplify(haar_first().result - n / m) == 0
    assert sympy.simplify(haar_along().result - along) == 0
    assert sympy.simplify(haar_across().result - across) == 0


def test_haar_moments_obey_what_holds_for_projections_of_any_rank():
    first, along, across = (moment().result for moment in (haar_first, haar_along, haar_across))
    assert sympy.simplify(along + m * across - first) == 0  # Q² = Q
    assert along.subs(n, m).simplify() == 1  # Q = I
    assert across.subs(n, m).simplify() == 0


def test_inverse_chi_square_is_one_over_two_less():
    assert sympy.simplify(inverse_chi_square().result - 1 / (nu - 2)) == 0


def test_regimes_of_an_update():
    assert moments_at(5, 12) is overparameterized()
    assert moments_at(12, 5) is underparameterized()
    assert [moments_at(12, size) for size in (11, 12, 13)] == [None] * 3


@pytest.mark.parametrize(("size", "samples"), CASES)
def test_result_u_is_what_least_squares_does(size, samples):
    moved = _updates(size, samples)
    predicted = _second_moments(size, samples)
    mean, error = moved.mean(axis=0), moved.std(axis=0) / np.sqrt(DRAWS)
    assert error.max() < 0.02 * predicted.max()  # what the test can see
    assert np.abs((mean - predicted) / error).max() < LARGEST_Z


@pytest.mark.parametrize(("size", "samples"), CASES)
def test_one_wrong_degree_of_freedom_would_be_seen(size, samples):
    moved = _updates(size, samples)
    wrong = _second_moments(size, samples + 1)
    z = (moved.mean(axis=0) - wrong) / (moved.std(axis=0) / np.sqrt(DRAWS))
    assert np.abs(z).max() > LARGEST_Z


def test_the_second_moment_step_is_that_of_the_model_page():
    theta_theta, theta_target, target_target, other_target, other_theta = (
        Inner(THETA, THETA),
        Inner(THETA, TARGET),
        Inner(TARGET, TARGET),
        Inner(OTHER, TARGET),
        Inner(OTHER, THETA),
    )
    drift = theta_theta - 2 * theta_target + target_target
    q = theta_theta + 2 * alpha * g * (theta_target - theta_theta)
    q += alpha**2 * (a * drift + b * p * D_S + c * p * N)
    c_i = other_theta + alpha * g * (other_target - other_theta)
    assert sympy.expand(norm_step().result - q) == 0
    assert sympy.expand(alignment_step().result - c_i) == 0


def _updates(size: int, samples: int) -> np.ndarray:
    """Per draw Δ·d, (Δ·d)², ‖Δ‖² and (Δ·u)², for a drift d of length 2 and a unit u ⊥ d."""
    rng = np.random.default_rng([size, samples])
    noise = 0.7
    found = np.empty((DRAWS, 4))
    for row in found:
        features = rng.standard_normal((size, samples))
        residual = 2 * features[0] + noise * rng.standard_normal(samples)
        delta = np.linalg.lstsq(features.T, residual, rcond=None)[0]
        row[:] = 2 * delta[0], 4 * delta[0] ** 2, delta @ delta, delta[1] ** 2
    return found


def _second_moments(size: int, samples: int) -> np.ndarray:
    moments = moments_at(samples, size)
    numbers = lower((n, m), moments.g, moments.a, moments.b, moments.c)(samples, size)
    g_, a_, b_, c_ = map(float, numbers)
    squared, variance = 4.0, 0.49
    across = b_ * squared + c_ * variance
    along = a_ * squared + across
    return np.array([g_ * squared, along * squared, a_ * squared + size * across, across])
