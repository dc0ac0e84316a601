"""The standard errors of shares and of variances, against how much these really spread.

Of 3,000 repetitions the variance of z has a standard error of 2.6%: five of them are allowed, and
with a law that is taken to be without error it would be 2, which is refuted below.
"""

from __future__ import annotations

import numpy as np

from update_magnitude.paper_checks.claims.tails import share_below, variance
from update_magnitude.simulations.reducers import Samples

REPETITIONS = 3_000
ALLOWED = 5 * np.sqrt(2 / REPETITIONS)


def exact(values: np.ndarray) -> Samples:
    """Numbers that no rounding has moved, as one measure of one scenario."""
    return Samples(values[:, None, None], np.zeros((1, 1)))


def test_a_share_below_a_drawn_quantile_errs_as_it_says():
    rng = np.random.default_rng(0)
    readings = [
        share_below(0, 0.3, 1, [exact(rng.standard_normal(400)) for _ in range(2)])
        for _ in range(REPETITIONS)
    ]
    z = np.array([(reading.estimate - 0.3) / reading.standard_error for reading in readings])
    assert abs(z.var() - 1) < ALLOWED
    assert abs(2 * z.var() - 1) > ALLOWED


def test_a_variance_errs_as_its_fourth_moment_says():
    rng = np.random.default_rng(1)
    readings = [variance(exact(draws)) for draws in rng.standard_normal((REPETITIONS, 500))]
    z = np.array([(reading.estimate - 1) / reading.standard_error for reading in readings])
    assert abs(z.mean()) < 0.1 + 5 / np.sqrt(REPETITIONS)  # skewed: by 8^{3/2}/(6 √(2 · 500)) ≈ 0.1
    assert abs(z.var() - 1) < ALLOWED + 0.05  # and so a little wider
