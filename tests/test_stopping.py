"""The best number of steps of gradient descent, against all numbers tried one by one."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from update_magnitude.theory import theorem
from update_magnitude.theory.numbers.spectral import Descent, Ridge, filter_moments
from update_magnitude.theory.numbers.stopping import best_steps


@given(st.floats(0.2, 4), st.floats(0.05, 1), st.floats(0.1, 2), st.floats(0.02, 3))
@settings(max_examples=15)
def test_no_number_of_steps_is_better(gamma, share, drift, noise):
    rate = share / (1 + math.sqrt(gamma)) ** 2
    best = best_steps(gamma, rate, drift, noise)
    steps = np.arange(1, 150)
    risks = filter_moments(Descent(steps, rate), gamma).risk(drift, noise)
    least = min(drift, risks.min())
    assert best.risk <= least + 1e-10 * (drift + noise)
    if 1 <= best.steps < 150:
        assert risks[int(best.steps) - 1] == pytest.approx(best.risk, rel=1e-12)
    ridge = float(theorem("filter-best-penalty")(gamma=gamma, D_S=drift, N=noise))
    assert best.risk >= filter_moments(Ridge(ridge), gamma).risk(drift, noise) * (1 - 1e-9)


def test_the_certificate_is_one():
    """Its ranges are all numbers of steps, each once; no bound is below the best."""
    best = best_steps(gamma=0.8, rate=0.2, drift=1.0, noise=0.3)
    ranges = list(best.bounds)
    assert ranges[0][0] == 1
    assert ranges[-1][1] == math.inf
    assert all(last + 1 == first for (_, last), (first, _) in pairwise(ranges))
    assert min(best.bounds.values()) >= best.risk - 1e-10
    for (first, last), bound in best.bounds.items():
        tried = np.unique(np.linspace(first, min(last, first + 1000), 5).astype(int))
        assert (filter_moments(Descent(tried, 0.2), 0.8).risk(1.0, 0.3) >= bound - 1e-12).all()


def test_none_all_and_nonsense():
    assert best_steps(gamma=3.0, rate=0.1, drift=0.01, noise=50.0).steps == 0
    endless = best_steps(gamma=2.0, rate=0.1, drift=1.0, noise=0.0)
    assert endless.steps == math.inf
    assert endless.risk == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"rate = 0\.3: it is above 0 and at most"):
        best_steps(gamma=2.0, rate=0.3, drift=1.0, noise=0.1)
    with pytest.raises(ValueError, match="noise = -1"):
        best_steps(gamma=2.0, rate=0.1, drift=1.0, noise=-1)
