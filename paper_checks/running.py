"""Simulating until every question of a study is answered to the profile's resolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from paper_checks.claims import all_studies
from paper_checks.claims.sequences import scenario_study
from paper_checks.judging import Measurement, Verdict, judge, resolution
from paper_checks.profiles import Profile
from paper_checks.questions import Runnable, Study
from scenarios import Scenario

PILOT = 4096  # replicates after which the number that is needed is first estimated
SPARE = 1.05  # how much more than that estimate is run, for the estimate is one

Watch = Callable[[str, float], None]  # called with a study's name and the share of it that is done


def check_claims(
    names: Iterable[str], profile: Profile, seed: int, watch: Watch | None = None
) -> list[Verdict]:
    """Put claims to the test.

    Args:
        names: of claims; none for all.
        profile: how hard to look.
        seed: a whole number, at least 0.
        watch: told of the progress.

    Returns:
        One verdict per question.
    """
    wanted = set(names)
    studies = [_asking(study, wanted) for study in all_studies(seed)]
    return run_studies([study for study in studies if study.questions], profile, seed, watch)


def check_scenario(
    scenario: Scenario, profile: Profile, seed: int, watch: Watch | None = None
) -> list[Verdict]:
    """Put everything that theory predicts for a scenario to the test; arguments as above."""
    return run_studies([scenario_study(scenario, seed)], profile, seed, watch)


def _asking(study: Study, claims: set[str]) -> Study:
    """The study with the questions of some claims alone."""
    kept = tuple(q for q in study.questions if not claims or q.claim.name in claims)
    return replace(study, questions=kept)


def run_studies(
    studies: Sequence[Study], profile: Profile, seed: int, watch: Watch | None
) -> list[Verdict]:
    """Run studies and judge all their questions together; arguments as above."""
    tests = sum(len(study.questions) for study in studies)
    measurements = [
        measurement
        for study in studies
        for measurement in measure(study, profile, seed, tests, watch or (lambda *_: None))
    ]
    return judge(measurements, profile)


def measure(
    study: Study, profile: Profile, seed: int, tests: int, watch: Watch
) -> list[Measurement]:
    """Run a study until its questions are answered or its budget ends.

    The number of replicates is chosen from standard errors alone, never from the estimates. At the
    numbers used here the two are as good as independent (their correlation falls with the skewness
    of a mean, like 1/√replicates), so stopping does not move the error rates.
    """
    experiment = study.experiment
    most = max(PILOT, study.share * profile.budget / experiment.normals)
    testable = [question for question in study.questions if question.untestable is None]
    wanted = float(PILOT if testable else 0)
    while experiment.replicates < min(wanted, most):
        _advance(experiment, min(wanted, most), study.name, watch)
        results = experiment.results()
        worst = max(resolution(q, q.read(results), tests) for q in testable)
        if profile.resolution < worst < math.inf:
            wanted = experiment.replicates * SPARE * (worst / profile.resolution) ** 2
    watch(study.name, 1.0)
    results = experiment.results() if testable else None
    return [
        Measurement(
            question=question,
            reading=None if question.untestable else question.read(results),
            results=results,
            replicates=experiment.replicates,
            seed=seed,
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
