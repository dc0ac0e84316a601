"""Running claims or scenarios, in this process or in several, and judging what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from update_magnitude.paper_checks.claims import CLAIMS, akin, builders_of, studies_of
from update_magnitude.paper_checks.claims.limits import note_on_sizes
from update_magnitude.paper_checks.claims.sequences import own_studies
from update_magnitude.paper_checks.judging import judge
from update_magnitude.paper_checks.measuring import PLANNED, Watch, measure
from update_magnitude.paper_checks.profiles import Profile, require_profile
from update_magnitude.paper_checks.questions import DENSE, ENGINES, LAW, Study
from update_magnitude.paper_checks.verdicts import Measurement, Outcome
from update_magnitude.scenarios import Scenario, fields
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.simulations.processes import side_by_side
from update_magnitude.simulations.streams import named

T = TypeVar("T")
NOTES = {  # on engines that were left out
    DENSE: "the dense engine was left out: the scenario is too large to be drawn literally",
    LAW: "the law engine was left out: no law is known of these updates",
}
PILOT = 4096  # replicates that a witness must be able to afford


class _Measured(NamedTuple):
    """What came of a study."""

    builder: str
    number: int  # of the study among those of its builder
    measurements: list[Measurement]


def check_claims(
    names: Iterable[str],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engines: Sequence[str] = ENGINES,
    workers: int = 1,
) -> Outcome:
    """Put claims to the test.

    Args:
        names: of claims; none for all.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: called with the progress.
        engines: ``law``, ``dense``, or both.
        workers: processes to spread the claims over; more than one are spawned, for which the
            program that calls this must be prepared. They change nothing about the result.

    Returns:
        One verdict per question, or those that there are when the user interrupts.

    Raises:
        ScenarioError: if there is no such claim, profile, seed or engine.
    """
    require(profile, engines)
    if isinstance(names, str):
        fields.fail("names", names, "a list of claims is needed")
    names = tuple(names)
    for name in names:
        fields.choice(name, "claim", tuple(CLAIMS))
    seed, watch = named(seed).seed, watch or _unseen
    builders = builders_of(names)
    work = partial(_measured, names, profile, seed, tuple(engines))
    count = min(workers, len(builders))
    if count > 1:
        measured = side_by_side(work, akin(builders), count, watch)
    else:
        measured = chain.from_iterable(work(builder, watch) for builder in builders)
    studies, interrupted = _gathered(measured)
    studies.sort(key=lambda study: (builders.index(study.builder), study.number))
    measurements = [measurement for study in studies for measurement in study.measurements]
    verdicts = judge(measurements, profile, PLANNED if interrupted else None)
    return Outcome(verdicts, profile, seed, tuple(engines), interrupted, subject=names)


def _measured(
    names: tuple[str, ...],
    profile: Profile,
    seed: int,
    engines: tuple[str, ...],
    builder: str,
    watch: Watch,
) -> Iterator[_Measured]:
    """The studies of one builder, as they are finished; a process can be sent this function."""
    for number, study in enumerate(studies_of(builder, names, seed, engines)):
        yield _Measured(builder, number, measure(study, profile, seed, watch))


def check_scenario(
    scenario: Scenario,
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engines: Sequence[str] = ENGINES,
) -> Outcome:
    """Put everything that theory predicts for a scenario to the test; arguments as above."""
    return check_scenarios([scenario], profile, seed, watch, engines)


def check_scenarios(
    scenarios: Sequence[Scenario],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engines: Sequence[str] = ENGINES,
) -> Outcome:
    """The same for several scenarios in one run: each has its own title, and all share draws."""
    require(profile, engines)
    for scenario in scenarios:
        require_scenario(scenario)
    seed, most = named(seed).seed, profile.budget / PILOT
    own = [own_studies(scenario, seed, engines, most) for scenario in scenarios]
    together = list(chain.from_iterable(own))
    outcome = run_studies(together, profile, seed, watch, engines)
    left_out = {engine for studies in own for engine in set(engines) - _engines_of(studies)}
    notes = [note for engine, note in NOTES.items() if engine in left_out]
    notes += [note for scenario in scenarios if (note := note_on_sizes(scenario))]
    return replace(outcome, notes=tuple(notes)) if notes else outcome


def _engines_of(studies: Sequence[Study]) -> set[str]:
    return {study.engine for study in studies}


def run_studies(
    studies: Sequence[Study],
    profile: Profile,
    seed: int,
    watch: Watch | None,
    engines: Sequence[str] = ENGINES,
) -> Outcome:
    """Run studies and judge all their questions together; arguments as above."""
    tests = sum(len(study.questions) for study in studies)
    shown = watch or _unseen
    measured, interrupted = _gathered(
        measure(study, profile, seed, shown, tests) for study in studies
    )
    verdicts = judge(list(chain.from_iterable(measured)), profile, tests)
    return Outcome(verdicts, profile, seed, tuple(engines), interrupted)


def require(profile: Profile, engines: Sequence[str]) -> None:
    """Refuse a profile or engines that there are not, with a ``ScenarioError`` that says so."""
    require_profile(profile)
    if isinstance(engines, str) or not engines:
        fields.fail("engines", engines, f"a list is needed, of {', '.join(ENGINES)}")
    for engine in engines:
        fields.choice(engine, "engine", ENGINES)


def _gathered(found: Iterable[T]) -> tuple[list[T], bool]:
    """All that is found; Ctrl-C ends the run after what is complete."""
    studies: list[T] = []
    try:
        studies.extend(found)  # keeps what it has when the iterator raises
    except KeyboardInterrupt:
        return studies, True
    return studies, False


def _unseen(name: str, share: float) -> None:
    """Progress that nobody watches."""
