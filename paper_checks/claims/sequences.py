"""The exact risks of whole task sequences, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from paper_checks.claims import two_tasks
from paper_checks.claims.wrong import wrong_scenarios
from paper_checks.questions import ROUNDING, Claim, Question, Reading, Study
from scenarios import Scenario, coordinates, preset, preset_names
from simulations import Estimate, Experiment, Simulation
from theory import Prediction, predict

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

CALM = 8  # ν above which the fourth moment is finite, and with it what a z-test rests on

Value = Callable[[Prediction], float]


def studies(seed: int) -> list[Study]:
    """One study per preset."""
    return [scenario_study(preset(name), seed) for name in preset_names()]


def scenario_study(scenario: Scenario, seed: int) -> Study:
    """Everything that theory predicts for a scenario, put to one simulation."""
    prediction = predict(scenario)
    size = size_of(scenario, prediction)
    wrong = {name: predict(other) for name, other in wrong_scenarios(scenario).items()}

    def question(
        claim: Claim,
        quantity: str,
        value: Value,
        read: Callable[[Simulation], Estimate],
        freedom: float,
    ) -> Question:
        return Question(
            claim=claim,
            quantity=quantity,
            scenario=scenario.title,
            regime=regime(scenario),
            prediction=value(prediction),
            read=partial(_read, read),
            size=size,
            rounding=ROUNDING * size,
            wrong=finite({name: value(other) for name, other in wrong.items()}),
            untestable=untestable(value(prediction), prediction, freedom),
        )

    freedom = prediction.freedom
    tasks = range(scenario.tasks.count)
    questions = [
        question(
            RISK,
            f"R_{i + 1}(θ_{t + 1})",
            partial(_risk_of, t, i),
            partial(_risk_estimate, t, i),
            freedom[t],
        )
        for t in tasks
        for i in tasks
    ]
    if scenario.tasks.count > 1:
        questions.append(
            question(FORGETTING, "F", lambda p: p.forgetting, _forgetting, freedom.min())
        )
    questions.append(
        question(
            GENERALIZATION,
            "G",
            lambda p: p.generalization,
            lambda found: found.generalization,
            freedom[-1],
        )
    )
    if freedom.min() > CALM:
        questions.extend(two_tasks.questions(scenario, regime(scenario), size))
    return Study(scenario.title, Experiment([scenario], seed), tuple(questions))


def regime(scenario: Scenario) -> str:
    """Over- or underparameterized, or mixed, by the sizes of the updates."""
    gaps = {
        int(np.sign(m - n)) if abs(m - n) > 1 else 0
        for m, n in zip(
            map(scenario.trainable_count, range(scenario.tasks.count)),
            scenario.tasks.samples,
            strict=True,
        )
        if m
    }
    words = {1: "overparameterized", -1: "underparameterized", 0: "threshold"}
    return words[gaps.pop()] if len(gaps) == 1 else "mixed" if gaps else "no update"


def _risk_of(t: int, i: int, prediction: Prediction) -> float:
    return float(prediction.risk[t, i])


def _risk_estimate(t: int, i: int, found: Simulation) -> Estimate:
    return Estimate(found.risk.mean[t, i], found.risk.standard_error[t, i])


def _forgetting(found: Simulation) -> Estimate:
    if found.forgetting is None:
        raise ValueError("a single task has no forgetting")
    return found.forgetting


def _read(read: Callable[[Simulation], Estimate], results: list[Simulation]) -> Reading:
    estimate = read(results[0])
    return Reading(float(estimate.mean), float(estimate.standard_error))


def size_of(scenario: Scenario, prediction: Prediction) -> float:
    """The largest number around: a squared norm of an optimum, or a risk."""
    norms = sum((block**2).sum(axis=1) for block in coordinates(scenario))
    finite = prediction.risk[np.isfinite(prediction.risk)]
    return float(max(np.max(norms), finite.max(initial=0.0), np.finfo(float).tiny))


def untestable(value: float, prediction: Prediction, freedom: float) -> str | None:
    """Why no z-test can be made, if so.

    Args:
        value: the number in question, one of those in the prediction.
        prediction: whose word for what is undefined is taken where the number is not finite.
        freedom: the least ν of any χ²_ν that divides the noise in the number.
    """
    if not math.isfinite(value):
        return prediction.undefined
    if freedom > CALM:
        return None
    which = "variance" if freedom <= 4 else "fourth moment"
    return (
        f"an update with noise has |m - n| + 1 = {freedom:.0f}, so this has an infinite {which} "
        "and a z-test is not valid"
    )


def finite(values: dict[str, float]) -> dict[str, float]:
    """The values that are finite: a wrong prediction that is not refutes itself."""
    return {name: value for name, value in values.items() if math.isfinite(value)}
