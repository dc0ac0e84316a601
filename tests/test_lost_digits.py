"""No verdict rests on digits that are lost, and every resolution says what it is relative to."""

from __future__ import annotations

import dataclasses
import math
from functools import cache

import mpmath
import numpy as np
import pytest
import xarray as xr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.reference import exact
from update_magnitude import scenarios
from update_magnitude.figures.agreement import agreements, compared
from update_magnitude.paper_checks import CLAIMS, PROFILES, check_scenario, judge
from update_magnitude.paper_checks.claims import builders_of, studies_of
from update_magnitude.paper_checks.measuring import PLANNED, measure
from update_magnitude.paper_checks.questions import Claim, Question, Reading, Study
from update_magnitude.paper_checks.reports.numbers import percentage
from update_magnitude.paper_checks.running import run_studies
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, p_value
from update_magnitude.paper_checks.verdicts import HOLDS, INCONCLUSIVE, REFUTED, Measurement
from update_magnitude.simulations import Experiment
from update_magnitude.theory import means, two_task_rounding, two_task_values

QUICK = PROFILES["quick"]
COARSE = dataclasses.replace(QUICK, resolution=0.2, budget=2e7)
CLAIM = Claim("made-up", "one is one", "this test")


def question(prediction: float = 1.0, **more: object) -> Question:
    return Question(
        claim=CLAIM,
        quantity="one",
        scenario="made up",
        regime="none",
        prediction=prediction,
        read=lambda results: results,
        **({"size": 1.0, "rounding": 0.0, "wrong": {"one more": 2.0}} | more),
    )


def verdict(reading: Reading, asked: Question | None = None):
    measurement = Measurement(asked or question(), reading, {}, 10_000, seed=0)
    return judge([measurement], QUICK)[0]


class TestVerdicts:
    def test_what_holds_with_its_digits_does_not_without_them(self):
        assert verdict(Reading(1.0, 1e-4)).verdict == HOLDS
        lost = verdict(Reading(1.0, 1e-4, 1e-3, lost=True))
        assert lost.verdict == INCONCLUSIVE
        assert "digits lost" in lost.reason
        assert "0.001" in lost.reason
        assert lost.document()["digits_lost"] == lost.reason
        assert lost.document()["rounding"] == 1e-3

    def test_rounding_refutes_nothing(self):
        """An estimate that rounding has moved by 100 standard errors, as it says it may have."""
        assert verdict(Reading(1.01, 1e-4)).verdict == REFUTED
        assert verdict(Reading(1.01, 1e-4, 0.01, lost=True)).verdict == INCONCLUSIVE
        assert verdict(Reading(1.01, 1e-4, 0.01)).verdict == INCONCLUSIVE

    def test_what_no_rounding_explains_is_refuted(self):
        assert verdict(Reading(1e-30, 1e-32, 1e-28, lost=True), question(1.0)).verdict == REFUTED

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0, 10.0, 1e6])
    def test_at_any_share_of_rounding_true_predictions_are_refuted_no_more_often(self, share):
        """All replicates off in one direction by all that rounding may be: not one z is larger."""
        for z in np.linspace(-6, 6, 49):
            found = verdict(Reading(1 + 1e-3 * (z + share), 1e-3, 1e-3 * share))
            assert abs(found.z) <= max(abs(z), 1) + 1e-9

    def test_rounding_of_a_prediction_counts_as_well(self):
        vague = verdict(Reading(1.0, 1e-4), question(rounding=0.1))
        assert vague.verdict == INCONCLUSIVE
        assert "digits lost" in vague.reason

    def test_nothing_is_refuted_within_ten_times_the_rounding_of_lost_digits(self):
        near, far = (Reading(1 + 1e-3 * times, 1e-9, 1e-3, lost=True) for times in (9.9, 50))
        assert verdict(near).verdict == INCONCLUSIVE
        assert verdict(far).verdict == REFUTED

    def test_a_number_that_is_0_to_the_last_digit_holds(self):
        zero = question(0.0, size=0.0)
        assert verdict(Reading(0.0, 0.0), zero).verdict == HOLDS
        assert verdict(Reading(1e-30, 0.0), zero).verdict == REFUTED
        lost = verdict(Reading(1e-30, 1e-32, 1e-28, lost=True), zero)
        assert lost.verdict == INCONCLUSIVE


NORMS = st.floats(0, 15).map(lambda entry: 10**entry)
NOISES = st.floats(-9, 0).map(lambda entry: 10**entry)


@st.composite
def far_apart(draw):
    """Two tasks on two shapes, with m > n at the first task or not: programs are compiled once."""
    names = ("shared", "specific")
    per_block = st.fixed_dictionaries(dict.fromkeys(names, NORMS | NOISES | st.just(0.0)))
    return scenarios.parse(
        {
            "title": "far apart",
            "blocks": {"shared": 8, "specific": 6},
            "tasks": {
                "count": 2,
                "samples": draw(st.sampled_from(([30, 28], [3, 28]))),
                "noise": [draw(NOISES | st.just(0.0)), draw(NOISES)],
            },
            "optima": {"norm": draw(per_block), "distance": draw(per_block)},
            "updates": {
                "strategy": draw(st.sampled_from(("initialized", "frozen"))),
                "scale": [1.0, draw(st.sampled_from((1.0, 0.5, 1e-9)))],
            },
        }
    )


@pytest.mark.slow
@settings(max_examples=40, phases=(Phase.explicit, Phase.generate), deadline=None)
@given(far_apart(), st.integers(0, 2**32 - 1))
def test_no_verdict_rests_on_digits_that_are_lost(scenario, seed):
    """What holds is right to its resolution, and nothing that is true is refuted.

    A false alarm has a probability of 0.001 for each of forty scenarios, by the family-wise error.
    """
    require_nothing_on_lost_digits(scenario, seed)


@settings(max_examples=3, phases=(Phase.explicit, Phase.generate), deadline=None)
@given(far_apart(), st.integers(0, 2**32 - 1))
def test_no_verdict_rests_on_digits_that_are_lost_in_a_few_scenarios(scenario, seed):
    """The same for a few of them; a false alarm has a probability of 0.003."""
    require_nothing_on_lost_digits(scenario, seed)


def require_nothing_on_lost_digits(scenario, seed):
    """Check a scenario, and compare what holds with arithmetic of many digits."""
    truth = exact(scenario)
    found = check_scenario(scenario, COARSE, seed).verdicts
    assert {result.verdict for result in found} <= {HOLDS, INCONCLUSIVE}
    for of in found:
        asked, reading = of.measurement.question, of.measurement.reading
        if asked.quantity.startswith("R_"):
            i, t = int(asked.quantity[2]), int(asked.quantity[-2])
            true = float(truth.risk[t - 1][i - 1])
            largest = max(float(entry) for row in truth.risk for entry in row)
            assert abs(asked.prediction - true) <= asked.rounding + 1e-50 * largest
            if of.verdict == HOLDS and reading.estimate:
                assert abs(reading.estimate - true) <= 2 * COARSE.resolution * true
        assert not (of.verdict == HOLDS and reading.lost)


def test_the_dense_engine_confirms_nothing_that_it_cannot_see():
    """A risk of 3.45e-7 that it gets half as much again of, with a standard error of a percent."""
    large = scenarios.parse(
        {
            "title": "large",
            "blocks": {"a": 10},
            "tasks": {"count": 2, "samples": 40, "noise": 1e-3},
            "optima": {"norm": {"a": 1e12}, "distance": {"a": 0.0}},
            "updates": {"strategy": "initialized"},
        }
    )
    found = check_scenario(large, QUICK, seed=0).verdicts
    words = {(result.measurement.engine, result.verdict) for result in found}
    assert words == {("law", HOLDS), ("dense", INCONCLUSIVE)}
    assert all("digits lost" in result.reason for result in found if result.verdict == INCONCLUSIVE)


@cache
def all_questions() -> list[Question]:
    """Everything that all claims ask, on both engines."""
    studies = [
        entry for name in builders_of([]) for entry in studies_of(name, [], 0, ("law", "dense"))
    ]
    return [asked for study in studies for asked in study.questions]


class TestYardsticks:
    """A resolution is relative to the prediction, or to what it is made of, and says which."""

    @pytest.mark.slow
    def test_a_run_of_all_claims_has_fewer_predictions_than_it_is_planned_for(self):
        assert 400 < len(all_questions()) <= PLANNED

    def test_each_says_what_it_is_relative_to(self):
        assert len({asked.claim.name for asked in all_questions()}) == len(CLAIMS)
        for asked in all_questions():
            itself = asked.yardstick == pytest.approx(abs(asked.prediction), rel=1e-12)
            assert itself or asked.relative_to, asked.quantity

    def test_risks_are_relative_to_themselves(self):
        risks = [asked for asked in all_questions() if asked.claim.name == "risk"]
        assert len(risks) > 100
        assert all(asked.yardstick == asked.prediction for asked in risks)

    def test_none_is_larger_than_the_risks_that_a_number_is_made_of(self):
        """Of scenarios that are asked about by themselves: forgetting and generalization error."""
        names = (
            "forgetting",
            "generalization",
            "two-task-forgetting",
            "two-task-risk",
            "many-tasks",
        )
        alone = [asked for asked in all_questions() if asked.claim.name in names]
        assert len(alone) > 20
        for asked in alone:
            risk = means(scenarios.parse(asked.setting)).risk
            last, own = risk[-1], np.diag(risk)
            largest = np.maximum(last, own) if asked.quantity.startswith("F") else last
            assert asked.yardstick <= largest.max() * (1 + 1e-12)

    def test_the_table_shows_no_resolution_of_nothing(self):
        assert percentage(7e-6) == "<0.01%"
        assert percentage(0.0) == "0.00%"
        assert percentage(5e3) == ">999%"
        assert percentage(0.0043) == "0.43%"


class Draws:
    """An experiment of normal numbers, of which each replicate has as many as there are means."""

    unit, normals = 1024, 1

    def __init__(self, means: np.ndarray) -> None:
        self._means, self.replicates = means, 0

    def run(self, replicates: int, progress: object = None) -> None:
        self.replicates = replicates

    def results(self) -> np.ndarray:
        rng = np.random.default_rng(0)
        return self._means + rng.standard_normal(len(self._means)) / math.sqrt(self.replicates)

    def reading(self, place: int, results: np.ndarray) -> Reading:
        return Reading(float(results[place]), 1 / math.sqrt(self.replicates))


def study_of(count: int, **more: object) -> Study:
    draws = Draws(np.ones(count))
    asked = [
        dataclasses.replace(question(**more), read=lambda found, k=k: draws.reading(k, found))
        for k in range(count)
    ]
    return Study("many", draws, tuple(asked))


class TestManyPredictions:
    @pytest.mark.parametrize("count", [1, 1200, 40_000])
    def test_a_run_of_any_number_of_predictions_reaches_its_resolution(self, count):
        """32 tasks have 1,024 risks on each engine; 140 have 40,000 on the two together."""
        found = run_studies([study_of(count)], QUICK, 0, None).verdicts
        assert {result.verdict for result in found} == {HOLDS}
        assert max(result.resolution for result in found) <= QUICK.resolution

    def test_a_run_that_is_cut_short_is_as_strict_as_a_whole_one(self):
        """Three studies of 2,000; the user interrupts the last. z = 5.2 is nothing among 6,000."""

        def interrupt(name: str, share: float) -> None:
            if name == "last":
                raise KeyboardInterrupt

        studies = [study_of(2000), study_of(2000), dataclasses.replace(study_of(2000), name="last")]
        asked = studies[0].questions[0]
        off = dataclasses.replace(asked, read=lambda found: Reading(1 + 5.2e-4, 1e-4))
        questions = (off, *studies[0].questions[1:])
        studies[0] = dataclasses.replace(studies[0], questions=questions)
        assert FAMILY_ERROR / 6000 < p_value(5.2) < FAMILY_ERROR / 4000
        found = run_studies(studies, QUICK, 0, interrupt)
        assert found.interrupted
        assert len(found.verdicts) == 4000
        assert REFUTED not in {verdict.verdict for verdict in found.verdicts}

    def test_a_question_out_of_reach_does_not_end_a_study_for_the_others(self):
        study = study_of(2)
        hopeless = dataclasses.replace(study.questions[0], rounding=1.0)
        pair = dataclasses.replace(study, questions=(hopeless, study.questions[1]))
        found = judge(measure(pair, QUICK, 0, lambda name, share: None), QUICK)
        assert [result.verdict for result in found] == [INCONCLUSIVE, HOLDS]


class TestPredictions:
    @settings(max_examples=100, deadline=None)
    @given(far_apart())
    def test_predictions_are_never_further_off_than_they_say(self, scenario):
        found, wanted = means(scenario), exact(scenario)
        largest = 1e-50 * max(float(entry) for row in wanted.risk for entry in row)
        off = np.array([[float(abs(entry)) for entry in row] for row in found.risk - wanted.risk])
        assert (off <= found.rounding.risk + largest).all()
        for name in ("forgetting", "generalization", "learning_error"):
            error = abs(mpmath.mpf(getattr(found, name)) - getattr(wanted, name))
            assert error <= getattr(found.rounding, name) + largest
        closed, rounding = two_task_values(scenario), two_task_rounding(scenario)
        assert abs(closed.forgetting - wanted.forgetting) <= rounding.forgetting + largest
        assert abs(closed.second_risk - wanted.risk[1][1]) <= rounding.second_risk + largest

    def test_far_away_and_back_again_keeps_its_digits(self):
        """Task 2 is 10¹² away, task 3 is task 1 again: what was forgotten is relearned."""
        back = scenarios.parse(
            {
                "blocks": {"a": 10},
                "tasks": {"count": 3, "samples": 40, "noise": [1e-3, 1e-3, 2e-3]},
                "optima": {"norm": {"a": 1.0}, "distance": {"a": 1e12}, "direction": "returning"},
                "updates": {"strategy": "initialized"},
            }
        )
        found, wanted = means(back), exact(back)
        mean = (wanted.risk[2][0] - wanted.risk[0][0], wanted.risk[2][1] - wanted.risk[1][1])
        assert found.forgetting == pytest.approx(float(sum(mean) / 2), rel=1e-12)
        assert found.risk[2, 0] - found.risk[0, 0] == pytest.approx(float(mean[0]), rel=1e-9)


def test_points_that_lost_their_digits_are_not_compared_and_refute_nothing():
    variables = compared([1.0, 2.0], [0.1, np.inf], [1.0, 1.0], "point", "law")
    (found,) = agreements([("map", xr.Dataset(variables))])
    assert (len(found.z), found.refuted) == (1, 0)
    variables = compared([1.0, 2.0], [0.1, 0.1], [1.0, 1.0], "point", "law")  # the control
    (found,) = agreements([("map", xr.Dataset(variables))])
    assert (len(found.z), found.refuted) == (2, 1)


def test_an_interrupted_experiment_knows_its_rounding():
    experiment = Experiment([scenarios.preset("two-close-tasks")], seed=0, engine="law")

    def interrupt(done):
        if experiment.replicates > experiment.unit:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment.run(20 * experiment.unit, interrupt)
    (found,) = experiment.results()
    assert (found.risk.rounding > 0).all()
    assert found.digits_lost is None
