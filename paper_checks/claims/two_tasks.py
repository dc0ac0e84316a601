"""Two tasks: forgetting and R_2 against their closed forms, in both regimes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paper_checks.claims.wrong import wrong_scenarios
from paper_checks.questions import ROUNDING, Claim, Question, Reading
from scenarios import Scenario
from theory import NoClosedFormError, TwoTaskValues, two_task_values

FORGETTING = Claim(
    "two-task-forgetting",
    "F = 2αg E⟨e_S, d_S⟩ + α²(g E‖d_S‖² + vN)",
    "the paper (optimal update magnitude, Theorem IV.4); closed form ours",
)
SECOND_RISK = Claim(
    "two-task-risk",
    "R_2 = E‖d‖² − 2αg E‖d_S‖² + α²(g E‖d_S‖² + vN)",
    "the paper (generalization under update magnitude); closed form ours",
)


def questions(scenario: Scenario, regime: str, size: float) -> list[Question]:
    """Both closed forms, if the scenario is one of two tasks to which they apply."""
    values = _values(scenario)
    if values is None:
        return []
    wrong = {
        name: found
        for name, other in wrong_scenarios(scenario).items()
        if (found := _values(other)) is not None
    }

    def question(
        claim: Claim, quantity: str, pick: Callable[[TwoTaskValues], float], read: Any
    ) -> Question:
        return Question(
            claim=claim,
            quantity=quantity,
            scenario=scenario.title,
            regime=regime,
            prediction=pick(values),
            read=read,
            size=size,
            rounding=ROUNDING * size,
            wrong={name: pick(found) for name, found in wrong.items()},
        )

    return [
        question(FORGETTING, "F", lambda of: of.forgetting, _read_forgetting),
        question(SECOND_RISK, "R_2(θ_2)", lambda of: of.second_risk, _read_second_risk),
    ]


def _values(scenario: Scenario) -> TwoTaskValues | None:
    try:
        return two_task_values(scenario)
    except NoClosedFormError:
        return None


def _read_forgetting(results: Any) -> Reading:
    forgetting = results[0].forgetting
    return Reading(float(forgetting.mean), float(forgetting.standard_error))


def _read_second_risk(results: Any) -> Reading:
    risk = results[0].risk
    return Reading(float(risk.mean[1, 1]), float(risk.standard_error[1, 1]))
