"""From measurements to verdicts: holds, refuted or inconclusive, over a whole run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from paper_checks.profiles import Profile
from paper_checks.questions import Claim, Question, Reading
from paper_checks.statistics import critical_value, detectable, holm, p_value

HOLDS, REFUTED, INCONCLUSIVE = "holds", "refuted", "inconclusive"
UNTOLD = "no deliberately wrong prediction was refuted by this measurement"
OVERFLOW = "the numbers are too large for floating point"


@dataclass(frozen=True)
class Measurement:
    """A question, what was read, and from how many replicates."""

    question: Question
    reading: Reading | None  # None where the question cannot be tested
    results: Any  # of the experiment, for wrong readings of them
    replicates: int
    seed: int


@dataclass(frozen=True)
class Control:
    """A deliberately wrong prediction or experiment, and whether the comparison refutes it."""

    name: str
    prediction: float
    z: float
    refuted: bool


@dataclass(frozen=True)
class Verdict:
    """The answer to a question."""

    measurement: Measurement
    z: float
    resolution: float
    verdict: str
    reason: str | None
    controls: tuple[Control, ...]

    def document(self) -> dict[str, Any]:
        """The verdict as it is printed in JSON."""
        question, reading = self.measurement.question, self.measurement.reading
        variation = question.variation
        return {
            "claim": question.claim.name,
            "statement": question.claim.statement,
            "source": question.claim.source,
            "scenario": question.scenario,
            "variation": variation.name if variation else None,
            "changes": dict(variation.changes) if variation else None,
            "quantity": question.quantity,
            "regime": question.regime,
            "prediction": _known(question.prediction),
            "estimate": _known(reading.estimate) if reading else None,
            "standard_error": _known(reading.standard_error) if reading else None,
            "z": _known(self.z),
            "resolution": _known(self.resolution),
            "verdict": self.verdict,
            "reason": self.reason,
            "replicates": self.measurement.replicates,
            "seed": self.measurement.seed,
            "controls": [
                {
                    "name": control.name,
                    "prediction": _known(control.prediction),
                    "z": _known(control.z),
                    "refuted": control.refuted,
                }
                for control in self.controls
            ],
        }


def judge(measurements: Sequence[Measurement], profile: Profile) -> list[Verdict]:
    """The verdicts of a run, with a family-wise error of at most 0.001.

    *refuted*: Holm's procedure over all questions of the run rejects it. *holds*: it does not, the
    resolution reaches the profile's, and of the negative controls of the claim in this scenario at
    least one is refuted. Else *inconclusive*.

    Args:
        measurements: of all questions of the run.
        profile: whose resolution a verdict must reach to hold.
    """
    tests = len(measurements)
    scores = [_score(measurement) for measurement in measurements]
    rejected = holm([p_value(z) if not math.isnan(z) else 1.0 for z in scores])
    drafts = [
        _verdict(measurement, z, refuted, profile, tests)
        for measurement, z, refuted in zip(measurements, scores, rejected, strict=True)
    ]
    told = {_group(draft) for draft in drafts if any(of.refuted for of in draft.controls)}
    return [
        replace(draft, verdict=INCONCLUSIVE, reason=UNTOLD)
        if draft.verdict == HOLDS and _group(draft) not in told
        else draft
        for draft in drafts
    ]


def exit_status(verdicts: Iterable[Verdict]) -> int:
    """0 if all hold, 1 if one is refuted, 3 if none is but one is inconclusive.

    Variations of a scenario, which show where a candidate's validity ends, do not count.
    """
    found = {v.verdict for v in verdicts if v.measurement.question.variation is None}
    return 1 if REFUTED in found else 3 if INCONCLUSIVE in found else 0


def resolution(question: Question, reading: Reading, tests: int) -> float:
    """The smallest relative deviation that the reading would detect with power 0.99."""
    return detectable(_total_error(question, reading), tests) / question.yardstick


def _total_error(question: Question, reading: Reading) -> float:
    """Standard error and rounding together; infinite if the spread is not known."""
    error = math.hypot(reading.standard_error, question.rounding)
    return error if math.isfinite(error) else math.inf


def _score(measurement: Measurement) -> float:
    """z, or NaN where there is nothing to compare."""
    question, reading = measurement.question, measurement.reading
    if reading is None or not _comparable(question, reading):
        return math.nan
    return (reading.estimate - question.prediction) / _total_error(question, reading)


def _comparable(question: Question, reading: Reading) -> bool:
    return math.isfinite(question.prediction) and math.isfinite(reading.estimate)


def _verdict(
    measurement: Measurement, z: float, refuted: bool, profile: Profile, tests: int
) -> Verdict:
    question, reading = measurement.question, measurement.reading
    if reading is None or math.isnan(z):
        reason = question.untestable or OVERFLOW
        return Verdict(measurement, z, math.nan, INCONCLUSIVE, reason, ())
    reached = resolution(question, reading, tests)
    controls = _controls(measurement, tests)
    if refuted:
        why = f"the estimate lies {abs(z):.1f} standard errors from the prediction"
        return Verdict(measurement, z, reached, REFUTED, why, controls)
    if reached > profile.resolution:
        why = f"the budget ended at a resolution of {reached:.2%}, not {profile.resolution:.1%}"
        return Verdict(measurement, z, reached, INCONCLUSIVE, why, controls)
    return Verdict(measurement, z, reached, HOLDS, None, controls)


def _controls(measurement: Measurement, tests: int) -> tuple[Control, ...]:
    """What every mistake that changes this number at all would have led to."""
    question, reading, critical = measurement.question, measurement.reading, critical_value(tests)
    controls = []
    for name, prediction in question.wrong.items():
        if reading and abs(prediction - question.prediction) > 10 * question.rounding:
            z = (reading.estimate - prediction) / _total_error(question, reading)
            controls.append(Control(name, prediction, z, abs(z) > critical))
    for name, read in question.astray.items():
        wrong = read(measurement.results)
        z = (wrong.estimate - question.prediction) / _total_error(question, wrong)
        controls.append(Control(name, question.prediction, z, abs(z) > critical))
    return tuple(controls)


def _group(verdict: Verdict) -> tuple[Claim, str, str | None]:
    """A claim in a scenario: its questions share their controls."""
    question = verdict.measurement.question
    variation = question.variation
    return question.claim, question.scenario, variation.name if variation else None


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
