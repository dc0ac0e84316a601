"""The main job: every claim holds in the default profile, and none would if it were wrong."""

from __future__ import annotations

import dataclasses

import pytest

import scenarios
from paper_checks import CLAIMS, PROFILES, check_claims, check_scenario, judge
from paper_checks.claims.critical_distance import (
    BRACKET,
    _initialized,
    at_distance,
    crossing,
    crossing_study,
)
from paper_checks.judging import HOLDS, INCONCLUSIVE, REFUTED, Measurement, Verdict
from scenarios import varied
from simulations import Experiment
from theory import CriticalDistance, critical_distance

DEFAULT = PROFILES["default"]
QUICK = PROFILES["quick"]


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """The whole run of `update-magnitude check`, a minute of work shared by this module."""
    return check_claims([], DEFAULT, seed=20)


def test_every_claim_is_put_to_the_test(verdicts):
    assert {verdict.measurement.question.claim.name for verdict in verdicts} == set(CLAIMS)


def test_everything_holds_at_the_resolution_of_the_profile(verdicts):
    assert {verdict.verdict for verdict in verdicts} == {HOLDS}
    assert max(verdict.resolution for verdict in verdicts) <= DEFAULT.resolution


def test_any_prediction_off_by_two_percent_is_refuted(verdicts):
    measurements = [verdict.measurement for verdict in verdicts]
    for k, measurement in enumerate(measurements):
        question = measurement.question
        if question.prediction == 0:
            continue  # nothing to multiply; its control is an offset
        wrong = dataclasses.replace(question, prediction=1.02 * question.prediction)
        run = list(measurements)
        run[k] = dataclasses.replace(measurement, question=wrong)
        assert judge(run, DEFAULT)[k].verdict == REFUTED, question.quantity


def test_every_claim_refutes_its_controls_in_every_scenario(verdicts):
    """Each mistake is told apart by one prediction at least, where it matters at all."""
    groups: dict[tuple[str, str, str], list[tuple[float, bool]]] = {}
    for verdict in verdicts:
        question = verdict.measurement.question
        for control in verdict.controls:
            key = (question.claim.name, question.scenario, control.name)
            size = abs(control.prediction / question.prediction - 1) if question.prediction else 1
            groups.setdefault(key, []).append((size, control.refuted))
    assert {claim for claim, _, _ in groups} == set(CLAIMS)
    blind = {key: found for key, found in groups.items() if not any(told for _, told in found)}
    # What is not refuted is off by less than twice the resolution; or it is a variant of descent
    # that ends at the update all the same.
    for (claim, scenario, name), found in blind.items():
        harmless = claim == "gradient-descent" and (
            ("all blocks" in name and scenario.startswith("two distant"))
            or ("from 0" in name and scenario.startswith("two tasks, under"))
        )
        assert harmless or max(size for size, _ in found) < 2 * DEFAULT.resolution, (claim, name)


def test_both_regimes_and_their_mixture_are_covered(verdicts):
    closed = [v for v in verdicts if v.measurement.question.claim.name == "two-task-forgetting"]
    assert {v.measurement.question.regime for v in closed} == {
        *("overparameterized", "underparameterized")
    }
    assert {v.measurement.question.regime for v in verdicts} == {
        *("overparameterized", "underparameterized", "mixed")
    }


def test_documents_have_the_keys_that_others_rely_on(verdicts):
    keys = {
        *("claim", "statement", "regime", "prediction", "estimate", "standard_error"),
        *("z", "resolution", "verdict", "source", "scenario", "quantity", "controls"),
    }
    for verdict in verdicts:
        assert keys <= set(verdict.document())


def test_the_same_seed_gives_the_same_verdicts():
    names = ["two-task-forgetting"]
    first, again = (check_claims(names, QUICK, seed=1) for _ in range(2))
    assert [v.document() for v in first] == [v.document() for v in again]


def test_a_scenario_of_ones_own_is_checked():
    own = varied(scenarios.preset("two-distant-tasks"), {"tasks.noise": 0.2})
    found = check_scenario(own, QUICK, seed=0)
    assert {v.verdict for v in found} == {HOLDS}
    assert {v.measurement.question.claim.name for v in found} == {
        *("risk", "forgetting", "generalization", "two-task-forgetting", "two-task-risk")
    }


def test_exact_recovery_is_checked_without_dividing_by_zero():
    """Noiseless and determined: risks are 0, standard errors too, and all there is is rounding."""
    base = scenarios.preset("two-tasks-underparameterized")
    exact = varied(base, {"tasks.noise": 0.0, "updates.strategy": "initialized"})
    found = check_scenario(exact, QUICK, seed=0)
    assert {v.verdict for v in found} == {HOLDS}


@pytest.mark.parametrize(
    ("samples", "words"),
    [(32, "no finite mean"), (30, "infinite variance"), (26, "infinite fourth moment")],
)
def test_near_the_threshold_no_z_test_is_made(samples, words):
    near = varied(scenarios.preset("two-distant-tasks"), {"tasks.samples": [8, samples]})
    found = check_scenario(near, QUICK, seed=0)
    last = [v for v in found if v.measurement.question.quantity.endswith("(θ_2)")]
    assert {v.verdict for v in last} == {INCONCLUSIVE}
    assert all(words in (v.reason or "") for v in last)
    first = [v for v in found if v.measurement.question.quantity.endswith("(θ_1)")]
    assert {v.verdict for v in first} == {HOLDS}


def test_a_budget_that_ends_early_is_inconclusive_and_not_a_pass():
    poor = dataclasses.replace(QUICK, budget=1.0)
    found = check_scenario(scenarios.preset("two-close-tasks"), poor, seed=0)
    assert INCONCLUSIVE in {v.verdict for v in found}
    assert REFUTED not in {v.verdict for v in found}


class TestCriticalDistance:
    def test_a_prediction_twice_too_far_is_refuted(self):
        """Simulated around the wrong place, freezing loses on both sides of it."""
        base = scenarios.preset("two-close-tasks")
        (question,) = crossing_study(base, seed=0).questions
        far = 2 * critical_distance(base).distance
        sides = [at_distance(base, far * factor) for factor in BRACKET]
        pairs = [of for side in sides for of in (side, _initialized(side))]
        experiment = Experiment(pairs, 0, contrasts=[[1, -1, 0, 0], [0, 0, 1, -1], [1, -1, 0, 0]])
        experiment.run(20_000)
        low, high, between = (result.forgetting for result in experiment.results())
        squared = tuple((far * factor) ** 2 for factor in BRACKET)
        found = crossing(
            squared, (low.mean, high.mean), between.standard_error, critical_distance(base)
        )
        assert low.mean > 0
        assert found.estimate == pytest.approx(far / 2, rel=0.1)
        wrong = dataclasses.replace(question, prediction=far)
        verdict = judge([Measurement(wrong, found, experiment.results(), 20_000, 0)], QUICK)[0]
        assert verdict.verdict == REFUTED

    def test_the_wrong_direction_is_a_negative_distance(self):
        reading = crossing((1.0, 7.0), (3.0, -3.0), 0.1, CriticalDistance(2.0, True))
        assert reading.estimate == -2.0

    def test_where_one_strategy_always_wins_there_is_none(self):
        with pytest.raises(ValueError, match="every distance"):
            crossing_study(
                varied(scenarios.preset("two-distant-tasks"), {"updates.strategy": "frozen"}), 0
            )
