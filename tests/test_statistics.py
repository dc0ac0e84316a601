"""What the verdicts rest on: family-wise error and resolution, measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from update_magnitude.paper_checks.judging import exit_status, judge
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.questions import Claim, Question, Reading
from update_magnitude.paper_checks.statistics import (
    FAMILY_ERROR,
    POWER,
    critical_value,
    detectable,
    holm,
    p_value,
)
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Measurement

CLAIM = Claim("made-up", "one is one", "this test")
PROFILE = PROFILES["default"]


def question(prediction: float = 1.0, **more: object) -> Question:
    return Question(
        claim=CLAIM,
        quantity="one",
        scenario="made up",
        regime="none",
        prediction=prediction,
        read=lambda results: results,
        size=1.0,
        rounding=1e-10,
        **more,
    )


WRONG = {"one more": 1.2}


def measured(estimate: float, error: float = 1e-4, **more: object) -> Measurement:
    asked = question(**({"wrong": WRONG} | more))
    astray = {name: read(None) for name, read in asked.astray.items()}
    return Measurement(asked, Reading(estimate, error), astray, 10_000, seed=0)


def word(measurement: Measurement) -> str:
    return judge([measurement], PROFILE)[0].verdict


def test_a_good_estimate_holds_and_its_controls_are_refuted():
    verdict = judge([measured(1.0001)], PROFILE)[0]
    assert verdict.verdict == HOLDS
    assert verdict.controls
    assert all(control.refuted for control in verdict.controls)


def test_a_deviation_is_refuted():
    assert word(measured(1.0 + 5e-4)) == REFUTED


def test_a_blurred_estimate_is_inconclusive():
    assert word(measured(1.0, error=1e-2)) == INCONCLUSIVE


def test_a_blurred_estimate_far_off_is_refuted_all_the_same():
    assert word(measured(1.5, error=1e-2)) == REFUTED


def test_what_cannot_be_tested_is_inconclusive_and_says_why():
    untestable = Measurement(question(untestable="no variance"), None, {}, 0, seed=0)
    verdict = judge([untestable], PROFILE)[0]
    assert (verdict.verdict, verdict.reason) == (INCONCLUSIVE, "no variance")
    assert verdict.document()["estimate"] is None


def test_numbers_that_overflow_are_inconclusive():
    assert word(measured(math.nan, error=math.nan)) == INCONCLUSIVE
    assert word(measured(1.0, prediction=math.inf)) == INCONCLUSIVE


@pytest.mark.parametrize("wrong", [{}, {"no different": 1.0}, {"hardly": 1.0003}])
def test_a_check_whose_wrong_predictions_are_not_refuted_does_not_hold(wrong):
    """Were none told apart from the right one, the right one would prove nothing."""
    verdict = judge([measured(1.0001, wrong=wrong)], PROFILE)[0]
    assert verdict.resolution < PROFILE.resolution
    assert verdict.verdict == INCONCLUSIVE
    assert "deliberately wrong" in verdict.reason


def test_one_refuted_control_serves_all_questions_of_a_claim_in_a_scenario():
    pair = [measured(1.0, wrong={}), measured(1.0)]
    assert {verdict.verdict for verdict in judge(pair, PROFILE)} == {HOLDS}


def test_an_experiment_gone_wrong_must_be_refuted_as_well():
    def control(estimate: float) -> str:
        astray = {"astray": lambda results: Reading(estimate, 1e-4)}
        return word(measured(1.0, wrong={}, astray=astray))

    assert control(1.1) == HOLDS
    assert control(1.0001) == INCONCLUSIVE


def test_a_prediction_of_zero_is_held_against_the_size_of_the_problem():
    assert word(measured(1e-12, error=1e-13, prediction=0.0)) == HOLDS
    assert word(measured(0.01, error=1e-4, prediction=0.0)) == REFUTED


def test_exit_statuses():
    good, bad = measured(1.0), measured(1.1)
    blurred = measured(1.0, error=1.0)
    assert exit_status(judge([good, good], PROFILE)) == 0
    assert exit_status(judge([good, bad, blurred], PROFILE)) == 1
    assert exit_status(judge([good, blurred], PROFILE)) == 3


def test_holm_rejects_no_less_than_bonferroni_and_stops_at_the_first_that_stays():
    p = [1e-9, 2e-4, 4e-4, 6e-4]
    assert holm(p) == [True, True, True, True]  # Bonferroni would stop at 2.5e-4
    assert holm([3.4e-4, *p[1:]]) == [False, True, False, False]
    assert holm([math.nan]) == [False]


def test_p_values_and_critical_values_fit_each_other():
    for tests in (1, 10, 500):
        assert p_value(critical_value(tests)) * tests == pytest.approx(FAMILY_ERROR)


@pytest.mark.parametrize("tests", [1, 30])
def test_the_family_wise_error_and_the_power_are_as_stated(tests):
    """200,000 made-up runs; the error rate's own SE is 7e-5, the power's 2e-4: both at 5 SE."""
    runs = 200_000
    rng = np.random.default_rng(tests)
    critical = critical_value(tests)
    largest = np.abs(rng.standard_normal((runs, tests), np.float32)).max(axis=1)
    error = (largest > critical).mean()
    assert error < FAMILY_ERROR + 5 * math.sqrt(FAMILY_ERROR / runs)
    assert error > FAMILY_ERROR / 2  # not by being blind
    off = detectable(1.0, tests) + rng.standard_normal(runs)
    power = (np.abs(off) > critical).mean()
    assert power == pytest.approx(POWER, abs=5 * math.sqrt(POWER * (1 - POWER) / runs))
