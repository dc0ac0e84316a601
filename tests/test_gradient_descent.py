"""Gradient descent ends at the update of the model, and would not from elsewhere."""

from __future__ import annotations

import pytest

from update_magnitude import scenarios
from update_magnitude.scenarios import varied
from update_magnitude.simulations.measures.gradient_descent import Descent
from update_magnitude.simulations.reducers import Averages
from update_magnitude.simulations.runner import Runner

NAMES = ("two-close-tasks", "two-distant-tasks", "two-tasks-underparameterized", "three-blocks")


def descent_on(scenario, seed):
    return Runner([scenario], seed, measure=Descent(), reducer=Averages())


@pytest.mark.parametrize("name", [*NAMES[:3], pytest.param(NAMES[3], marks=pytest.mark.slow)])
def test_descent_makes_the_update(name):
    scenario = scenarios.preset(name)
    if scenario.updates.scale[-1] != 1:
        scenario = varied(scenario, {"updates.scale": 1.0})
    descent = descent_on(scenario, seed=1)
    descent.run(512)
    share, apart = descent.results().mean[0]
    assert descent.replicates == 512
    assert share == pytest.approx(1, abs=1e-6)
    assert apart < 1e-6


def test_from_another_start_it_ends_elsewhere():
    """Overparameterized, descent keeps what it started with outside the span of the samples."""
    descent = descent_on(scenarios.preset("two-close-tasks"), seed=1)
    descent.run(256)
    (_, apart), (_, from_zero), (_, on_all) = descent.results().mean
    assert apart < 1e-6
    assert from_zero > 0.1
    assert on_all > 0.1


def test_a_scaled_update_is_none_that_descent_makes():
    scaled = varied(scenarios.preset("two-close-tasks"), {"updates.scale": 0.5})
    with pytest.raises(ValueError, match="scale"):
        descent_on(scaled, seed=0)
