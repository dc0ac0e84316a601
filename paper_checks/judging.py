"""From measurements to verdicts: holds, refuted or inconclusive, over a whole run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from update_magnitude.paper_checks.contents import Answer
from update_magnitude.paper_checks.profiles import Profile, require_profile
from update_magnitude.paper_checks.questions import Claim, Question, Reading
from update_magnitude.paper_checks.statistics import critical_value, detectable, holm, p_value
from update_magnitude.paper_checks.verdicts import (
    HOLDS,
    INCONCLUSIVE,
    ITSELF,
    REFUTED,
    Control,
    Measurement,
    Verdict,
    digits_lost,
)

UNTOLD = "no deliberately wrong prediction was refuted by this measurement"
OVERFLOW = "the numbers are too large for floating point"
COARSER = 10  # an order is a matter of sign, so less than a tenth of the profile's will do
TELLABLE = 1.5  # resolutions off: a control that is not refuted then is missed with odds of 10⁻⁸


def judge(
    measurements: Sequence[Measurement], profile: Profile, tests: int | None = None
) -> list[Verdict]:
    """The verdicts of a run, with a family-wise error of at most 0.001.

    *refuted*: Holm's procedure over all questions of the run rejects it. *holds*: it does not, the
    resolution reaches the profile's, an ordering is established, and of the negative controls of
    the claim in this scenario at least one is refuted. Else *inconclusive*.

    Args:
        measurements: of the questions of the run.
        profile: whose resolution a verdict must reach to hold.
        tests: how many questions the run has, where some were not answered.
    """
    require_profile(profile)
    tests = max(tests or 0, len(measurements))
    scores = [_score(measurement) for measurement in measurements]
    chances = [_chance(measurement, z) for measurement, z in zip(measurements, scores, strict=True)]
    rejected = holm(chances, tests)
    drafts = [
        _verdict(measurement, z, refuted, profile, tests)
        for measurement, z, refuted in zip(measurements, scores, rejected, strict=True)
    ]
    told = {
        group_of(draft) for draft in drafts if any(control.refuted for control in draft.controls)
    }
    return [
        replace(draft, verdict=INCONCLUSIVE, reason=UNTOLD)
        if draft.verdict == HOLDS and group_of(draft) not in told
        else draft
        for draft in drafts
    ]


def exit_status(verdicts: Iterable[Verdict]) -> int:
    """0 if all hold, 1 if one is refuted, 3 if none is but one is inconclusive, or none was judged.

    Variations of a scenario, which show where a candidate's validity ends, do not count.
    """
    found = {v.verdict for v in verdicts if v.measurement.question.variation is None}
    return 1 if REFUTED in found else 3 if INCONCLUSIVE in found or not found else 0


def resolution(question: Question, reading: Reading, tests: int) -> float:
    """The smallest relative deviation that the reading would detect with power 0.99."""
    return _relative(detectable(_total_error(question, reading), tests), question)


def target(question: Question, profile: Profile) -> float:
    """The resolution that a question must reach; an order is established at a coarser one."""
    return profile.resolution * (COARSER if question.side else 1)


def group_of(verdict: Verdict) -> tuple[Claim, str, str | None, str]:
    """A claim in a scenario on an engine: its questions share their controls."""
    question = verdict.measurement.question
    variation = question.variation
    name = variation.name if variation else None
    return question.claim, question.scenario, name, verdict.measurement.engine


def _relative(error: float, question: Question) -> float:
    """An error in units of the yardstick; where that is 0, nothing is small but 0 itself."""
    if question.yardstick:
        return error / question.yardstick
    return math.inf if error else 0.0


def _total_error(question: Question, reading: Reading) -> float:
    """Standard error and rounding together; infinite if the spread is not known.

    Rounding of the engine is a bound and may go one way in all replicates, so it is added in full:
    then no rounding within its bound refutes anything that standard errors alone do not.
    """
    error = math.hypot(reading.standard_error, question.rounding) + reading.rounding
    return error if math.isfinite(error) else math.inf


def _score(measurement: Measurement) -> float:
    """z, or NaN where there is nothing to compare."""
    question, reading = measurement.question, measurement.reading
    if reading is None or not _comparable(question, reading):
        return math.nan
    return _errors_apart(question, reading, question.prediction)


def _errors_apart(question: Question, reading: Reading, prediction: float) -> float:
    """How many errors lie between an estimate and a prediction."""
    apart, error = reading.estimate - prediction, _total_error(question, reading)
    if error:
        return apart / error
    return math.copysign(math.inf, apart) if apart else 0.0


def _chance(measurement: Measurement, z: float) -> float:
    """The p-value: 1 where there is nothing to compare, or an ordering is as it is said to be."""
    if math.isnan(z) or z * measurement.question.side > 0:
        return 1.0
    return p_value(z)


def _comparable(question: Question, reading: Reading) -> bool:
    return math.isfinite(question.prediction) and math.isfinite(reading.estimate)


def _verdict(
    measurement: Measurement, z: float, refuted: bool, profile: Profile, tests: int
) -> Verdict:
    question, reading = measurement.question, measurement.reading
    if reading is None or math.isnan(z):
        reason = question.untestable or OVERFLOW
        return Verdict(measurement, z, math.nan, INCONCLUSIVE, reason, (), math.nan)
    reached, critical = resolution(question, reading, tests), critical_value(tests)
    controls = _controls(measurement, profile, tests)
    caught = _relative((critical + abs(z)) * _total_error(question, reading), question)
    word: Answer = HOLDS
    why: str | None = None
    if refuted and not _may_be_rounding(question, reading):
        word, why = REFUTED, f"the estimate lies {abs(z):.1f} standard errors from the prediction"
    elif reading.lost:
        word, why = INCONCLUSIVE, digits_lost(reading)
    elif _rounding_alone(question, reading, tests) > target(question, profile):
        word, why = INCONCLUSIVE, _too_coarse(question, reading)
    elif reached > target(question, profile):
        word, wanted = INCONCLUSIVE, target(question, profile)
        why = f"the budget ended at a resolution of {reached:.2%}, not {wanted:.1%}"
    elif question.side and z * question.side < critical:
        word = INCONCLUSIVE
        why = f"no difference of more than {reached:.2%} either way, so no order"
    return Verdict(measurement, z, reached, word, why, controls, caught)


def _may_be_rounding(question: Question, reading: Reading) -> bool:
    """Whether digits are lost, and ten times the rounding that is known of explains a deviation.

    What the bound of rounding rests on is partly experience: nothing is refuted near it.
    """
    return reading.lost and abs(reading.estimate - question.prediction) <= 10 * reading.rounding


def _rounding_alone(question: Question, reading: Reading, tests: int) -> float:
    """The resolution that no number of replicates would improve."""
    return _relative(detectable(question.rounding + reading.rounding, tests), question)


def _too_coarse(question: Question, reading: Reading) -> str:
    rounding = question.rounding + reading.rounding
    return (
        f"digits lost: rounding may have moved prediction and estimate by {rounding:.1g}, too much "
        f"beside {question.relative_to or ITSELF}, {question.yardstick:.1g}"
    )


def _controls(measurement: Measurement, profile: Profile, tests: int) -> tuple[Control, ...]:
    """What every mistake that changes this number at all would have led to."""
    question, reading = measurement.question, measurement.reading
    enough = TELLABLE * target(question, profile) * question.yardstick
    controls = []
    for name, prediction in question.wrong.items():
        apart = abs(prediction - question.prediction)
        if reading and apart > 10 * (question.rounding + reading.rounding):
            told = _refutes(question, reading, prediction, tests)
            controls.append(Control(name, prediction, *told, apart > enough))
    for name, strayed in measurement.strayed.items():
        told = _refutes(question, strayed, question.prediction, tests)
        controls.append(Control(name, question.prediction, *told, True))
    if reading and question.side:
        reverse = replace(question, side=-question.side)
        told = _refutes(reverse, reading, question.prediction, tests)
        controls.append(Control("the order reversed", question.prediction, *told, True))
    return tuple(controls)


def _refutes(
    question: Question, reading: Reading, prediction: float, tests: int
) -> tuple[float, bool]:
    """The z of a reading against a prediction, and whether that refutes it."""
    z = _errors_apart(question, reading, prediction)
    as_ordered = bool(question.side) and z * question.side > 0
    return z, abs(z) > critical_value(tests) and not as_ordered
