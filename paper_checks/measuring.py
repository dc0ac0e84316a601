"""Simulating a study until its questions are answered to the profile's resolution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from update_magnitude.paper_checks.judging import target
from update_magnitude.paper_checks.profiles import Profile
from update_magnitude.paper_checks.questions import Question, Reading, Runnable, Study
from update_magnitude.paper_checks.statistics import detectable
from update_magnitude.paper_checks.verdicts import Measurement

SPARE = 1.05  # how much more than an estimate of what is needed is run, for the estimate is one
MORE = 4.0  # times the replicates, where it is not yet known what the sizes of a limit leave open
PLANNED = 1000  # tests of a run for whose strictness replicates are planned, if it has no more

Watch = Callable[[str, float], None]  # called with a study's name and the share of it that is done


def measure(
    study: Study, profile: Profile, seed: int, watch: Watch, tests: int = 0
) -> list[Measurement]:
    """Run a study until its questions are answered or its budget ends.

    The number of replicates is chosen from standard errors alone, never from the estimates. At the
    numbers used here the two are as good as independent (their correlation falls with the skewness
    of a mean, like 1/√replicates), so stopping does not move the error rates. Nor does the number
    depend on what else is checked, up to 1,000 tests: a study comes out the same in any company.

    Args:
        study: what to run.
        profile: how hard to look.
        seed: of the study, to be reported.
        watch: called with the progress.
        tests: that the whole run makes.
    """
    experiment = study.experiment
    most = max(study.pilot, study.share * profile.budget / experiment.normals)
    testable = [question for question in study.questions if question.untestable is None]
    wanted = float(study.pilot if testable else 0)
    while experiment.replicates < min(wanted, most):
        _advance(experiment, min(wanted, most), study.name, watch)
        results = experiment.results()
        needed = [_times(question, question.read(results), profile, tests) for question in testable]
        more = max((times for times in needed if times < math.inf), default=0.0)
        if more > 1:
            wanted = experiment.replicates * SPARE * more
    watch(study.name, 1.0)
    results = experiment.results() if testable else None
    return [_measurement(question, results, study, seed) for question in study.questions]


def _times(question: Question, reading: Reading, profile: Profile, tests: int) -> float:
    """By how much the replicates must be multiplied for the resolution that a question needs.

    The standard error falls like their root; rounding stays, and where it takes up all that may be
    missing no number of them is enough.
    """
    strictness = detectable(1.0, max(tests, PLANNED))
    allowed = target(question, profile) * question.yardstick / strictness - reading.rounding
    room = allowed * abs(allowed) - question.rounding**2
    if reading.approach and room <= 0 and reading.rounding < reading.standard_error:
        return MORE  # noise, in part, of which less is left with more replicates
    reachable = room > 0 and math.isfinite(reading.standard_error) and not reading.lost
    return reading.standard_error**2 / room if reachable else math.inf


def _measurement(question: Question, results: object, study: Study, seed: int) -> Measurement:
    """What was read; how it was read is not kept, so it can pass from one process to another."""
    readable = question.untestable is None
    return Measurement(
        question=replace(question, read=_spent, astray=dict.fromkeys(question.astray, _spent)),
        reading=question.read(results) if readable else None,
        astray={name: read(results) for name, read in question.astray.items()} if readable else {},
        replicates=study.experiment.replicates,
        seed=seed,
        engine=study.engine,
    )


def _spent(results: object) -> Reading:
    raise RuntimeError("what has been measured is not read again")


def _advance(experiment: Runnable, replicates: float, name: str, watch: Watch) -> None:
    """Run to a number of replicates, in whole units."""
    whole = experiment.unit * math.ceil(replicates / experiment.unit)
    done = experiment.replicates

    def progress(more: int) -> None:
        nonlocal done
        done += more
        watch(name, done / whole)

    experiment.run(whole, progress)
