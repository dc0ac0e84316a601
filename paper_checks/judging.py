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

UNCONTROLLED = "no deliberately wrong prediction was refuted by this measurement"
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
    scores = [_score(one.question, one.reading, one.question.prediction) for one in measurements]
    chances = [_chance(measurement, z) for measurement, z in zip(measurements, scores, strict=True)]
    rejected = holm(chances, tests)
    drafts = [
        _verdict(measurement, z, refuted, profile, tests)
        for measurement, z, refuted in zip(measurements, scores, rejected, strict=True)
    ]
    controlled = {
        group_of(draft) for draft in drafts if any(control.refuted for control in draft.controls)
    }
    return [
        replace(draft, verdict=INCONCLUSIVE, reason=UNCONTROLLED)
        if draft.verdict == HOLDS and group_of(draft) not in controlled
        else draft
        for draft in drafts
    ]


def exit_status(verdicts: Iterable[Verdict]) -> int:
    """0 if all hold, 1 if one is refuted, 3 if none is but one is inconclusive, or none was judged.

    Variations of a scenario, which show where a candidate's validity ends, do not count.
    """
    words = {verdict.verdict for verdict in verdicts if verdict.variation is None}
    return 1 if REFUTED in words else 3 if INCONCLUSIVE in words or not words else 0


def resolution(question: Question, reading: Reading, tests: int) -> float:
    """The smallest relative deviation that the reading would detect with power 0.99."""
    return _relative(detectable(_total_error(question, reading), tests), question)


def target(question: Question, profile: Profile) -> float:
    """The resolution that a question must reach; an order is established at a coarser one."""
    return profile.resolution * (COARSER if question.side else 1)


def group_of(verdict: Verdict) -> tuple[Claim, str, str | None, str]:
    """A claim in a scenario on an engine: its questions share their controls."""
    claim = verdict.measurement.question.claim
    return claim, verdict.scenario, verdict.variation, verdict.engine


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


def _score(question: Question, reading: Reading | None, prediction: float) -> float:
    """z, the errors between an estimate and a prediction; NaN where there is nothing to compare."""
    if reading is None or not (math.isfinite(prediction) and math.isfinite(reading.estimate)):
        return math.nan
    apart, error = reading.estimate - prediction, _total_error(question, reading)
    if error:
        return apart / error
    return math.copysign(math.inf, apart) if apart else 0.0


def _chance(measurement: Measurement, z: float) -> float:
    """The p-value: 1 where there is nothing to compare, or an ordering is as it is said to be."""
    if math.isnan(z) or z * measurement.question.side > 0:
        return 1.0
    return p_value(z)


def _verdict(
    measurement: Measurement, z: float, refuted: bool, profile: Profile, tests: int
) -> Verdict:
    question, reading = measurement.question, measurement.reading
    if reading is None or math.isnan(z):
        reason = question.untestable or OVERFLOW
        return Verdict(measurement, z, math.nan, INCONCLUSIVE, reason, (), math.nan)
    wanted, reached = target(question, profile), resolution(question, reading, tests)
    critical, rounding = critical_value(tests), question.rounding + reading.rounding
    word: Answer = INCONCLUSIVE
    why: str | None = None
    # Nothing is refuted near a bound of rounding, which rests on experience in part.
    near = abs(reading.estimate - question.prediction) <= 10 * reading.rounding
    if refuted and not (reading.lost and near):
        word, why = REFUTED, f"the estimate lies {abs(z):.1f} standard errors from the prediction"
    elif reading.lost:
        why = digits_lost(reading)
    elif _relative(detectable(rounding, tests), question) > wanted:  # whatever the replicates
        beside = f"too much beside {question.relative_to or ITSELF}, {question.yardstick:.1g}"
        why = (
            f"the sizes leave {rounding:.1g} of the limit open, {beside}"
            if reading.approach
            else f"digits lost: rounding may have moved prediction and estimate by {rounding:.1g}, "
            f"{beside}"
        )
    elif reached > wanted:
        why = f"the budget ended at a resolution of {reached:.2%}, not {wanted:.1%}"
    elif question.side and z * question.side < critical:
        why = f"no difference of more than {reached:.2%} either way, so no order"
    else:
        word = HOLDS
    controls = _controls(question, reading, measurement, wanted, tests)
    caught = _relative((critical + abs(z)) * _total_error(question, reading), question)
    return Verdict(measurement, z, reached, word, why, controls, caught)


def _controls(
    question: Question, reading: Reading, measurement: Measurement, wanted: float, tests: int
) -> tuple[Control, ...]:
    """What every mistake that changes this number at all would have led to."""

    def control(name: str, asked: Question, read: Reading, prediction: float, far: bool) -> Control:
        z = _score(asked, read, prediction)
        as_ordered = bool(asked.side) and z * asked.side > 0
        refuted = abs(z) > critical_value(tests) and not as_ordered
        return Control(name, prediction, z, refuted, far)

    right, controls = question.prediction, []
    for name, prediction in question.wrong.items():
        apart = abs(prediction - right)
        if apart > 10 * (question.rounding + reading.rounding):
            far = apart > TELLABLE * wanted * question.yardstick
            controls.append(control(name, question, reading, prediction, far))
    for name, astray in measurement.astray.items():
        controls.append(control(name, question, astray, right, True))
    if question.side:
        reverse = replace(question, side=-question.side)
        controls.append(control("the order reversed", reverse, reading, right, True))
    return tuple(controls)
