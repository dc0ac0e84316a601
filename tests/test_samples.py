"""Replicates by themselves: the same as those whose moments an experiment reports."""

from __future__ import annotations

import numpy as np
import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.measures.gradients import DISTANCE, OWN, Gradients
from update_magnitude.simulations.reducers import LARGEST, Averages
from update_magnitude.simulations.runner import Runner
from update_magnitude.simulations.simulation import sample_runner
from update_magnitude.theory import drift, means, theorem


@pytest.mark.parametrize("engine", ["dense", "law"])
def test_their_moments_are_those_of_an_experiment(engine):
    scenario = scenarios.preset("two-close-tasks")
    drawn = sample_runner(scenario, seed=3, engine=engine)
    drawn.run(5000)
    values = drawn.results().values[:, 0]
    assert len(values) == drawn.replicates >= 5000
    experiment = Experiment([scenario], seed=3, engine=engine)
    experiment.run(drawn.replicates)
    found = experiment.results()[0]
    rounding = drawn.results().rounding[0, 4]
    np.testing.assert_allclose(rounding, found.forgetting.rounding, rtol=1e-11)
    np.testing.assert_allclose(values[:, 4].mean(), found.forgetting.mean, rtol=1e-11)
    spread = values[:, 4].std(ddof=1) / np.sqrt(len(values))
    np.testing.assert_allclose(spread, found.forgetting.standard_error, rtol=1e-9)


def test_more_than_are_kept_are_refused():
    with pytest.raises(ValueError, match="more than are kept"):
        sample_runner(scenarios.preset("two-close-tasks"), 0, "law").run(LARGEST + 1)
    with pytest.raises(ValueError, match="more than are kept"):
        sample_runner(scenarios.preset("two-close-tasks"), 0, "law", [0, 4]).run(LARGEST // 2 + 1)


def test_without_columns_all_that_is_read_counts():
    """A replicate of two tasks has seven numbers: four risks, F, G and L."""
    with pytest.raises(ValueError, match="replicates of 7 numbers: more than are kept"):
        sample_runner(scenarios.preset("two-close-tasks"), 0, "law").run(LARGEST // 7 + 1)


def test_gradients_as_a_loop_over_numpy_has_them():
    """⟨g_2(θ_1), g_1(θ_0)⟩ and the distance estimate: two samples of replicates, z < 5."""
    scenario = varied(scenarios.preset("two-distant-tasks"), {"tasks.samples": [6, 9]})
    drawn = Runner([scenario], seed=0, measure=Gradients(), reducer=Averages())
    drawn.run(20_000)
    found = drawn.results()
    rng, values = np.random.default_rng(1), []
    first, second = np.zeros(32), np.zeros(32)
    first[0], first[16] = 0.5, 1.0
    second[[0, 1, 16, 17]] = 0.5, 0.5, 1.0, 2.5
    for _ in range(6000):
        features = [rng.standard_normal((32, n)) for n in (6, 9)]
        y = [
            X.T @ optimum + 0.3 * rng.standard_normal(X.shape[1])
            for X, optimum in zip(features, (first, second), strict=True)
        ]

        def gradient(k, theta, which=slice(None), features=features, y=y):
            X = features[k][:, which]
            return X @ (X.T @ theta - y[k][which]) / X.shape[1]

        after = np.linalg.lstsq(features[0].T, y[0], rcond=None)[0]
        zero = np.zeros(32)
        halves = [
            gradient(1, zero, one) - gradient(0, zero, other)
            for one, other in ((slice(4), slice(3)), (slice(4, 9), slice(3, 6)))
        ]
        values.append([gradient(1, after) @ gradient(0, zero), halves[0] @ halves[1]])
    loop = np.array(values)
    for place, index in enumerate((OWN, DISTANCE)):
        error = np.hypot(found.standard_error[index], loop[:, place].std() / np.sqrt(len(loop)))
        assert abs(found.mean[index] - loop[:, place].mean()) < 5 * error
        assert error < 0.3


@pytest.mark.parametrize(
    "name", ["two-close-tasks", "two-distant-tasks", "two-tasks-underparameterized"]
)
def test_drift_in_numbers_gives_the_closed_form(name):
    scenario = scenarios.preset(name)
    found = drift(scenario)
    values = {
        "m": scenario.trainable_count(1),
        "n": scenario.tasks.samples[1],
        "alpha": 1.0,
        "D_S": found.trained(found.drift),
        "N": found.held(found.drift) + scenario.tasks.noise[1] ** 2,
        "e_d": found.trained(found.overlap),
    }
    forgetting = float(theorem("two-task-forgetting")(**values))
    assert forgetting == pytest.approx(means(scenario).forgetting, rel=1e-12)


def test_a_drift_needs_two_tasks_learned_one_on_another():
    with pytest.raises(ValueError, match="learned one on another"):
        drift(scenarios.preset("returning-tasks"))
