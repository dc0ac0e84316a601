"""Whether the engines, on whatever device they run, agree with theory: z-tests with a control.

Four schedules of updates run in one compiled program. All that is measured of each, every risk and
the three summaries, is held against its exact prediction in standard errors; every update here has
ν = |m − n| + 1 > 8, so fourth moments are finite and z is standard normal if the prediction is
right. A negative control holds the same measurement against the predictions for a scale that is
slightly wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from benchmarks.kept import Json
from update_magnitude.paper_checks.statistics import FAMILY_ERROR, critical_value, detectable
from update_magnitude.scenarios import Scenario, parse, varied
from update_magnitude.simulations import Experiment
from update_magnitude.theory import document

SEED = 16
WRONG = 0.95  # the scale that the negative control predicts for, where updates have scale 1
# Updates of 50 and of 20 parameters on 9 samples: ν = 42 and 12. Each step moves both blocks.
BASE: dict[str, Json] = {
    "title": "initialized",
    "blocks": {"shared": 30, "specific": 20},
    "tasks": {"count": 3, "samples": 9, "noise": 0.3},
    "optima": {
        "norm": {"shared": 1.0, "specific": 1.0},
        "distance": {"shared": 0.3, "specific": 1.0},
    },
    "updates": {"strategy": "initialized"},
}
BOTH, ONE = ["shared", "specific"], ["specific"]
SCHEDULES: dict[str, dict[str, Json]] = {
    "initialized": {},
    "frozen": {"updates.strategy": "frozen"},
    "reinitialized": {"updates.strategy": "reinitialized"},
    "custom": {"updates.strategy": "custom", "updates.trainable": [BOTH, ONE, BOTH]},
}
TESTS = len(SCHEDULES) * (BASE["tasks"]["count"] ** 2 + 3)


def agreement(engine: str, dtype: str, replicates: int, tests: int) -> dict[str, Json]:
    """What came of the tests of one engine.

    Args:
        engine: ``dense`` or ``law``.
        dtype: of the numbers.
        replicates: of each schedule.
        tests: in the whole run, which share the family-wise error.
    """
    scenarios = list(schedules(1.0))
    experiment = Experiment(scenarios, SEED, engine=engine, dtype=dtype)
    experiment.run(replicates)
    measured = [list(_pairs(result.document())) for result in experiment.results()]
    right = _distances(scenarios, measured)
    wrong = _distances(list(schedules(WRONG)), measured)
    critical = critical_value(tests)
    smallest = [
        detectable(error, tests) / abs(mean) for of_one in measured for mean, error in of_one
    ]
    refuted = [abs(z) > critical for of_one in right for z in of_one]
    return {
        "replicates": experiment.replicates,
        "schedules_in_one_program": list(SCHEDULES),
        "tests": len(refuted),
        "largest_z": max(abs(z) for of_one in right for z in of_one),
        "critical_z": critical,
        "false_alarm_rate_of_the_run": FAMILY_ERROR,
        "detectable_relative_deviation": {"median": median(smallest), "largest": max(smallest)},
        "refuted": sum(refuted),
        "control": f"predictions for a scale of {WRONG}",
        "control_refuted_for_every_schedule": all(
            any(abs(z) > critical for z in of_one) for of_one in wrong
        ),
    }


def schedules(scale: float) -> Iterator[Scenario]:
    """The scenarios that run together, with updates of one scale."""
    base = parse(BASE)
    for changes in SCHEDULES.values():
        yield varied(base, changes | {"updates.scale": scale})


def _distances(
    predicted: list[Scenario], measured: list[list[tuple[float, float]]]
) -> list[list[float]]:
    """The z of everything that is measured, schedule by schedule."""
    distances = []
    for scenario, pairs in zip(predicted, measured, strict=True):
        predictions = _numbers(document(scenario))
        distances.append(
            [
                (mean - prediction) / error
                for prediction, (mean, error) in zip(predictions, pairs, strict=True)
            ]
        )
    return distances


def _pairs(document: dict[str, Json]) -> Iterator[tuple[float, float]]:
    """Means and standard errors of all risks and of the three summaries."""
    for estimate in _numbers(document):
        yield estimate["mean"], estimate["standard_error"]


def _numbers(document: dict[str, Json]) -> list[Json]:
    risks = [risk for row in document["risk"] for risk in row]
    return [*risks, *(document[key] for key in ("forgetting", "generalization", "learning_error"))]
