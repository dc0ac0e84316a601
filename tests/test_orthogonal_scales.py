"""Scales for tasks with orthogonal optima, against draws and numerical minimization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from update_magnitude.theory import theorem

DRAWS, LARGEST_Z = 40_000, 4.5


def after(state: tuple[float, float], scale: float, g: float, spread: float):
    """L and S of the theorems after one more update."""
    length, met = state
    known = {"alpha": scale, "g": g}
    return (
        float(theorem("orthogonal-scale-length")(L=length, v_N=spread, **known)),
        float(theorem("orthogonal-scale-meeting")(S=met, **known)),
    )


def mean_of_risks(scales: Sequence[float], g: float, spread: float) -> float:
    """At the end: E‖θ − μ‖² and 1 − 1/T; the recursion written out once more."""
    length, met = 0.0, 0.0
    for scale in scales:
        length += scale**2 * (g * (1 + length) + spread) - 2 * scale * g * length
        met += scale * g * (1 - met)
    return length - 2 * met / len(scales) + 1


@pytest.mark.parametrize(("P", "n"), [(14, 6), (4, 15)])
def test_sequences_of_updates_are_what_the_lines_say(P, n):
    rng = np.random.default_rng([P, n])
    optima, sigma, scales = np.eye(P)[:3], 0.4, (0.9, 0.6, 0.4)
    g = min(1.0, n / P)
    spread = sigma**2 * min(n, P) / (abs(P - n) - 1)
    theta, state = np.zeros((DRAWS, P)), (0.0, 0.0)
    for t, scale in enumerate(scales, 1):
        features = rng.standard_normal((DRAWS, n, P))
        residual = np.einsum("knp,kp->kn", features, optima[t - 1] - theta)
        residual += sigma * rng.standard_normal(residual.shape)
        theta = theta + scale * np.einsum("kpn,kn->kp", np.linalg.pinv(features), residual)
        state = after(state, scale, g, spread)
        for values, wanted in (
            ((theta**2).sum(1), state[0]),
            ((theta @ optima[:t].T).sum(1), state[1]),
            (((theta[:, None] - optima[:t]) ** 2).sum(2).mean(1), state[0] - 2 * state[1] / t + 1),
        ):
            error = values.std() / np.sqrt(DRAWS)
            assert error < 0.02
            assert abs(values.mean() - wanted) < LARGEST_Z * error
    assert mean_of_risks(scales, g, spread) == pytest.approx(state[0] - 2 * state[1] / 3 + 1)


def best_scale(state: tuple[float, float], g: float, spread: float, t: int) -> float:
    return float(theorem("orthogonal-scale")(g=g, L=state[0], S=state[1], t=t, v_N=spread))


@given(st.floats(0.05, 1), st.floats(0, 2), st.integers(1, 6))
@settings(max_examples=25)
def test_the_best_scale_for_the_tasks_so_far(g, spread, tasks):
    scales: list[float] = []
    state = (0.0, 0.0)
    for t in range(1, tasks + 1):
        scale = best_scale(state, g, spread, t)
        around = [mean_of_risks([*scales, scale + step], g, spread) for step in (-0.01, 0, 0.01)]
        assert around[1] == min(around)
        if t <= 2:
            balanced = theorem("orthogonal-scale-balanced")(g=g, L=state[0], t=t, v_N=spread)
            assert scale == pytest.approx(float(balanced))
        scales.append(scale)
        state = after(state, scale, g, spread)


def test_when_it_is_one_over_t():
    """Without noise: always for g = 1, for g < 1 at the first two tasks and at no later one."""
    for g in (1.0, 0.6):
        state = (0.0, 0.0)
        for t in range(1, 6):
            scale = best_scale(state, g, 0.0, t)
            if g == 1 or t <= 2:
                assert scale == pytest.approx(1 / t)
            else:
                assert scale > 1.01 / t
            lost = float(theorem("orthogonal-scale-balance")(g=g, L=state[0], t=t))
            if state[1] == pytest.approx((t - 1) * state[0]):
                length, met = after(state, 1 / t, g, 0.0)
                assert t * length - met == pytest.approx(lost)
            state = after(state, scale, g, 0.0)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_all_scales_that_are_best_at_the_end(spread):
    tasks = np.arange(1, 5)
    if spread:
        wanted = theorem("orthogonal-scale-final")(T=4, t=tasks, v_N=spread)
    else:
        wanted = theorem("orthogonal-scale-final-noiseless")(t=tasks)
    found = minimize(mean_of_risks, np.full(4, 0.5), (1.0, spread), tol=1e-12)
    np.testing.assert_allclose(found.x, wanted, atol=1e-4)
    assert mean_of_risks(wanted, 1.0, spread) <= found.fun + 1e-12


@pytest.mark.parametrize("g", [0.2, 0.7, 1.0])
def test_the_first_of_two_scales(g):
    for second in (0.3, 0.5):
        first = float(theorem("orthogonal-scale-first")(alpha_2=second, g=g))
        around = [mean_of_risks([first + step, second], g, 0.0) for step in (-0.01, 0, 0.01)]
        assert around[1] == min(around)
    assert first == pytest.approx((2 - g) / (4 - 3 * g))
