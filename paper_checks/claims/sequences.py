"""The exact risks of whole task sequences, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from update_magnitude.paper_checks import readings
from update_magnitude.paper_checks.claims import tails, two_tasks
from update_magnitude.paper_checks.claims.asking import Predicted, ask, finite
from update_magnitude.paper_checks.claims.regimes import forgetting_size, is_testable, untestable
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.claims.wrong import wrong_scenarios
from update_magnitude.paper_checks.questions import DENSE, LAW, Claim, Question, Read, Study
from update_magnitude.scenarios import Scenario, ScenarioError, preset, preset_names
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import Means, means

RISK = Claim(
    "risk",
    "after every task the mean risk on every task is that of the exact recursion",
    "ours (result R), built on the model of the paper",
)
FORGETTING = Claim(
    "forgetting",
    "forgetting along a task sequence is what the drift of the parameters makes it",
    "the paper (forgetting as drift in parameter space); exact value ours (result R)",
)
GENERALIZATION = Claim(
    "generalization",
    "the generalization error after the last task is that of the exact recursion",
    "the paper (generalization under update magnitude); exact value ours (result R)",
)

CLAIMS = (RISK, FORGETTING, GENERALIZATION)
OWN = "means"  # the purpose of the random numbers, in a check of a user's own scenario
WITNESSES = ("mixed", "three-blocks", "two-close-tasks", "two-tasks-underparameterized")

Value = Callable[[Means[float]], float]


def studies(seed: Seed) -> list[Study]:
    """Every preset on the law engine, and some on the dense one."""
    found = [scenario_study(preset(name), seed, LAW) for name in preset_names()]
    return found + [scenario_study(preset(name), seed, DENSE, witness=True) for name in WITNESSES]


def scenario_study(
    scenario: Scenario,
    seed: Seed,
    engine: str = DENSE,
    witness: bool = False,
    purpose: str | None = None,
) -> Study:
    """Everything that theory predicts for a scenario, put to one simulation.

    The resolution is relative to each prediction; that of forgetting, for a witness beside another
    engine, to the risks that it is made of. The purpose is that of ``side_by_side``.
    """
    prediction = means(scenario)
    wrong = {name: means(other) for name, other in wrong_scenarios(scenario).items()}

    def question(
        claim: Claim,
        quantity: str,
        value: Value,
        read: Read,
        freedom: float,
        rounding: float,
        **more: Any,
    ) -> Question:
        found = value(prediction)
        asked = ask(
            claim,
            quantity,
            scenario.title,
            scenario,
            Predicted(found, finite({name: value(other) for name, other in wrong.items()})),
            read,
            untestable=untestable(found, scenario, prediction, freedom),
            **more,
        )
        return replace(asked, rounding=rounding)

    freedom = prediction.freedom
    tasks = range(scenario.tasks.count)
    questions = [
        question(
            RISK,
            f"R_{i + 1}(θ_{t + 1})",
            partial(_risk_of, t, i),
            readings.risk(t + 1, i + 1),
            freedom[t],
            prediction.rounding.risk[t, i],
        )
        for t in tasks
        for i in tasks
    ]
    if scenario.tasks.count > 1:
        read = readings.forgetting()
        size, rounding = forgetting_size(prediction), prediction.rounding.forgetting
        given = (FORGETTING, "F", lambda p: p.forgetting, read, freedom.min(), rounding)
        questions.append(question(*given, size=size, absolute=witness))
    questions.append(
        question(
            GENERALIZATION,
            "G",
            lambda p: p.generalization,
            readings.generalization(),
            freedom[-1],
            prediction.rounding.generalization,
        )
    )
    if is_testable(scenario):
        questions.extend(two_tasks.questions(scenario, witness))
    return side_by_side(scenario.title, [scenario], questions, seed, engine, purpose=purpose)


def own_studies(scenario: Scenario, seed: Seed, engines: Sequence[str], most: float) -> list[Study]:
    """A user's scenario on the engines asked for.

    Beside the law engine, the dense one is a witness, and left out where it cannot be: where the
    scenario does not fit its memory, or takes more than some normals per replicate.

    Args:
        scenario: whose strategy is not ``hybrid``.
        seed: a whole number, at least 0.
        engines: ``law``, ``dense``, or both.
        most: normals per replicate that a witness may cost.
    """
    stream = named(seed, "check", "scenario")  # whatever its title
    studies = [scenario_study(scenario, stream, LAW, purpose=OWN)] if LAW in engines else []
    if DENSE in engines:
        try:
            dense = [scenario_study(scenario, stream, DENSE, bool(studies), OWN)]
        except ScenarioError:
            if not studies:
                raise
            return studies
        if not studies or dense[0].experiment.normals <= most:
            studies += dense + (tails.scenario_studies(scenario, stream) if studies else [])
    return studies


def _risk_of(t: int, i: int, prediction: Means[float]) -> float:
    return float(prediction.risk[t, i])
