"""Intervals over few seeds: they never leave what is possible, and are Student's where they can."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from tests.networks.test_network_figures import made_up
from update_magnitude.figures.networks import comparison
from update_magnitude.figures.networks.looks import over_seeds
from update_magnitude.figures.style import style
from update_magnitude.paper_checks.networks.verdicts import compared
from update_magnitude.simulations.networks.metrics import (
    METRICS,
    POSSIBLE,
    differences,
    interval,
)
from update_magnitude.simulations.networks.results import summary

SHARES = st.floats(0, 1)


def student(values: np.ndarray) -> tuple[float, float]:
    reach = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return values.mean() - reach, values.mean() + reach


def far_apart() -> xr.Dataset:
    """Two seeds of three strategies: one learns all and forgets all, the other learns nothing."""
    found = made_up(("initialized", "frozen", "hybrid"), 3, seeds=2)
    values = found.accuracy.values
    values[:, 0] = np.where(np.isnan(values[:, 0]), np.nan, 0.0)
    for strategy in range(3):
        np.fill_diagonal(values[strategy, 0], 1.0)
    values[:, 1] = np.where(np.isnan(values[:, 1]), np.nan, 0.5)
    values[1] = values[1, ::-1]
    return found


@given(st.lists(SHARES, min_size=2, max_size=5).map(np.array))
def test_an_interval_is_students_cut_to_what_is_possible(values):
    low, high = student(values)
    found = interval(values, (0.0, 1.0))
    assert found.low == pytest.approx(min(max(low, 0), 1), abs=1e-12)
    assert found.high == pytest.approx(max(min(high, 1), 0), abs=1e-12)
    assert 0 <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= 1


def test_two_seeds_would_leave_it():
    low, high = student(np.array([0.90, 0.98]))
    assert low > 0
    assert high > 1.4
    assert interval(np.array([0.90, 0.98]), (0.0, 1.0)).high == 1


def test_no_interval_of_a_run_leaves_what_is_possible():
    """And some are cut: of Avg.Acc, of Forgetting, and of differences of either."""
    run, cut = far_apart(), set()
    for metrics in summary(run).values():
        for name, of in metrics.items():
            least, most = POSSIBLE[name]
            assert least <= of["low"] <= of["high"] <= most
            if least == of["low"] or most == of["high"]:
                cut.add(name)
    for metric in METRICS:
        of = compared(run, metric, "hybrid", "frozen")
        least, most = differences(POSSIBLE[metric])
        assert least <= of.low <= of.high <= most
        if (of.low, of.high) == (least, most):
            cut.add(f"difference of {metric}")
    assert {"avg_acc", "forgetting", "difference of forgetting"} <= cut


def test_differences_lie_where_both_values_can():
    assert differences((0.0, 1.0)) == (-1.0, 1.0)
    assert differences((-1.0, 1.0)) == (-2.0, 2.0)


def test_intervals_that_are_drawn_stay_inside():
    with style():
        figure = comparison.plot(far_apart())
    for axes, metric in zip(figure.axes, comparison.SHOWN, strict=False):
        least, most = (100 * end for end in POSSIBLE[metric])
        ends = [
            segment[:, 0] for lines in axes.collections for segment in lines.get_segments()
        ]  # of error bars
        assert ends
        assert all(least - 1e-9 <= end.min() <= end.max() <= most + 1e-9 for end in ends)


def test_what_is_drawn_is_what_is_printed():
    values = np.array([[0.90, 0.98], [0.5, 0.52]])
    mean, (down, up) = over_seeds(values, (0.0, 1.0))
    for place, row in enumerate(values):
        found = interval(row, (0.0, 1.0))
        np.testing.assert_allclose(
            [mean[place] - down[place], mean[place] + up[place]], [found.low, found.high]
        )


def test_a_cut_interval_covers_the_mean_as_often():
    """1,000 runs of two accuracies about 0.9: the interval covers in 95%, with a standard error of
    0.7%. Beyond four of them the test fails, by chance in 1 of 16,000; one of 92% would fail it."""
    random = np.random.default_rng(4)
    values = np.clip(random.normal(0.9, 0.01, (1000, 2)), 0, 1)
    held = np.mean(
        [entry.low <= 0.9 <= entry.high for entry in (interval(v, (0.0, 1.0)) for v in values)]
    )
    assert abs(held - 0.95) < 4 * 0.007
    beside = [interval(v, (0.0, 1.0)) for v in values]
    assert np.mean([entry.high == 1.0 for entry in beside]) > 0.2
