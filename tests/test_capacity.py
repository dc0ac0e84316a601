"""Fixed capacity: the best number of trainable parameters, against all of them tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios
from theory import predict, theorem
from theory.best_count import best_count

MEASURES = ("forgetting", "second_risk", "mean")
SIZES = (st.integers(3, 90), st.integers(2, 90))
DRIFT = st.floats(0.1, 4)
SHARE = st.floats(-1, 0)  # E⟨e, d⟩ over E‖d‖²
NOISE = st.just(0.0) | st.floats(0.01, 2)
SCALE = st.just(1.0) | st.floats(0.02, 1.5)


def changes(measure: str, P: int, n: int, **values: float) -> np.ndarray:
    """The change for m = 0, 1, ..., P; infinite where it has no finite mean."""
    of = theorem(f"capacity-change-{measure.replace('_', '-')}")
    known = {"P": P, "n": n, "m": np.arange(1, P + 1), **values}
    found = of(**{name: known[name] for name in of.arguments})
    return np.concatenate([[0.0], np.where(np.isfinite(found), found, np.inf)])


@pytest.mark.parametrize("measure", MEASURES)
@given(*SIZES, DRIFT, SHARE, NOISE, SCALE)
def test_the_best_count_is_the_best_of_all(measure, P, n, drift, share, sigma, alpha):
    best = best_count(measure, P, n, drift, share * drift, sigma, alpha)
    tried = changes(measure, P, n, d_d=drift, e_d_all=share * drift, sigma=sigma, alpha=alpha)
    assert best.change == pytest.approx(tried.min(), rel=1e-12, abs=1e-12)
    assert tried[best.m] == pytest.approx(tried.min(), rel=1e-12, abs=1e-12)


@given(*SIZES, DRIFT, SHARE, NOISE, SCALE)
def test_slope_and_curvature_are_those_of_the_curve(P, n, drift, share, sigma, alpha):
    """The slope by differences; where it vanishes, a minimum exactly where the curvature says."""
    values = {"P": P, "n": n, "d_d": drift, "e_d_all": share * drift}
    values |= {"sigma": sigma, "alpha": alpha}

    def at(what: str, m: float) -> float:
        of = theorem(f"capacity-{what}-forgetting")
        return float(of(**{name: (values | {"m": m})[name] for name in of.arguments}))

    for m in (n / 2, n + 5.0):
        if m > P:
            continue
        step = 1e-4
        rise = (at("change", m + step) - at("change", m - step)) / (2 * step)
        if np.isfinite(rise) and m + step <= P:
            assert at("slope", m) == pytest.approx(rise, rel=1e-5, abs=1e-5)
    best = at("count", 0.0)
    if np.isfinite(best) and best > 0.2 and n - 1 - best > 0.2 and best < P - 0.2:
        ends = [at("change", best + side) - at("change", best) for side in (-0.1, 0.1)]
        assert (ends[0] > 0) == (ends[1] > 0) == (at("curvature", 0.0) > 0)


@given(*SIZES, DRIFT, SHARE, st.floats(0.1, 1))
def test_beyond_the_threshold_forgetting_falls_in_the_count(P, n, drift, share, sigma):
    tried = changes("forgetting", P, n, d_d=drift, e_d_all=share * drift, sigma=sigma, alpha=1.0)
    assert (np.diff(tried[n + 2 :]) < 0).all()


@given(*SIZES, DRIFT, st.floats(-1, -0.01), NOISE)
def test_a_whole_update_is_best_for_all_or_for_none(P, n, drift, share, sigma):
    """α = 1 and a drift orthogonal to what was not learned: no interior minimum of forgetting."""
    assert best_count("forgetting", P, n, drift, share * drift, sigma).m in (0, P)


@pytest.mark.parametrize(("samples", "moving"), [(12, 30), (12, 20), (60, 10), (60, 30)])
@pytest.mark.parametrize("alpha", [1.0, 0.4])
def test_the_change_is_that_of_the_recursion(samples, moving, alpha):
    """Two regimes, two sizes each: a scenario whose optima are spread evenly over 40 parameters."""
    capacity, norm, step, sigma = 40, 1.3, 0.8, 0.5
    shares = {"held": (capacity - moving) / capacity, "trained": moving / capacity}
    scenario = scenarios.parse(
        {
            "blocks": {"held": capacity - moving, "trained": moving},
            "tasks": {"count": 2, "samples": [15, samples], "noise": sigma},
            "optima": {
                "norm": {name: norm * share**0.5 for name, share in shares.items()},
                "distance": {name: step * share**0.5 for name, share in shares.items()},
            },
            "updates": {"strategy": "frozen", "scale": [1.0, alpha]},
        }
    )
    prediction = predict(scenario)
    error = prediction.risk[0, 0]
    drift = error + step**2
    at = {"P": capacity, "m": moving, "n": samples, "sigma": sigma, "alpha": alpha}
    forgetting = theorem("capacity-change-forgetting")(**at, d_d=drift, e_d_all=-error)
    assert float(forgetting) == pytest.approx(prediction.forgetting, rel=1e-10)
    gain = theorem("capacity-change-second-risk")(**at, d_d=drift)
    assert drift + float(gain) == pytest.approx(prediction.risk[1, 1], rel=1e-10)
