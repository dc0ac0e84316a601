"""The main job: every claim holds in the default profile, and none would if it were wrong."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from update_magnitude import scenarios
from update_magnitude.paper_checks import CLAIMS, PROFILES, check_claims, check_scenario, judge
from update_magnitude.paper_checks.claims.catalogue import MODULES
from update_magnitude.paper_checks.claims.critical_distance import (
    BRACKET,
    at_distance,
    crossing,
    crossing_study,
    initialized,
)
from update_magnitude.paper_checks.judging import target
from update_magnitude.paper_checks.self_test import self_test, self_test_status
from update_magnitude.paper_checks.verdicts import (
    HOLDS,
    INCONCLUSIVE,
    REFUTED,
    Measurement,
    Verdict,
)
from update_magnitude.scenarios import varied
from update_magnitude.simulations import Experiment
from update_magnitude.theory import CriticalDistance, critical_distance, theorem_names

QUICK = PROFILES["quick"]


# Of gradients, of data-dependent choices, of penalties there is no law; tails compare the engines.
LITERAL = {
    *("gradient-descent", "one-problem", "trust-region", "gradient-direction"),
    *("distance-estimate", "hybrid-mixed", "hybrid-alike", "exact-law", "proximal"),
    *("equivalent", "least-forgetting", "stopped-descent", "optimal-update", "hybrid-evidence"),
}
# What takes longest to draw is put to the test in the slow run alone.
LONGEST = {"equivalent", "stopped-descent", "optimal-update", "hybrid-evidence"}
WITNESSED = (LITERAL | {"small-distances"}) - LONGEST
ALL = ("all claims on both engines",)
RUNS = ["each claim once", pytest.param(*ALL, marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=RUNS)
def verdicts(request) -> list[Verdict]:
    """A run of all claims, shared by this module: each once, or `check --profile quick`.

    Once is on the law engine where there is a law, without the dense engine as its witness; but the
    headline claim has its witness.
    """
    if request.param in ALL:
        return check_claims([], QUICK, seed=20, workers=2).verdicts
    by_law = check_claims(
        sorted(set(CLAIMS) - WITNESSED - LONGEST), QUICK, seed=20, engines=["law"]
    ).verdicts
    drawn = check_claims(sorted(WITNESSED), QUICK, seed=20).verdicts
    return judge([verdict.measurement for verdict in (*by_law, *drawn)], QUICK)


def test_the_table_of_claims_names_theorems_that_there_are():
    for claim in CLAIMS.values():
        assert claim.statement, claim.name
        assert claim.source, claim.name
        assert set(claim.theorems) <= set(theorem_names()), claim.name
        assert len(set(claim.theorems)) == len(claim.theorems), claim.name


def test_theorems_that_claims_are_predicted_by_are_named_in_the_table():
    folder = Path(__file__).parent.parent / "paper_checks" / "claims"
    for name in set(MODULES.values()):
        nodes = ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")))
        written = {node.value for node in nodes if isinstance(node, ast.Constant)}
        ours = [claim for claim in CLAIMS if MODULES[claim] == name]
        named = {theorem for claim in ours for theorem in CLAIMS[claim].theorems}
        assert written & set(theorem_names()) <= named | set(ours), name  # some share their names


def claims_of(request) -> set[str]:
    """The claims of a run."""
    return set(CLAIMS) - (set() if request.node.callspec.params["verdicts"] in ALL else LONGEST)


def test_every_claim_is_put_to_the_test(verdicts, request):
    assert {verdict.measurement.question.claim.name for verdict in verdicts} == claims_of(request)


def test_everything_holds_at_the_resolution_of_the_profile(verdicts):
    """Of a seed that was not chosen for it: if all is right, this fails once in 1,000 seeds."""
    assert {verdict.verdict for verdict in verdicts} == {HOLDS}
    for verdict in verdicts:
        assert verdict.resolution <= target(verdict.measurement.question, QUICK)


def test_a_prediction_off_by_three_resolutions_is_refuted(verdicts):
    """Each by itself, on the side on which the measurement lies: that is the harder one."""
    measurements = [verdict.measurement for verdict in verdicts]
    for k, verdict in enumerate(verdicts):
        question, reading = measurements[k].question, measurements[k].reading
        if question.side:
            continue  # its control is the reversed order
        step = 3 * QUICK.resolution * question.yardstick
        side = 1 if reading.estimate >= question.prediction else -1
        wrong = dataclasses.replace(question, prediction=question.prediction + side * step)
        run = list(measurements)
        run[k] = dataclasses.replace(measurements[k], question=wrong)
        assert judge(run, QUICK)[k].verdict == REFUTED, question.quantity
        assert verdict.caught < 3 * QUICK.resolution


def test_no_negative_control_survives(verdicts, request):
    found = self_test(verdicts)
    assert {result.claim for result in found} == claims_of(request)
    assert [result.survived for result in found if result.survived] == []
    assert all(len(result.refuted) >= 2 for result in found)
    assert self_test_status(found) in (0, 3)  # 3: at 2% some mistakes are too small to tell


def test_each_claim_that_can_be_is_drawn_literally_and_from_the_law(verdicts, request):
    engines: dict[str, set[str]] = {}
    for verdict in verdicts:
        name = verdict.measurement.question.claim.name
        engines.setdefault(name, set()).add(verdict.measurement.engine)
    both = request.node.callspec.params["verdicts"] in ALL
    drawn = set(CLAIMS) if both else WITNESSED
    assert {name for name, engine in engines.items() if "dense" in engine} == drawn
    assert {name for name, engine in engines.items() if "law" not in engine} == LITERAL & claims_of(
        request
    )


def test_both_regimes_and_their_mixture_are_covered(verdicts):
    closed = [v for v in verdicts if v.measurement.question.claim.name == "two-task-forgetting"]
    assert {v.measurement.question.regime for v in closed} == {
        *("overparameterized", "underparameterized")
    }
    assert {v.measurement.question.regime for v in verdicts} == {
        *("overparameterized", "underparameterized", "mixed")
    }


def test_the_headline_claim_holds_in_one_regime_and_fails_in_another(verdicts):
    """With forgetting less by freezing in the one, at distance 0, and more in the other."""
    headline = [
        verdict
        for verdict in verdicts
        if verdict.measurement.question.claim.name == "small-distances"
        and verdict.measurement.question.quantity.startswith("F_frozen")
        and verdict.measurement.question.scenario.endswith("δ = 0")
    ]
    for holds, sign in ((True, -1), (False, 1)):
        places = [v for v in headline if v.measurement.question.paper is holds]
        assert len(places) >= 2
        for verdict in places:
            estimate = verdict.measurement.reading.estimate
            assert sign * estimate > 5 * verdict.measurement.reading.standard_error


def test_documents_have_the_keys_that_others_rely_on(verdicts):
    keys = {
        *("claim", "statement", "regime", "prediction", "estimate", "standard_error"),
        *("z", "resolution", "verdict", "source", "scenario", "quantity", "controls", "engine"),
    }
    for verdict in verdicts:
        assert keys <= set(verdict.document())


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing():
    names = ["best-scale", "task-order"]
    alone, spread = (check_claims(names, QUICK, seed=3, workers=count) for count in (1, 2))
    assert [v.document() for v in alone.verdicts] == [v.document() for v in spread.verdicts]


def test_one_engine_alone():
    found = check_claims(["drift"], QUICK, seed=0, engines=["law"])
    assert {verdict.measurement.engine for verdict in found.verdicts} == {"law"}


def test_an_interrupted_run_reports_what_was_finished():
    """As Ctrl-C does while the second study runs; all that was planned still counts."""
    calls = []

    def interrupt(name: str, share: float) -> None:
        calls.append(name)
        if len(set(calls)) == 2:
            raise KeyboardInterrupt

    found = check_claims(["drift"], QUICK, seed=0, watch=interrupt)
    assert found.interrupted
    assert {v.measurement.question.scenario for v in found.verdicts} == {
        "two tasks, many parameters"
    }
    assert {v.verdict for v in found.verdicts} == {HOLDS}


def test_the_same_seed_gives_the_same_verdicts():
    names = ["two-task-forgetting"]
    first, again = (check_claims(names, QUICK, seed=1).verdicts for _ in range(2))
    assert [v.document() for v in first] == [v.document() for v in again]


def test_a_scenario_of_ones_own_is_checked():
    own = varied(scenarios.preset("two-distant-tasks"), {"tasks.noise": 0.2})
    found = check_scenario(own, QUICK, seed=0).verdicts
    assert {v.verdict for v in found} == {HOLDS}
    assert {v.measurement.question.claim.name for v in found} == {
        *("risk", "forgetting", "generalization", "two-task-forgetting", "two-task-risk")
    }


def test_exact_recovery_is_checked_without_dividing_by_zero():
    """Noiseless and determined: risks are 0. The law engine finds 0, the dense one rounding."""
    base = scenarios.preset("two-tasks-underparameterized")
    exact = varied(base, {"tasks.noise": 0.0, "updates.strategy": "initialized"})
    found = check_scenario(exact, QUICK, seed=0).verdicts
    assert {v.verdict for v in found if v.measurement.engine == "law"} == {HOLDS}
    nothing = [v for v in found if v.verdict != HOLDS]
    assert {v.measurement.question.prediction for v in nothing} == {0.0}
    assert {v.verdict for v in nothing} == {INCONCLUSIVE}
    assert all("digits lost" in v.reason for v in nothing)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        pytest.param(32, "no finite mean", marks=pytest.mark.slow),
        pytest.param(30, "infinite variance", marks=pytest.mark.slow),
        pytest.param(26, "infinite fourth moment", marks=pytest.mark.slow),
    ],
)
def test_near_the_threshold_no_z_test_is_made(samples, words):
    near = varied(scenarios.preset("two-distant-tasks"), {"tasks.samples": [8, samples]})
    found = check_scenario(near, QUICK, seed=0).verdicts
    means = [v for v in found if v.measurement.question.claim.name != "exact-law"]
    last = [v for v in means if v.measurement.question.quantity.endswith("(θ_2)")]
    assert {v.verdict for v in last} == {INCONCLUSIVE}
    assert all(words in (v.reason or "") for v in last)
    first = [v for v in means if v.measurement.question.quantity.endswith("(θ_1)")]
    assert {v.verdict for v in first} == {HOLDS}
    quantiles = [v for v in found if v not in means]  # which need no moments
    assert len(quantiles) == 6
    assert {v.verdict for v in quantiles} == {HOLDS}


def test_a_budget_that_ends_early_is_inconclusive_and_not_a_pass():
    poor = dataclasses.replace(QUICK, budget=1.0)
    found = check_scenario(scenarios.preset("two-close-tasks"), poor, seed=0).verdicts
    assert INCONCLUSIVE in {v.verdict for v in found}
    assert REFUTED not in {v.verdict for v in found}


class TestCriticalDistance:
    def test_a_prediction_twice_too_far_is_refuted(self):
        """Simulated around the wrong place, freezing loses on both sides of it."""
        base = scenarios.preset("two-close-tasks")
        question, *_ = crossing_study(base, seed=0).questions
        far = 2 * critical_distance(base).distance
        sides = [at_distance(base, far * factor) for factor in BRACKET]
        pairs = [entry for side in sides for entry in (side, initialized(side))]
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
        verdict = judge([Measurement(wrong, found, {}, 20_000, 0)], QUICK)[0]
        assert verdict.verdict == REFUTED

    def test_the_wrong_direction_is_a_negative_distance(self):
        reading = crossing((1.0, 7.0), (3.0, -3.0), 0.1, CriticalDistance(2.0, True))
        assert reading.estimate == -2.0

    def test_where_one_strategy_always_wins_there_is_none(self):
        with pytest.raises(ValueError, match="every distance"):
            crossing_study(
                varied(scenarios.preset("two-distant-tasks"), {"updates.strategy": "frozen"}), 0
            )
