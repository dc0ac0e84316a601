"""Two tasks: forgetting and R_2 against their closed forms, in both regimes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims.asking import Predicted, ask
from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.claims.wrong import wrong_scenarios
from update_magnitude.paper_checks.questions import Claim, Question, Read
from update_magnitude.scenarios import Scenario
from update_magnitude.theory import (
    NoClosedFormError,
    TwoTaskValues,
    means,
    two_task_rounding,
    two_task_values,
)

FORGETTING = Claim(
    "two-task-forgetting",
    "F = 2αg E⟨e_S, d_S⟩ + α²(g E‖d_S‖² + vN)",
    "the paper (optimal update magnitude, Theorem IV.4); closed form ours",
    ("two-task-forgetting",),
)
SECOND_RISK = Claim(
    "two-task-risk",
    "R_2 = E‖d‖² − 2αg E‖d_S‖² + α²(g E‖d_S‖² + vN)",
    "the paper (generalization under update magnitude); closed form ours",
    ("two-task-risk-change",),
)
CLAIMS = (FORGETTING, SECOND_RISK)


def questions(scenario: Scenario, witness: bool = False) -> list[Question]:
    """Both closed forms, if the scenario is one of two tasks to which they apply."""
    values = _values(scenario)
    if values is None:
        return []
    wrong = {
        name: found
        for name, other in wrong_scenarios(scenario).items()
        if (found := _values(other)) is not None
    }

    exact, rounding = means(scenario), two_task_rounding(scenario)

    def question(
        claim: Claim,
        quantity: str,
        pick: Callable[[TwoTaskValues], float],
        read: Read,
        size: float,
    ) -> Question:
        mistakes = {name: pick(found) for name, found in wrong.items()}
        predicted = Predicted(pick(values), mistakes)
        given = (claim, quantity, scenario.title, scenario, predicted, read)
        asked = ask(*given, size=size, absolute=witness)
        return replace(asked, rounding=pick(rounding))

    return [
        question(
            FORGETTING,
            "F",
            lambda entry: entry.forgetting,
            readings.forgetting(),
            forgetting_size(exact),
        ),
        question(
            SECOND_RISK,
            "R_2(θ_2)",
            lambda entry: entry.second_risk,
            readings.risk(2, 2),
            float(exact.risk[1, 1]),
        ),
    ]


def _values(scenario: Scenario) -> TwoTaskValues | None:
    try:
        return two_task_values(scenario)
    except NoClosedFormError:
        return None
