"""Fixed capacity: the best number of trainable parameters, against all of them tried."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.theory import best_count, means, theorem

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


@given(st.integers(3, 24), st.integers(2, 24), DRIFT, DRIFT, NOISE, SCALE)
@settings(max_examples=25)
def test_the_best_count_is_the_best_by_the_recursion(P, n, norm, step, sigma, alpha):
    """θ_1 = 0, an orthogonal step, spread evenly; without noise m = P may be at the threshold."""
    found: dict[str, dict[int, float]] = {measure: {0: 0.0} for measure in MEASURES}
    for m in range(1, P + 1):
        sizes = {"trained": m} | ({"held": P - m} if m < P else {})
        if min(sizes.values()) < 2:
            continue  # one parameter has no room for an orthogonal step
        lengths = {name: [norm * size / P, step * size / P] for name, size in sizes.items()}
        scenario = scenarios.parse(
            {
                "blocks": sizes,
                "tasks": {"count": 2, "samples": [1, n], "noise": sigma},
                "optima": {
                    "norm": {name: length[0] ** 0.5 for name, length in lengths.items()},
                    "distance": {name: length[1] ** 0.5 for name, length in lengths.items()},
                },
                "updates": {
                    "strategy": "custom",
                    "trainable": [[], ["trained"]],
                    "scale": [1.0, alpha],
                },
            }
        )
        prediction = means(scenario)
        if np.isfinite(prediction.risk).all():
            gained = prediction.risk[1, 1] - norm - step
            found["forgetting"][m], found["second_risk"][m] = prediction.forgetting, gained
            found["mean"][m] = (prediction.forgetting + gained) / 2
    for measure, changes_by in found.items():
        best = best_count(measure, P, n, norm + step, -norm, sigma, alpha)
        size = max(abs(change) for change in changes_by.values())
        assert best.change <= min(changes_by.values()) + 1e-10 * (1 + size)
        if best.m in changes_by:
            assert best.change == pytest.approx(changes_by[best.m], rel=1e-9, abs=1e-9)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="it is one of forgetting, second_risk, mean"):
        best_count("risk", 20, 5, 1.0)
    with pytest.raises(ValueError, match="whole number is needed"):
        best_count("mean", 20.5, 5, 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        best_count("mean", 20, 5, -1.0)


@pytest.mark.parametrize("measure", MEASURES)
@given(*SIZES, DRIFT, SHARE, st.floats(0.01, 2), SCALE)
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
    prediction = means(scenario)
    error = prediction.risk[0, 0]
    drift = error + step**2
    at = {"P": capacity, "m": moving, "n": samples, "sigma": sigma, "alpha": alpha}
    forgetting = theorem("capacity-change-forgetting")(**at, d_d=drift, e_d_all=-error)
    assert float(forgetting) == pytest.approx(prediction.forgetting, rel=1e-10)
    gain = theorem("capacity-change-second-risk")(**at, d_d=drift)
    assert drift + float(gain) == pytest.approx(prediction.risk[1, 1], rel=1e-10)


def by_hand(measure: str, P: int, n: int, m: int, drift: float, overlap: float, sigma: float,
            alpha: float) -> float:  # fmt: skip
    """The change by result U as docs/model.md has it, N = 0 at the threshold included."""
    share, held = m / P, drift * (P - m) / P
    gain, noise = min(m, n) / max(m, 1), held + sigma**2
    fewer, gap = min(m, n), abs(m - n) - 1
    spread = 0.0 if noise * m == 0 else fewer / gap * noise if gap > 0 else np.inf
    variance = alpha**2 * (gain * drift * share + spread)
    lost = 2 * alpha * gain * overlap * share + variance
    gained = -2 * alpha * gain * drift * share + variance
    return {"forgetting": lost, "second_risk": gained, "mean": (lost + gained) / 2}[measure]


@pytest.mark.parametrize("sigma", [0.0, 0.01, 0.7])
@pytest.mark.parametrize("measure", MEASURES)
def test_the_best_count_is_the_best_beside_the_threshold(measure, sigma):
    """P = n − 3 to n + 3, where the ends of both branches and m = P without noise are close."""
    for P, alpha in product(range(3, 10), (1.0, 0.3, 0.05)):
        n, drift, overlap = 6, 1.3, -0.4
        every = [by_hand(measure, P, n, m, drift, overlap, sigma, alpha) for m in range(P + 1)]
        best = best_count(measure, P, n, drift, overlap, sigma, alpha)
        assert best.change == pytest.approx(min(every), rel=1e-12, abs=1e-15), (P, alpha)
        assert every[best.m] == pytest.approx(min(every), rel=1e-12, abs=1e-15), (P, alpha)
        for m, change in best.candidates.items():
            assert change == pytest.approx(every[m], rel=1e-12, abs=1e-15), (P, alpha, m)
