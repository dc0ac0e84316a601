"""How the claims about the constrained problem are asked: contrasts, ratios and places."""

from __future__ import annotations

import math

import numpy as np
import pytest

from update_magnitude.paper_checks.claims import evidence, least_forgetting, optimal_update
from update_magnitude.paper_checks.claims.optimal_update import (
    ROUGHLY,
    SLOPE,
    STEP,
    best_holds,
    held,
    left_to_learn,
)
from update_magnitude.paper_checks.readings import furthest_ratio, largest_ratio
from update_magnitude.scenarios import varied
from update_magnitude.simulations.reducers import Samples
from update_magnitude.theory import means


@pytest.mark.parametrize(("weights", "left"), [(SLOPE, 1e-4), (ROUGHLY, 0.01)])
def test_differences_make_a_slope(weights, left):
    """Of a function of log λρ that is curved as much as any that is asked about."""
    found = sum(weight / STEP * math.sin(1 + STEP * count) for count, weight in weights.items())
    assert found == pytest.approx(math.cos(1), abs=left)


def test_what_is_left_to_learn_makes_up_the_risk_before_the_update():
    for title in optimal_update.PLACES:
        scenario = optimal_update.scenario(title)
        assert sum(left_to_learn(scenario)) == pytest.approx(means(scenario).risk[0, 1])


def test_the_best_update_is_held_more_tightly_where_less_is_left_or_noise_is_larger():
    near, far, noisy = (
        best_holds(optimal_update.scenario(title))
        for title in ("near tasks", "far tasks", "noisy tasks")
    )
    for name in near:
        assert far[name] < near[name] < noisy[name]


def test_only_the_second_update_is_held():
    scenario = optimal_update.scenario("near tasks")
    constrained = held(scenario, {"shared": 0.5, "specific": 0.1})
    first, second = constrained.schedule
    assert (first.penalty, first.weights) == (0.0, (1.0, 1.0))
    assert [second.penalty * weight for weight in second.weights] == [0.5, 0.1]
    assert means(constrained).risk[0] == pytest.approx(means(scenario).risk[0])


def test_ratios_are_read_from_every_replicate():
    values = np.array([[[2.0], [4.0]], [[9.0], [10.0]], [[3.0], [2.9]]])
    results = Samples(values, 0.0)
    assert largest_ratio(0, 1, 0)(results).estimate == pytest.approx(3.0 / 2.9)
    assert furthest_ratio(0, 1, 0)(results).estimate == 0.5


def test_descent_has_the_weights_of_least_forgetting():
    least, _, _, descent, plain = least_forgetting.compared()
    assert descent.schedule[-1].weights == least.schedule[-1].weights == pytest.approx((1.6, 0.3))
    assert plain.schedule[-1].weights == (1.0, 1.0)


def test_the_grid_has_regimes_of_all_kinds():
    titles = [scenario.title for scenario in evidence.grid()]
    assert len(set(titles)) == len(titles) == 24
    assert len(evidence.BEHIND) == 1  # as the claim says in words
    assert set(evidence.CLOSE) <= set(titles)
    better = {next(iter(evidence.standard(scenario))) for scenario in evidence.grid()}
    assert better == {"frozen", "initialized"}


def test_the_standard_strategies_are_those_of_the_same_tasks():
    scenario = next(evidence.grid())
    for name, other in evidence.standard(scenario).items():
        assert other == varied(scenario, {"updates": {"strategy": name}})
        assert (other.tasks, other.optima) == (scenario.tasks, scenario.optima)
    for scenario in evidence.grid():
        better, worse = (means(other) for other in evidence.standard(scenario).values())
        assert better.generalization <= worse.generalization  # a tie where nothing is left to learn
