"""Putting candidates to the test: in the scenarios given, and in the variations around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from update_magnitude.paper_checks.candidates.functions import Function, proposals_of
from update_magnitude.paper_checks.candidates.measures import Measure, measure_of
from update_magnitude.paper_checks.candidates.proposals import Proposal
from update_magnitude.paper_checks.candidates.reading import Candidate
from update_magnitude.paper_checks.candidates.variations import ladder
from update_magnitude.paper_checks.claims.asking import finite, wrong_scenarios
from update_magnitude.paper_checks.claims.regimes import regime, size_of, untestable
from update_magnitude.paper_checks.measuring import Watch
from update_magnitude.paper_checks.profiles import Profile, require_profile
from update_magnitude.paper_checks.questions import (
    DENSE,
    ROUNDING,
    Claim,
    Question,
    Study,
    Variation,
)
from update_magnitude.paper_checks.running import PILOT, run_studies
from update_magnitude.paper_checks.verdicts import Outcome, Verdict
from update_magnitude.scenarios import Scenario, ScenarioError, fields, varied
from update_magnitude.simulations import Experiment
from update_magnitude.simulations.streams import named
from update_magnitude.theory import means

NO_NUMBER = "the candidate is no finite real number there"
TOO_COSTLY = "to simulate it takes more than the profile's budget"
SHARE = 0.2  # of the budget, for variations that run on the same draws: few shapes, so twice in all
WRONG_BY = 0.1  # relative error of the wrong prediction that any candidate has for a control


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
        scenarios: each with a title of its own. A formula with m, S or C in it is about two tasks,
            the first training all blocks, the second not reset.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: told of the progress.

    Returns:
        Verdicts by scenario and candidate: first that on the scenario itself, whose ``variation``
        is None, then those on its variations, in the order of ``ladder``. Notes say which blocks of
        a scenario of more than two are S, and which are C.

    Raises:
        ScenarioError: if a scenario has no value for a symbol, naming both; if there is no
            candidate, no scenario, or no such seed or profile.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.paper_checks import PROFILES
        >>> from update_magnitude.theory.results.symbols import norm_S, step_S
        >>> wrong = Candidate("forgetting", step_S - norm_S, "mine.toml")
        >>> distant = [scenarios.preset("two-distant-tasks")]
        >>> check_candidates([wrong], distant, PROFILES["quick"], seed=0).verdicts[0].verdict
        'refuted'
    """
    _require_some("candidates", candidates, Candidate)
    _require_some("scenarios", scenarios, Scenario)
    for scenario in scenarios:
        require_values(candidates, scenario)
    asked = [(scenario, candidates) for scenario in scenarios]
    notes = tuple(note for scenario in scenarios for note in _on_blocks(scenario))
    return replace(_check(asked, profile, seed, watch, DENSE), notes=notes)


def check_function(
    function: Function,
    scenarios: Sequence[Scenario],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engine: str = DENSE,
) -> Outcome:
    """Put a prediction that is a function of the scenario to the test, as candidates are.

    Args:
        function: takes a scenario and returns a dictionary of numbers by the names of measures; it
            is called for variations of the scenarios too, and for wrong ones.
        scenarios: of any number of tasks and blocks, each with a title of its own.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: told of the progress.
        engine: ``dense``, or ``law`` for scenarios that are too large to be drawn literally.

    Raises:
        ScenarioError: naming what the function returned where it cannot be judged; otherwise as
            ``check_candidates`` does.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.paper_checks import PROFILES
        >>> three = [scenarios.preset("underparameterized")]
        >>> found = check_function(lambda s: {"risk[3, 1]": 1.0}, three, PROFILES["quick"], seed=0)
        >>> found.verdicts[0].verdict
        'refuted'
    """
    _require_some("scenarios", scenarios, Scenario)
    asked = [(scenario, proposals_of(function, scenario)) for scenario in scenarios]
    return _check(asked, profile, seed, watch, engine)


def _check(
    asked: Sequence[tuple[Scenario, Sequence[Proposal]]],
    profile: Profile,
    seed: int,
    watch: Watch | None,
    engine: str,
) -> Outcome:
    """Verdicts by scenario and proposal."""
    require_profile(profile)
    seed = named(seed).seed
    titles = [scenario.title for scenario, _ in asked]
    for title in titles:
        if titles.count(title) > 1:
            fields.fail("title", title, "two scenarios have it; give each a title of its own")
    studies = [
        study
        for scenario, proposals in asked
        for study in _studies(proposals, scenario, profile, seed, engine)
    ]
    order = [
        (scenario.title, proposal.statement, name)
        for scenario, proposals in asked
        for proposal in proposals
        for name in (None, *(variation.name for variation in ladder(scenario)))
    ]
    places = {key: place for place, key in enumerate(order)}
    found = run_studies(studies, profile, seed, watch, (engine,))

    def place(verdict: Verdict) -> int:
        return places[verdict.scenario, verdict.statement, verdict.variation]

    return replace(found, verdicts=sorted(found.verdicts, key=place))


def require_values(candidates: Sequence[Candidate], scenario: Scenario) -> None:
    """Refuse a scenario that candidates say nothing about.

    Raises:
        ScenarioError: in one line.
    """
    for candidate in candidates:
        measure_of(candidate.measure, scenario.tasks.count)
        candidate.value(scenario)


def _on_blocks(scenario: Scenario) -> list[str]:
    """What a formula cannot know of a scenario of three blocks or more."""
    names = scenario.blocks.names
    if len(names) < 3 or scenario.tasks.count != 2:
        return []
    moves = scenario.step(1).trainable
    masks = list(zip(names, moves, strict=True))
    trained = ", ".join(name for name, moving in masks if moving) or "none"
    held = ", ".join(name for name, moving in masks if not moving) or "none"
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
    proposals: Sequence[Proposal],
    scenario: Scenario,
    profile: Profile,
    seed: int,
    engine: str = DENSE,
) -> list[Study]:
    """One for the scenario itself, and one for all variations that run on the same draws."""
    given = Rung(scenario.title, None, scenario)
    least = Experiment([scenario], seed, engine=engine).normals
    most = max(SHARE * profile.budget / PILOT, least)
    groups: dict[object, list[Rung]] = {"given": [given]}
    for variation in ladder(scenario):
        rung = _rung(scenario, variation, most, engine)
        draws = rung.scenario and (rung.scenario.blocks, rung.scenario.tasks.samples)
        groups.setdefault(draws or "given", []).append(rung)  # the impossible are only mentioned
    return [_study(proposals, group, seed, engine) for group in groups.values()]


def _rung(scenario: Scenario, variation: Variation, most: float, engine: str) -> Rung:
    """A variation of a scenario, if there is one that draws so many normals at most."""
    try:
        other = varied(scenario, variation.changes)
        too_costly = Experiment([other], seed=0, engine=engine).normals > most
    except ScenarioError as error:
        return Rung(scenario.title, variation, None, str(error))
    if too_costly:
        return Rung(scenario.title, variation, None, TOO_COSTLY)
    return Rung(scenario.title, variation, other)


def _study(proposals: Sequence[Proposal], rungs: Sequence[Rung], seed: int, engine: str) -> Study:
    """Rungs that run side by side, and what is asked of them."""
    possible = [rung.scenario for rung in rungs if rung.scenario is not None]
    questions = []
    for rung in rungs:
        place = possible.index(rung.scenario) if rung.scenario else 0
        tasks = possible[0].tasks.count
        questions += [
            _question(proposal, measure_of(proposal.measure, tasks), rung, place)
            for proposal in proposals
        ]
    first = rungs[0]
    name = f"{first.title}: {first.variation.name}" if first.variation else first.title
    share = SHARE if first.variation else 1.0
    stream = named(seed, "candidate", name)
    experiment = Experiment(possible, stream, engine=engine)
    return Study(name, experiment, tuple(questions), share, engine)


def _question(proposal: Proposal, measure: Measure, rung: Rung, place: int) -> Question:
    asked = Question(
        claim=Claim("candidate", proposal.statement, proposal.source),
        quantity=measure.quantity,
        scenario=rung.title,
        regime="none",
        prediction=math.nan,
        read=measure.read(place),
        size=math.nan,
        rounding=math.nan,
        untestable=rung.reason,
        variation=rung.variation,
    )
    return _predicting(asked, proposal, measure, rung.scenario) if rung.scenario else asked


def _predicting(
    asked: Question, proposal: Proposal, measure: Measure, scenario: Scenario
) -> Question:
    """The question with what the proposal says of a scenario, and of wrong ones."""
    exact = means(scenario)
    value, nothing = _value(proposal, scenario)
    reason = untestable(measure.exact(exact), scenario, exact, measure.freedom(exact))
    found = replace(
        asked,
        regime=regime(scenario),
        prediction=value,
        size=measure.size(exact),
        rounding=ROUNDING * size_of(scenario, exact),  # proposals are computed as they are written
        untestable=reason or nothing,
    )
    others = wrong_scenarios(scenario).items()
    wrong = {name: _value(proposal, other)[0] for name, other in others}
    wrong["off by a tenth"] = value + WRONG_BY * found.yardstick
    return replace(found, wrong=finite(wrong))


def _value(proposal: Proposal, scenario: Scenario) -> tuple[float, str | None]:
    """What a proposal says of a scenario; where that is no number, why it is none."""
    try:
        value = proposal.value(scenario)
    except ScenarioError as error:
        return math.nan, str(error)
    return value, None if math.isfinite(value) else NO_NUMBER
