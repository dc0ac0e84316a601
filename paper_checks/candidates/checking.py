"""Putting candidates to the test: in the scenarios given, and in the variations around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from update_magnitude.paper_checks.candidates.candidate import (
    Candidate,
    exact,
    quantity,
    read,
    require_tasks,
)
from update_magnitude.paper_checks.candidates.functions import Function, function_candidates
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


class Rung(NamedTuple):
    """Where candidates are tried: a scenario that was given, or a variation of it."""

    scenario: Scenario | None  # None where the variation is impossible
    variation: Variation | None = None
    reason: str | None = None  # why it is impossible


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
        watch: called with what is being measured and the share of it that is done.

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
        >>> from update_magnitude.paper_checks.candidates import formula_candidate
        >>> from update_magnitude.theory.results.symbols import norm_S, step_S
        >>> wrong = formula_candidate("forgetting", step_S - norm_S, "mine.toml")
        >>> distant = [scenarios.preset("two-distant-tasks")]
        >>> check_candidates([wrong], distant, PROFILES["quick"], seed=0).verdicts[0].verdict
        'refuted'
    """
    _require_some("candidates", candidates, Candidate)
    _require_some("scenarios", scenarios, Scenario)
    for scenario in scenarios:
        require_values(candidates, scenario)
    asked = [(scenario, candidates) for scenario in scenarios]
    notes = tuple(note for scenario in scenarios for note in notes_on_blocks(scenario))
    return replace(_check(asked, profile, seed, watch, DENSE), notes=notes)


def check_function(
    function: Function,
    scenarios: Sequence[Scenario],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engine: str = DENSE,
) -> Outcome:
    """The same for all that a function of the scenario predicts, which may differ by scenario.

    What it may return is in docs/python.md; what cannot be judged is a ScenarioError that names it.
    """
    _require_some("scenarios", scenarios, Scenario)
    asked = [(scenario, function_candidates(function, scenario)) for scenario in scenarios]
    return _check(asked, profile, seed, watch, engine)


def require_values(candidates: Sequence[Candidate], scenario: Scenario) -> None:
    """Refuse, in one line, a scenario that candidates say nothing about."""
    for candidate in candidates:
        require_tasks(candidate.measure, scenario.tasks.count)
        candidate.value(scenario)


def notes_on_blocks(scenario: Scenario) -> list[str]:
    """What a formula cannot know of a scenario of three blocks or more."""
    names = scenario.blocks.names
    if len(names) < 3 or scenario.tasks.count != 2:
        return []
    masks = list(zip(names, scenario.step(1).trainable, strict=True))
    trained = ", ".join(name for name, moves in masks if moves) or "none"
    held = ", ".join(name for name, moves in masks if not moves) or "none"
    return [
        f"“{scenario.title}” has {len(names)} blocks, which appear in a formula only as S (trained "
        f"at task 2: {trained}) and C (held: {held})"
    ]


def studies(
    candidates: Sequence[Candidate],
    scenario: Scenario,
    profile: Profile,
    seed: int,
    engine: str = DENSE,
) -> list[Study]:
    """One for the scenario itself, and one for all variations that run on the same draws."""
    least = Experiment([scenario], seed, engine=engine).normals
    most = max(SHARE * profile.budget / PILOT, least)
    groups: dict[object, list[Rung]] = {None: [Rung(scenario)]}
    for variation in ladder(scenario):
        rung = _rung(scenario, variation, most, engine)
        draws = rung.scenario and (rung.scenario.blocks, rung.scenario.tasks.samples)
        groups.setdefault(draws, []).append(rung)  # the impossible are only mentioned
    return [_study(candidates, scenario.title, rungs, seed, engine) for rungs in groups.values()]


def _check(
    asked: Sequence[tuple[Scenario, Sequence[Candidate]]],
    profile: Profile,
    seed: int,
    watch: Watch | None,
    engine: str,
) -> Outcome:
    """Verdicts by scenario, candidate and variation."""
    require_profile(profile)
    seed = named(seed).seed
    titles = [scenario.title for scenario, _ in asked]
    for title in titles:
        if titles.count(title) > 1:
            fields.fail("title", title, "two scenarios have it; give each a title of its own")
    together = [
        study
        for scenario, candidates in asked
        for study in studies(candidates, scenario, profile, seed, engine)
    ]
    subjects = [
        (scenario.title, candidate.statement, name)
        for scenario, candidates in asked
        for candidate in candidates
        for name in (None, *(variation.name for variation in ladder(scenario)))
    ]
    places = {subject: place for place, subject in enumerate(subjects)}

    def place(verdict: Verdict) -> int:
        return places[verdict.scenario, verdict.statement, verdict.variation]

    outcome = run_studies(together, profile, seed, watch, (engine,))
    return replace(outcome, verdicts=sorted(outcome.verdicts, key=place))


def _require_some(name: str, values: object, kind: type) -> None:
    """A list of some kind of thing, one at least."""
    few = list(values) if isinstance(values, Sequence) and not isinstance(values, str) else []
    if not few or not all(isinstance(value, kind) for value in few):
        fields.fail(name, values, f"a list is needed, of one {kind.__name__} at least")


def _rung(scenario: Scenario, variation: Variation, most: float, engine: str) -> Rung:
    """A variation of a scenario, if there is one that draws so many normals at most."""
    try:
        other = varied(scenario, variation.changes)
        too_costly = Experiment([other], seed=0, engine=engine).normals > most
    except ScenarioError as error:
        return Rung(None, variation, str(error))
    return Rung(None, variation, TOO_COSTLY) if too_costly else Rung(other, variation)


def _study(
    candidates: Sequence[Candidate], title: str, rungs: Sequence[Rung], seed: int, engine: str
) -> Study:
    """Rungs that run side by side, and what is asked of them."""
    possible = [rung.scenario for rung in rungs if rung.scenario is not None]
    questions = tuple(
        _question(candidate, title, rung, possible.index(rung.scenario) if rung.scenario else 0)
        for rung in rungs
        for candidate in candidates
    )
    variation = rungs[0].variation
    name = f"{title}: {variation.name}" if variation else title
    experiment = Experiment(possible, named(seed, "candidate", name), engine=engine)
    return Study(name, experiment, questions, SHARE if variation else 1.0, engine)


def _question(candidate: Candidate, title: str, rung: Rung, place: int) -> Question:
    """What a candidate says of a scenario, beside what it says of wrong ones."""
    asked = Question(
        claim=Claim("candidate", candidate.statement, candidate.source),
        quantity=quantity(candidate.measure),
        scenario=title,
        regime="none",
        prediction=math.nan,
        read=read(candidate.measure, place),
        size=math.nan,
        rounding=math.nan,
        untestable=rung.reason,
        variation=rung.variation,
    )
    if rung.scenario is None:
        return asked
    everything = means(rung.scenario)
    known = exact(candidate.measure, everything)
    value, nothing = _value(candidate, rung.scenario)
    reason = untestable(known.value, rung.scenario, everything, known.freedom)
    asked = replace(
        asked,
        regime=regime(rung.scenario),
        prediction=value,
        size=known.size,
        rounding=ROUNDING * size_of(rung.scenario, everything),  # computed as they are written
        untestable=reason or nothing,
    )
    others = wrong_scenarios(rung.scenario).items()
    wrong = {name: _value(candidate, other)[0] for name, other in others}
    wrong["off by a tenth"] = value + WRONG_BY * asked.yardstick
    return replace(asked, wrong=finite(wrong))


def _value(candidate: Candidate, scenario: Scenario) -> tuple[float, str | None]:
    """What a candidate says of a scenario; where that is no number, why it is none."""
    try:
        value = candidate.value(scenario)
    except ScenarioError as error:
        return math.nan, str(error)
    return value, None if math.isfinite(value) else NO_NUMBER
