"""The exact risks of whole task sequences and what follows; the closed forms of two tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from update_magnitude.paper_checks.claims import tails
from update_magnitude.paper_checks.claims.asking import Predicted, ask, finite, wrong_scenarios
from update_magnitude.paper_checks.claims.limits import limit_study
from update_magnitude.paper_checks.claims.regimes import (
    forgetting_size,
    is_exact,
    is_testable,
    means_asked,
    untestable,
    value_of,
)
from update_magnitude.paper_checks.claims.side_by_side import side_by_side
from update_magnitude.paper_checks.questions import DENSE, LAW, Question, Study
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, ScenarioError, preset, preset_names
from update_magnitude.simulations.engines.equal_variances import has_law
from update_magnitude.simulations.streams import Seed, named
from update_magnitude.theory import (
    NoClosedFormError,
    TwoTaskValues,
    means,
    two_task_rounding,
    two_task_values,
)

OWN = "means"  # the purpose of the random numbers, in a check of a user's own scenario
WITNESSES = ("mixed", "three-blocks", "two-close-tasks", "two-tasks-underparameterized")


def studies(seed: Seed) -> list[Study]:
    """Every preset on the law engine, some on the dense one, and those without a law as limits."""
    presets = [preset(name) for name in preset_names()]
    studies = [
        scenario_study(one, seed, LAW) if is_exact(one) else limit_study(one, seed)
        for one in presets
    ]
    studies += [scenario_study(preset(name), seed, DENSE, witness=True) for name in WITNESSES]
    return studies


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
    questions = _on_means(scenario, witness)
    if is_testable(scenario):
        questions += _on_two_tasks(scenario, witness)
    return side_by_side(scenario.title, [scenario], questions, seed, engine, purpose=purpose)


def _on_means(scenario: Scenario, witness: bool) -> list[Question]:
    """Every risk, F and G against result R."""
    prediction = means(scenario)
    wrong = {mistake: means(other) for mistake, other in wrong_scenarios(scenario).items()}
    questions = []
    for measure, symbol, place, least in means_asked(scenario, prediction.freedom):
        value = value_of(prediction, measure, place)
        rounding = value_of(prediction.rounding, measure, place)
        mistakes = [value_of(numbers, measure, place) for numbers in wrong.values()]
        asked = ask(
            measure,  # each has a claim of its name
            scenario.title,
            scenario,
            symbol,
            Predicted(value, finite(dict(zip(wrong, mistakes, strict=True)))),
            reading(measure, 0, *(task + 1 for task in place)),
            size=forgetting_size(prediction) if measure == "forgetting" else None,
            absolute=witness and measure == "forgetting",
            untestable=untestable(value, scenario, prediction, least),
        )
        questions.append(replace(asked, rounding=rounding))
    return questions


def _on_two_tasks(scenario: Scenario, witness: bool) -> list[Question]:
    """F and R_2 against their closed forms, if the scenario is one to which these apply."""
    values = _closed_forms(scenario)
    if values is None:
        return []
    others = {name: _closed_forms(other) for name, other in wrong_scenarios(scenario).items()}
    wrong = {name: form for name, form in others.items() if form is not None}
    exact, rounding = means(scenario), two_task_rounding(scenario)
    size = {"forgetting": forgetting_size(exact), "second_risk": float(exact.risk[1, 1])}
    rows = (
        ("two-task-forgetting", "F", "forgetting", reading("forgetting")),
        ("two-task-risk", "R_2(θ_2)", "second_risk", reading("risk", 0, 2, 2)),
    )
    questions = []
    for claim, symbol, measure, read in rows:
        mistakes = {name: getattr(form, measure) for name, form in wrong.items()}
        predicted = Predicted(getattr(values, measure), mistakes)
        question = partial(ask, claim, scenario.title, scenario, absolute=witness)
        asked = question(symbol, predicted, read, size=size[measure])
        questions.append(replace(asked, rounding=getattr(rounding, measure)))
    return questions


def _closed_forms(scenario: Scenario) -> TwoTaskValues | None:
    try:
        return two_task_values(scenario)
    except NoClosedFormError:
        return None


def own_studies(scenario: Scenario, seed: Seed, engines: Sequence[str], most: float) -> list[Study]:
    """A user's scenario, whose strategy is not ``hybrid``, on the engines asked for.

    What theory predicts as a limit is put to the dense engine alone, and so is what has no law.
    Beside the law engine, the dense one is a witness, and left out where it cannot be: where the
    scenario does not fit its memory, or takes more than some normals per replicate.
    """
    stream = named(seed, "check", "scenario")  # whatever its title
    if not is_exact(scenario):
        if DENSE not in engines:
            raise ScenarioError(
                f"{scenario.title}: no exact law is known of it; use the dense engine"
            )
        return [limit_study(scenario, stream, purpose=OWN)]
    by_law = LAW in engines and (has_law(scenario) or DENSE not in engines)
    studies = [scenario_study(scenario, stream, LAW, purpose=OWN)] if by_law else []
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
