"""What a verdict must not depend on, and what it must: sides, orders, engines, and cut-short runs.

Estimates here are made up, so there is no chance in any of it.
"""

from __future__ import annotations

import dataclasses
import math

import pytest

from tests.test_statistics import PROFILE, WRONG, measured, question, word
from update_magnitude.paper_checks.judging import judge
from update_magnitude.paper_checks.questions import DENSE, LAW
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, holm, p_value
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED

ERROR = 1e-4


@pytest.mark.parametrize("deviations", [0.0, 3.0, 5.0, 20.0])
def test_a_deviation_counts_the_same_on_either_side(deviations):
    """Critical for one test are 3.29 standard errors."""
    above, below = (word(measured(1.0 + sign * deviations * ERROR)) for sign in (1, -1))
    assert above == below == (REFUTED if deviations > 3.29 else HOLDS)
    assert p_value(-deviations) == p_value(deviations) <= 1


def test_wrong_predictions_are_refuted_on_either_side():
    for wrong in (1.2, 0.8):
        (control,) = judge([measured(1.0, wrong={"off": wrong})], PROFILE)[0].controls
        assert control.refuted


@pytest.mark.parametrize("side", [1, -1])
def test_an_order_holds_where_it_is_clear_and_is_refuted_where_the_other_is(side):
    """10 standard errors on the right side, on the wrong one, and 1 on either: no order."""

    def ordered(deviations: float) -> str:
        far = {"an order that is wrong, and refuted": 1.0 + 0.2 * side}
        return word(measured(1.0 + side * deviations * ERROR, side=side, wrong=far))

    assert ordered(10) == HOLDS
    assert ordered(-10) == REFUTED
    assert ordered(1) == ordered(-1) == INCONCLUSIVE


def test_controls_on_one_engine_say_nothing_of_another():
    dense = measured(1.0, wrong=WRONG)
    law = dataclasses.replace(measured(1.0, wrong={}), engine=LAW)
    assert dense.engine == DENSE
    assert [entry.verdict for entry in judge([dense, law], PROFILE)] == [HOLDS, INCONCLUSIVE]
    same = dataclasses.replace(law, engine=DENSE)
    assert [entry.verdict for entry in judge([dense, same], PROFILE)] == [HOLDS, HOLDS]


def test_a_run_that_was_cut_short_is_judged_as_if_it_were_whole():
    """p = 4e-4 is below 0.001 for one test, and above 0.001/10 where there were to be ten."""
    p = 0.4 * FAMILY_ERROR
    assert holm([p]) == [True]
    assert holm([p], tests=10) == [False]
    assert holm([p / 10, p], tests=10) == [True, False]
    off = measured(1.0 + 3.6 * ERROR)
    assert judge([off], PROFILE)[0].verdict == REFUTED
    assert judge([off], PROFILE, tests=1_000)[0].verdict == HOLDS


def test_a_resolution_is_relative_to_what_is_said():
    small = 0.01
    assert question(small).yardstick == small
    assert question(small, absolute=True).yardstick == question(small).size
    assert question(small, side=1).yardstick == question(small).size
    assert question(0.0).yardstick == question(small).size
    fine, coarse = (
        judge([measured(small, error=2e-5, prediction=small, absolute=absolute)], PROFILE)[0]
        for absolute in (False, True)
    )
    assert fine.resolution == pytest.approx(coarse.resolution / small, rel=1e-6)
    assert math.isfinite(fine.resolution)
