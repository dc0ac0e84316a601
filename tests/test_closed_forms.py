"""Closed forms of theorems against result R, optima against grids, thresholds on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.theory import critical_distance, means, theorem


@st.composite
def updates(draw) -> dict[str, float]:
    """Sizes in one of the regimes, away from the threshold."""
    n, gap = draw(st.integers(3, 60)), draw(st.integers(2, 60))
    over = draw(st.booleans())
    return {"n": n, "m": n + gap} if over or n - gap < 2 else {"n": n, "m": n - gap}


@given(updates(), *(st.floats(0.1, 3) for _ in range(4)))
def test_steps_agree_with_the_recursion(sizes, alpha, norm, step, sigma):
    """θ_1 from θ_0 = 0: q_b = E‖θ_1‖² and c_{b,i}, and from them the risk on another task."""
    scenario = _two(sizes["m"], [sizes["n"]] * 2, [alpha, 0.0], norm, step, sigma)
    squared = norm**2
    q = theorem("norm-step")(
        **sizes, alpha=alpha, D_S=squared, G_tt=squared, N=sigma**2, c_bt=0, q_b=0, p_b=sizes["m"]
    )
    overlap = theorem("overlap-step")(**sizes, alpha=alpha, G_ti=squared, c_bi=0)
    risk = means(scenario).risk[0]
    assert q - 2 * overlap + squared == pytest.approx(risk[0], rel=1e-10)
    assert q - 2 * overlap + squared + step**2 == pytest.approx(risk[1], rel=1e-10)


@given(updates(), *(st.floats(0.1, 3) for _ in range(3)))
def test_sequences_agree_with_the_recursion(sizes, norm, step, sigma):
    m, at = sizes["m"], {"n": sizes["n"], "m": sizes["m"]}
    risk = means(_two(m, [sizes["n"]] * 2, [1.0, 1.0], norm, step, sigma)).risk
    first = theorem("double-descent")(**at, G_tt=norm**2, sigma=sigma)
    assert float(first) == pytest.approx(risk[0, 0], rel=1e-10)
    after = theorem("initialized-step")
    for task, apart in ((0, step**2), (1, 0.0)):
        found = after(**at, R_i=risk[0, task], apart=apart, sigma=sigma)
        assert float(found) == pytest.approx(risk[1, task], rel=1e-10)


@pytest.mark.parametrize("tasks", range(2, 9))
def test_noise_adds_up_as_lin_et_al_say(tasks):
    """All optima at 0: what is left of a risk after t tasks is noise, (1 − r^t) mσ²/(m − n − 1)."""
    scenario = scenarios.parse(
        {
            "blocks": {"all": 30},
            "tasks": {"count": tasks, "samples": 7, "noise": 0.4},
            "optima": {"norm": {"all": 0.0}, "distance": {"all": 0.0}},
            "updates": {"strategy": "initialized"},
        }
    )
    found = float(theorem("initialized-noise")(m=30, n=7, sigma=0.4, t=tasks))
    assert found == pytest.approx((1 - (23 / 30) ** tasks) * 30 * 0.16 / 22, rel=1e-12)
    assert found == pytest.approx(means(scenario).generalization, rel=1e-10)


@given(updates(), updates(), *(st.floats(0.1, 2) for _ in range(4)))
def test_two_task_forgetting_agrees_with_the_recursion(first, second, norm, step, sigma, alpha):
    m, capacity = second["m"], second["m"] + 3
    n_1 = first["n"] if abs(capacity - first["n"]) > 1 else capacity + 5
    scenario = scenarios.parse(
        {
            "blocks": {"held": 3, "trained": m},
            "tasks": {"count": 2, "samples": [n_1, second["n"]], "noise": [sigma, 0.3]},
            "optima": {
                "norm": {"held": 0.7, "trained": norm},
                "distance": {"held": 0.2, "trained": step},
            },
            "updates": {"strategy": "frozen", "scale": [1.0, alpha]},
        }
    )
    found = theorem("two-task-forgetting-explicit")(
        P=capacity, m=m, n_1=n_1, n_2=second["n"], sigma_1=sigma, sigma_2=0.3,
        alpha_1=1, alpha_2=alpha, norm_S=norm**2, norm_C=0.49,
        step_S=step**2, step_C=0.04, cross_S=0, cross_C=0,
    )  # fmt: skip
    prediction = means(scenario)
    size = prediction.risk.max()
    assert float(found) == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-12 * size)


@given(updates(), *(st.floats(0.1, 2) for _ in range(4)))
def test_forgetting_by_drift_agrees_with_the_recursion(sizes, norm, step, sigma, alpha):
    """All blocks train: E‖e‖² by one theorem, F and R_2 from it by two others."""
    m, at = sizes["m"], {"n": sizes["n"], "m": sizes["m"]}
    prediction = means(_two(m, [sizes["n"]] * 2, [1.0, alpha], norm, step, sigma))
    signal = {"G_tt": norm**2, "D_S": norm**2, "N": sigma**2, "p_b": m, "alpha": 1.0}
    error = theorem("first-task-error")(**at, **signal)
    assert float(error) == pytest.approx(prediction.risk[0, 0], rel=1e-10)
    drift = {"D_S": error + step**2, "N": sigma**2, "alpha": alpha}
    forgetting = theorem("two-task-forgetting")(**at, **drift, e_d=-error)
    gain = theorem("two-task-risk-change")(**at, **drift)
    size = prediction.risk.max()
    assert float(forgetting) == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-12 * size)
    assert float(error + step**2 + gain) == pytest.approx(prediction.risk[1, 1], rel=1e-9)


@given(updates(), st.floats(-3, 3), st.floats(0.1, 3), st.floats(0, 3))
def test_optimal_scales_are_where_a_grid_finds_them(sizes, overlap, drift, noise):
    n, m = sizes["n"], sizes["m"]
    g = min(1.0, n / m)
    v = n / (m - n - 1) if m > n else m / (n - m - 1)
    grid = np.linspace(-40, 40, 400_001)
    size = g * drift + v * noise
    curves = {
        "forgetting": 2 * grid * g * overlap + grid**2 * size,
        "second-risk": -2 * grid * g * drift + grid**2 * size,
        "mean": 2 * grid * g * (overlap - drift) + 2 * grid**2 * size,
    }
    for measure, curve in curves.items():
        of = theorem(f"optimal-scale-{measure}")
        values = sizes | {"D_S": drift, "N": noise, "e_d": overlap}
        best = float(of(**{name: values[name] for name in of.arguments}))
        if abs(best) < 39:
            assert grid[curve.argmin()] == pytest.approx(best, abs=2e-4)


@given(st.integers(1, 60), st.floats(0.05, 10), st.floats(1.05, 30))
def test_the_optimal_count_is_where_a_grid_finds_it(n, eta, ratio):
    xi = ratio * eta
    at = {"n": n, "xi": xi, "eta": eta}
    best, value, bend = (
        float(theorem(f"optimal-{what}-forgetting")(**at))
        for what in ("count", "count-value", "count-curvature")
    )
    grid = n + 1 + np.geomspace(1e-3, 1e4 * n, 400_001)
    curve = n * (eta / (grid - n - 1) - xi / grid)
    assert best > n + 1
    assert bend > 0
    assert grid[curve.argmin()] == pytest.approx(best, rel=1e-3)
    assert curve.min() == pytest.approx(value, rel=1e-6, abs=1e-9)


@given(
    st.integers(2, 30),
    st.integers(2, 30),
    st.integers(1, 90),
    *(st.floats(0.05, 2) for _ in range(4)),
)
def test_critical_scales_are_those_of_the_closed_forms(held, trained, n, norm, step, aside, sigma):
    """x ‖δ‖² is the squared critical distance, where there is one."""
    capacity = held + trained
    assume(abs(capacity - n) > 1 and abs(trained - n) > 1)
    scenario = scenarios.parse(
        {
            "blocks": {"held": held, "trained": trained},
            "tasks": {"count": 2, "samples": n, "noise": sigma},
            "optima": {
                "norm": {"held": 0.5, "trained": norm},
                "distance": {"held": aside, "trained": step},
            },
            "updates": {"strategy": "frozen"},
        }
    )
    signal = {"D_S": 0.25 + norm**2, "N": sigma**2, "alpha": 1.0, "n": n, "m": capacity}
    errors = {
        "e_e": theorem("first-task-error")(**signal, G_tt=norm**2, p_b=trained),
        "e_e_C": theorem("first-task-error")(**signal, G_tt=0.25, p_b=held),
    }
    values = {"P": capacity, "m": trained, "n": n, "sigma": sigma, "alpha": 1.0, **errors}
    values |= {"step_S": step**2, "step_C": aside**2}
    for measure in ("forgetting", "second_risk", "generalization"):
        of = theorem(f"critical-scale-{measure.replace('_', '-')}")
        found = float(of(**{name: values[name] for name in of.arguments}))
        critical = critical_distance(scenario, measure)
        if critical is None:
            assert not found > 1e-9
        else:
            wanted = critical.distance**2 / (step**2 + aside**2)
            assert found == pytest.approx(wanted, rel=1e-8)


def test_without_a_signal_above_the_noise_there_is_no_optimal_count():
    """ξ ≤ η: forgetting only falls towards a plateau as m grows."""
    count = theorem("optimal-count-forgetting")
    assert np.isnan(count(n=5, xi=1.0, eta=[1.0, 2.0])).all()
    m = np.arange(8, 10_000)
    for eta in (1.0, 2.0):
        assert (np.diff(5 * (eta / (m - 6) - 1.0 / m)) < 0).all()


def test_the_paper_regime_of_an_extremum_is_that_of_the_recursion():
    """Redundant trainable parameters, ξ > η > 0: forgetting by result R is least at m*."""
    n, sigma = 10, 0.3

    def forgets(extra: int) -> tuple[float, float, float]:
        scenario = scenarios.parse(
            {
                "blocks": {"held": 10, "trained": 12 + extra},
                "tasks": {"count": 2, "samples": [60 + extra, n], "noise": [3.0, sigma]},
                "optima": {
                    "norm": {"held": 0.0, "trained": 1.0},
                    "distance": {"held": 0.5, "trained": 0.1},
                },
                "updates": {"strategy": "frozen"},
            }
        )
        risk = means(scenario)
        share = scenario.blocks.sizes[1] / scenario.blocks.capacity
        error = risk.risk[0, 0] * share  # underparameterized: spread evenly over all parameters
        held = risk.risk[0, 0] * (1 - share) + 0.25
        return risk.forgetting, error - 0.01, held + sigma**2

    for extra in (0, 5, 30, 200):
        found, xi, eta = forgets(extra)
        m = 12 + extra
        assert found == pytest.approx(n * (eta / (m - n - 1) - xi / m), rel=1e-9)


def _two(
    size: int, samples: list[int], scale: list[float], norm: float, step: float, sigma: float
) -> scenarios.Scenario:
    return scenarios.parse(
        {
            "blocks": {"all": size},
            "tasks": {"count": 2, "samples": samples, "noise": sigma},
            "optima": {"norm": {"all": norm}, "distance": {"all": step}},
            "updates": {"strategy": "initialized", "scale": scale},
        }
    )
