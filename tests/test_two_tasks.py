"""The closed forms of two tasks, against result R and against a sign change on both sides."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from update_magnitude import scenarios
from update_magnitude.scenarios import Scenario, varied
from update_magnitude.theory import critical_distance, means, two_task_values

MEASURES = ("forgetting", "second_risk", "generalization")


@st.composite
def two_tasks(draw) -> Scenario:
    shared, specific = draw(st.integers(2, 60)), draw(st.integers(2, 60))
    samples = draw(st.lists(st.integers(1, 150), min_size=2, max_size=2))
    assume(all(abs(shared + specific - n) > 1 for n in samples) and abs(specific - samples[1]) > 1)
    positive = st.floats(0.01, 3)
    return scenarios.parse(
        {
            "blocks": {"shared": shared, "specific": specific},
            "tasks": {"count": 2, "samples": samples, "noise": draw(st.floats(0, 1))},
            "optima": {
                "norm": {"shared": draw(positive), "specific": draw(positive)},
                "distance": {"shared": draw(st.floats(0, 1)), "specific": draw(positive)},
            },
            "updates": {
                "strategy": draw(st.sampled_from(("frozen", "initialized"))),
                "scale": [draw(st.floats(0.1, 1)), draw(st.floats(0.1, 1))],
            },
        }
    )


@given(two_tasks())
def test_closed_forms_agree_with_the_recursion(scenario):
    prediction, values = means(scenario), two_task_values(scenario)
    size = prediction.risk.max()
    assert values.second_risk == pytest.approx(prediction.risk[1, 1], rel=1e-10, abs=1e-12 * size)
    assert values.forgetting == pytest.approx(prediction.forgetting, rel=1e-10, abs=1e-12 * size)
    assert values.generalization == pytest.approx(prediction.generalization, rel=1e-10)


def test_closed_forms_take_optima_that_are_not_orthogonal():
    gram = {"shared": [[1.0, 0.4], [0.4, 2.0]], "specific": [[0.5, -0.3], [-0.3, 1.0]]}
    document = scenarios.preset("two-close-tasks").document()
    scenario = scenarios.parse(document | {"optima": {"gram": gram}})
    assert two_task_values(scenario).forgetting == pytest.approx(means(scenario).forgetting)


@given(two_tasks(), st.sampled_from(MEASURES))
def test_the_winner_changes_at_the_critical_distance_and_nowhere_else(scenario, measure):
    frozen = varied(scenario, {"updates.strategy": "frozen"})
    critical = critical_distance(frozen, measure)
    steps = {
        name: entry[0]
        for name, entry in zip(("shared", "specific"), frozen.optima.distance, strict=True)
    }
    length = sum(step**2 for step in steps.values()) ** 0.5

    def freezing_wins_by(distance: float) -> float:
        scaled = {name: step * distance / length for name, step in steps.items()}
        at = varied(frozen, {"optima.distance": scaled})
        trained = varied(at, {"updates.strategy": "initialized"})
        return getattr(two_task_values(trained), measure) - getattr(two_task_values(at), measure)

    if critical is not None:
        assume(1e-3 < critical.distance < 1e3)
        below, above = (freezing_wins_by(factor * critical.distance) for factor in (0.99, 1.01))
        assert (below > 0 > above) if critical.frozen_below else (above > 0 > below)
    else:
        ends = [freezing_wins_by(distance) for distance in (0.0, 1e3)]
        size = 1e-9 * two_task_values(frozen).second_risk
        assert ends[0] * ends[1] >= 0 or abs(ends[0]) <= size


def test_a_specific_drift_moves_no_generalization_error_between_the_strategies():
    """At α = 1 what freezing gains on R_1 by a smaller distance it loses on R_2: no threshold."""
    assert critical_distance(scenarios.preset("two-close-tasks"), "generalization") is None


@pytest.mark.parametrize("name", ["ten-tasks", "three-blocks"])
def test_other_scenarios_have_no_closed_form(name):
    with pytest.raises(ValueError, match="two tasks"):
        two_task_values(scenarios.preset(name))


def test_the_threshold_has_no_closed_form():
    at = varied(scenarios.preset("two-distant-tasks"), {"tasks.samples": [8, 32]})
    with pytest.raises(ValueError, match="m = 32 and n = 32"):
        two_task_values(at)
    with pytest.raises(ValueError, match="m = 32 and n = 32"):
        critical_distance(at)
