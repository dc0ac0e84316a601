"""Simulating until every question of a study is answered to the profile's resolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from paper_checks.claims import studies_of
from paper_checks.claims.sequences import own_studies
from paper_checks.judging import Measurement, Verdict, judge, resolution, target
from paper_checks.profiles import Profile
from paper_checks.questions import ENGINES, Runnable, Study
from scenarios import Scenario

PILOT = 4096  # replicates that any study must be able to afford
SPARE = 1.05  # how much more than that estimate is run, for the estimate is one

Watch = Callable[[str, float], None]  # called with a study's name and the share of it that is done


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    verdicts: list[Verdict]  # one per question that was answered
    profile: Profile
    seed: int
    planned: int  # questions that the run was to answer
    interrupted: bool = False


def check_claims(
    names: Iterable[str],
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engines: Sequence[str] = ENGINES,
) -> Outcome:
    """Put claims to the test.

    Args:
        names: of claims; none for all.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: told of the progress.
        engines: ``law``, ``dense``, or both.

    Returns:
        One verdict per question, or what there is of them when the user interrupts.
    """
    studies = [study for study in studies_of(names, seed) if study.engine in engines]
    return run_studies(studies, profile, seed, watch)


def check_scenario(
    scenario: Scenario,
    profile: Profile,
    seed: int,
    watch: Watch | None = None,
    engines: Sequence[str] = ENGINES,
) -> Outcome:
    """Put everything that theory predicts for a scenario to the test; arguments as above."""
    most = profile.budget / PILOT
    return run_studies(own_studies(scenario, seed, engines, most), profile, seed, watch)


def run_studies(
    studies: Sequence[Study], profile: Profile, seed: int, watch: Watch | None
) -> Outcome:
    """Run studies and judge all their questions together; arguments as above.

    An interrupt (Ctrl-C) ends the run after the last study that is complete. What was planned still
    counts for the family-wise error, so a run cut short is judged no less strictly.
    """
    tests = sum(len(study.questions) for study in studies)
    measurements: list[Measurement] = []
    interrupted = False
    try:
        for study in studies:
            measurements += measure(study, profile, seed, tests, watch or (lambda *_: None))
    except KeyboardInterrupt:
        interrupted = True
    verdicts = judge(measurements, profile, tests)
    return Outcome(verdicts, profile, seed, tests, interrupted)


def measure(
    study: Study, profile: Profile, seed: int, tests: int, watch: Watch
) -> list[Measurement]:
    """Run a study until its questions are answered or its budget ends.

    The number of replicates is chosen from standard errors alone, never from the estimates. At the
    numbers used here the two are as good as independent (their correlation falls with the skewness
    of a mean, like 1/√replicates), so stopping does not move the error rates.
    """
    experiment = study.experiment
    most = max(study.pilot, study.share * profile.budget / experiment.normals)
    testable = [question for question in study.questions if question.untestable is None]
    wanted = float(study.pilot if testable else 0)
    while experiment.replicates < min(wanted, most):
        _advance(experiment, min(wanted, most), study.name, watch)
        results = experiment.results()
        worst = max(
            resolution(question, question.read(results), tests) / target(question, profile)
            for question in testable
        )
        if 1 < worst < math.inf:
            wanted = experiment.replicates * SPARE * worst**2
    watch(study.name, 1.0)
    results = experiment.results() if testable else None
    return [
        Measurement(
            question=question,
            reading=None if question.untestable else question.read(results),
            results=results,
            replicates=experiment.replicates,
            seed=seed,
            engine=study.engine,
        )
        for question in study.questions
    ]


def _advance(experiment: Runnable, replicates: float, name: str, watch: Watch) -> None:
    """Run to a number of replicates, in whole units."""
    whole = experiment.unit * math.ceil(replicates / experiment.unit)
    done = experiment.replicates

    def progress(more: int) -> None:
        nonlocal done
        done += more
        watch(name, done / whole)

    experiment.run(whole, progress)
