"""Putting candidates to the test: in the scenarios given, and in the variations around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from update_magnitude.paper_checks.candidates.reading import Candidate
from update_magnitude.paper_checks.candidates.variations import ladder
from update_magnitude.paper_checks.claims.asking import finite
from update_magnitude.paper_checks.claims.regimes import (
    forgetting_size,
    regime,
    size_of,
    untestable,
)
from update_magnitude.paper_checks.claims.wrong import wrong_scenarios
from update_magnitude.paper_checks.judging import Verdict
from update_magnitude.paper_checks.measuring import Watch
from update_magnitude.paper_checks.profiles import Profile, require_profile
from update_magnitude.paper_checks.questions import (
    ROUNDING,
    Claim,
    Question,
    Reading,
    Study,
    Variation,
)
from update_magnitude.paper_checks.readings import reading_of
from update_magnitude.paper_checks.running import PILOT, Outcome, run_studies
from update_magnitude.scenarios import Scenario, ScenarioError, fields, varied
from update_magnitude.simulations import Estimate, Experiment, Simulation
from update_magnitude.simulations.streams import named
from update_magnitude.theory import Means, NoClosedFormError, means, two_task_arguments

NO_NUMBER = "the candidate is no finite real number there"
TOO_COSTLY = "to simulate it takes more than the profile's budget"
SHARE = 0.2  # of the budget, for variations that run on the same draws: few shapes, so twice in all
WRONG_BY = 0.1  # relative error of the wrong prediction that any candidate has for a control


@dataclass(frozen=True)
class Measure:
    """What a candidate may be about: its symbol, and where theory and simulation have it."""

    quantity: str
    exact: Callable[[Means[float]], float]
    size: Callable[[Means[float]], float]  # of the risks that it is made of
    freedom: Callable[[Means[float]], float]  # ν of the moments that a z-test rests on
    estimate: Callable[[Simulation], Estimate | None]


MEASURES = {
    "forgetting": Measure(
        "F",
        lambda p: p.forgetting,
        forgetting_size,
        lambda p: p.freedom.min(),
        lambda found: found.forgetting,
    ),
    "second_risk": Measure(
        "R_2(θ_2)",
        lambda p: float(p.risk[1, 1]),
        lambda p: float(p.risk[1, 1]),
        lambda p: p.freedom[1],
        lambda found: found.risk.at(1, 1),
    ),
    "generalization": Measure(
        "G",
        lambda p: p.generalization,
        lambda p: p.generalization,
        lambda p: p.freedom[1],
        lambda found: found.generalization,
    ),
}


@dataclass(frozen=True)
class Rung:
    """Where candidates are tried: a scenario that was given, or a variation of it."""

    title: str  # of the scenario that was given
    variation: Variation | None  # None for that scenario itself
    scenario: Scenario | None  # None where the variation is impossible,
    reason: str | None = None  # and why it is


def check_candidates(
    candidates: Sequence[Candidate],
    scenarios: Sequence[Scenario],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
) -> Outcome:
    """Put candidates to the test, in scenarios and in the variations around each.

    Args:
        candidates: as ``read_candidates`` reads them.
        scenarios: of two tasks, the first training all blocks, the second not reset; each with a
            title of its own. A formula knows of their blocks only which train at task 2, S, and
            which are held, C, however many there are.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: told of the progress.

    Returns:
        Verdicts by scenario and candidate: first that on the scenario itself, whose ``variation``
        is None, then those on its variations, in the order of ``ladder``. Notes say which blocks of
        a scenario of more than two are S, and which are C.

    Raises:
        ScenarioError: if a scenario is not such a one, naming it; if there is no candidate, no
            scenario, or no such seed or profile.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.paper_checks import PROFILES
        >>> from update_magnitude.theory.results.symbols import norm_S, step_S
        >>> wrong = Candidate("forgetting", step_S - norm_S, "mine.toml")
        >>> distant = [scenarios.preset("two-distant-tasks")]
        >>> check_candidates([wrong], distant, PROFILES["quick"], seed=0).verdicts[0].verdict
        'refuted'
    """
    require_profile(profile)
    seed = named(seed).seed
    _require_some("candidates", candidates, Candidate)
    _require_some("scenarios", scenarios, Scenario)
    titles = [scenario.title for scenario in scenarios]
    for title in titles:
        if titles.count(title) > 1:
            fields.fail("title", title, "two scenarios have it; give each a title of its own")
    studies = [
        study for scenario in scenarios for study in _studies(candidates, scenario, profile, seed)
    ]
    places = {scenario.title: k for k, scenario in enumerate(scenarios)}
    statements = {candidate.statement: k for k, candidate in enumerate(candidates)}

    def place(verdict: Verdict) -> tuple[int, int]:
        question = verdict.measurement.question
        return places[question.scenario], statements[question.claim.statement]

    found = run_studies(studies, profile, seed, watch)
    notes = tuple(note for scenario in scenarios for note in _on_blocks(scenario))
    return replace(found, verdicts=sorted(found.verdicts, key=place), notes=notes)


def require_two_tasks(scenario: Scenario) -> None:
    """Refuse a scenario that candidates say nothing about.

    Raises:
        ScenarioError: in one line.
    """
    try:
        two_task_arguments(scenario)
    except NoClosedFormError as error:
        _, _, here = str(error).partition("; ")
        raise ScenarioError(
            "a candidate is about two tasks, the first training all blocks, the second not reset; "
            f"“{scenario.title}” has others: {here}. Of blocks, however many, a formula knows only "
            "those that train at task 2 (S) and those that are held (C)"
        ) from None


def _on_blocks(scenario: Scenario) -> list[str]:
    """What a formula cannot know of a scenario of three blocks or more."""
    names, moves = scenario.blocks.names, scenario.step(1).trainable
    if len(names) < 3:
        return []
    trained = ", ".join(name for name, of in zip(names, moves, strict=True) if of) or "none"
    held = ", ".join(name for name, of in zip(names, moves, strict=True) if not of) or "none"
    return [
        f"“{scenario.title}” has {len(names)} blocks, which appear in a formula only as S (trained "
        f"at task 2: {trained}) and C (held: {held})"
    ]


def _require_some(name: str, values: Any, kind: type) -> None:
    """A list of some kind of thing, one at least."""
    few = list(values) if isinstance(values, Sequence) and not isinstance(values, str) else []
    if not few or not all(isinstance(value, kind) for value in few):
        fields.fail(name, values, f"a list is needed, of one {kind.__name__} at least")


def _studies(
    candidates: Sequence[Candidate], scenario: Scenario, profile: Profile, seed: int
) -> list[Study]:
    """One for the scenario itself, and one for all variations that run on the same draws."""
    require_two_tasks(scenario)
    given = Rung(scenario.title, None, scenario)
    most = max(SHARE * profile.budget / PILOT, Experiment([scenario], seed).normals)
    groups: dict[object, list[Rung]] = {"given": [given]}
    for variation in ladder(scenario):
        rung = _rung(scenario, variation, most)
        draws = rung.scenario and (rung.scenario.blocks, rung.scenario.tasks.samples)
        groups.setdefault(draws or "given", []).append(rung)  # the impossible are only mentioned
    return [_study(candidates, group, seed) for group in groups.values()]


def _rung(scenario: Scenario, variation: Variation, most: float) -> Rung:
    """A variation of a scenario, if there is one that draws so many normals at most."""
    try:
        other = varied(scenario, variation.changes)
        too_costly = Experiment([other], seed=0).normals > most
    except ScenarioError as error:
        return Rung(scenario.title, variation, None, str(error))
    if too_costly:
        return Rung(scenario.title, variation, None, TOO_COSTLY)
    return Rung(scenario.title, variation, other)


def _study(candidates: Sequence[Candidate], rungs: Sequence[Rung], seed: int) -> Study:
    """Rungs that run side by side, and what is asked of them."""
    possible = [rung.scenario for rung in rungs if rung.scenario is not None]
    questions = []
    for rung in rungs:
        place = possible.index(rung.scenario) if rung.scenario else 0
        questions += [_question(candidate, rung, place) for candidate in candidates]
    first = rungs[0]
    name = f"{first.title}: {first.variation.name}" if first.variation else first.title
    share = SHARE if first.variation else 1.0
    stream = named(seed, "candidate", name)
    return Study(name, Experiment(possible, stream), tuple(questions), share)


def _question(candidate: Candidate, rung: Rung, place: int) -> Question:
    measure, scenario = MEASURES[candidate.measure], rung.scenario
    asked = Question(
        claim=Claim("candidate", candidate.statement, candidate.source),
        quantity=measure.quantity,
        scenario=rung.title,
        regime="none",
        prediction=math.nan,
        read=partial(_read, measure, place),
        size=math.nan,
        rounding=math.nan,
        untestable=rung.reason,
        variation=rung.variation,
    )
    return _predicting(asked, candidate, scenario) if scenario else asked


def _predicting(asked: Question, candidate: Candidate, scenario: Scenario) -> Question:
    """The question with what the candidate says of a scenario, and of wrong ones."""
    measure, exact = MEASURES[candidate.measure], means(scenario)
    size, value = measure.size(exact), candidate.value(scenario)
    reason = untestable(measure.exact(exact), scenario, exact, measure.freedom(exact))
    found = replace(
        asked,
        regime=regime(scenario),
        prediction=value,
        size=size,
        rounding=ROUNDING * size_of(scenario, exact),  # candidates are computed as they are written
        untestable=reason or (None if math.isfinite(value) else NO_NUMBER),
    )
    wrong = {name: candidate.value(of) for name, of in wrong_scenarios(scenario).items()}
    wrong["off by a tenth"] = value + WRONG_BY * found.yardstick
    return replace(found, wrong=finite(wrong))


def _read(measure: Measure, place: int, results: Sequence[Simulation]) -> Reading:
    estimate = measure.estimate(results[place])
    if estimate is None:
        raise ValueError("two tasks have forgetting")
    return reading_of(estimate)
