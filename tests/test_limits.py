"""Limits read off three sizes: what is taken out, what is allowed for, and what is refuted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.test_statistics import PROFILE, question
from update_magnitude import scenarios
from update_magnitude.paper_checks import PROFILES, check_scenario, judge
from update_magnitude.paper_checks.claims.limits import (
    LOWER,
    NORMALS,
    SIZES,
    at_sizes,
    combined,
    limit,
    limit_study,
)
from update_magnitude.paper_checks.claims.regimes import is_exact
from update_magnitude.paper_checks.questions import Approach, Reading
from update_magnitude.paper_checks.sentences import on_limits
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Measurement
from update_magnitude.scenarios import ScenarioError, library, varied

QUICK = PROFILES["quick"]
ERROR = 1e-4


def identity(value: Reading) -> Reading:
    return value


def series(*terms: float) -> list[float]:
    """Σ_j terms_j/n^j at the sizes."""
    return [sum(term / size**j for j, term in enumerate(terms)) for size in SIZES]


def read(values: list[float], predictions: list[float], error: float = ERROR) -> Reading:
    return limit(identity, predictions)([Reading(value, error) for value in values])


def test_the_terms_in_one_over_n_and_its_square_are_taken_out():
    assert combined(series(2.0, -3.0, 5.0)) == pytest.approx(2.0)
    assert combined(series(2.0, -3.0), LOWER) == pytest.approx(2.0)
    assert combined(series(0.0, 0.0, 0.0, 1.0)) == pytest.approx(0.125)


def test_errors_add_up_as_those_of_independent_numbers():
    found = read(series(1.0), [1.0] * 3)
    assert found.standard_error == pytest.approx(ERROR * np.sqrt(1 / 9 + 4 + 64 / 9))
    assert found.rounding == 0.0  # no difference beyond its noise


def test_what_is_left_is_allowed_for_and_no_more():
    """The terms in 1/n² make 1/8 of 5 of the lower combination, of which a quarter is allowed."""
    found = read(series(1.0, 0.1, 0.5), [1.0] * 3, error=1e-9)
    assert found.rounding == pytest.approx(0.5 / 8 / 4, rel=1e-6)
    known = series(1.0, 0.1, 0.5)  # at every size, by theory: nothing is left open
    assert read(known, known, error=1e-9).rounding == 0.0


def test_a_verdict_on_a_limit():
    asked = question(1.0)

    def word(values: list[float]) -> str:
        return judge([Measurement(asked, read(values, [1.0] * 3), {}, 100, 0)], PROFILE)[0]

    assert word(series(1.0, 0.3)).verdict != REFUTED
    assert word(series(1.01, 0.3)).verdict == REFUTED
    open_ended = word(series(1.0, 0.3, 5.0))
    assert open_ended.verdict == INCONCLUSIVE
    assert "of the limit open" in open_ended.reason


def test_the_rate_is_the_slope_of_what_is_resolved():
    falls = Approach(SIZES, (1.4, 1.1, 1.025), (1e-3,) * 3, (1.0,) * 3)
    assert falls.rate == pytest.approx(-2.0)
    assert dataclasses.replace(falls, standard_errors=(1e-3, 1.0, 1e-3)).rate == pytest.approx(-2.0)
    assert dataclasses.replace(falls, standard_errors=(1e-3, 1.0, 1.0)).rate is None
    assert dataclasses.replace(falls, predictions=falls.estimates).rate is None


def test_all_sizes_grow_alike():
    base = library("equivalent")
    small, middle, large = at_sizes(base)
    assert small == varied(base, {})
    assert (middle.blocks.sizes, large.blocks.sizes) == ((16, 16, 8), (32, 32, 16))
    assert small.tasks.samples[0] > 0
    assert large.tasks.samples == tuple(4 * samples for samples in small.tasks.samples)
    assert (large.optima, large.tasks.noise, large.features) == (
        *(small.optima, small.tasks.noise, small.features),
    )


def test_a_large_scenario_is_judged_at_parts_of_it():
    large = varied(
        library("equivalent"),
        {"blocks": {"wide": 400, "middle": 400, "narrow": 200}, "tasks.samples": 400},
    )
    sizes = at_sizes(large)
    assert sum((one.blocks.capacity + 1) * sum(one.tasks.samples) for one in sizes) <= NORMALS
    assert sizes[1].blocks.capacity == 2 * sizes[0].blocks.capacity
    ratio = large.blocks.capacity / large.tasks.samples[0]
    assert sizes[0].blocks.capacity / sizes[0].tasks.samples[0] == pytest.approx(ratio)


def test_a_scenario_without_a_law_is_checked_as_a_limit():
    own = varied(library("equivalent"), {"updates.penalty": 0.3})
    outcome = check_scenario(own, QUICK, seed=0)
    assert {v.verdict for v in outcome} == {HOLDS}
    assert {v.claim for v in outcome} == {"risk", "forgetting", "generalization"}
    assert {v.engine for v in outcome} == {"dense"}
    assert "no law" in outcome.notes[0]
    mistakes = {control.name for verdict in outcome for control in verdict.controls}
    assert {"κ without λ", "variances of the wrong task"} <= mistakes
    row = outcome[0].document()["approach"]
    assert (row["sizes"], len(row["estimates"])) == (list(SIZES), 3)
    assert all(line.startswith("approach to the limit") for line in on_limits(outcome))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [one for one in scenarios.preset_names() if not is_exact(scenarios.preset(one))]
)
def test_every_preset_without_an_exact_prediction_nears_its_limit(name):
    outcome = check_scenario(scenarios.preset(name), QUICK, seed=0)
    assert {v.verdict for v in outcome} == {HOLDS}
    assert any("judged at P = " in note for note in outcome.notes)


def test_it_needs_the_dense_engine():
    with pytest.raises(ScenarioError, match="use the dense engine"):
        check_scenario(library("equivalent"), QUICK, seed=0, engines=["law"])


def test_weights_are_no_mistake_where_there_are_none():
    study = limit_study(library("equivalent"), 0)
    mistakes = {name for asked in study.questions for name in asked.wrong}
    assert not mistakes & {"weights left out", "ρ and 1/ρ exchanged", "κ without λ"}


def test_the_mean_over_turns_is_the_mean():
    """z < 5 between both, at a third of the variance at most."""
    from update_magnitude.simulations import Experiment

    one = scenarios.preset("two-close-tasks")
    found = []
    for seed, turns in ((1, 1), (2, 8)):
        experiment = Experiment([one], seed, turns=turns)
        experiment.run(8192)
        found.append(experiment.results()[0].generalization)
    plain, turned = found
    error = np.hypot(plain.standard_error, turned.standard_error)
    assert abs(plain.mean - turned.mean) < 5 * error
    assert turned.standard_error < 0.58 * plain.standard_error
