"""How many replicates are run: as many as the hardest question needs, and no more than there is.

The experiment is made up: its standard errors fall like the root of the replicates, and nothing
else ever changes, so there is no chance in it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.test_statistics import question
from update_magnitude.paper_checks.judging import resolution, target
from update_magnitude.paper_checks.measuring import PLANNED, SPARE, measure
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.questions import Question, Reading, Study

PROFILE = PROFILES["default"]
UNIT = 64


class MadeUp:
    """Spreads by name; a replicate costs one normal."""

    def __init__(self, **spreads: float) -> None:
        self.unit, self.normals, self.replicates = UNIT, 1, 0
        self._spreads = spreads

    def run(self, replicates: int, progress: Any = None) -> None:
        self.replicates = max(self.replicates, replicates)

    def results(self) -> dict[str, float]:
        return {name: spread / math.sqrt(self.replicates) for name, spread in self._spreads.items()}


def asked(name: str, **more: Any) -> Question:
    return replace(question(**more), read=lambda results: Reading(1.0, results[name]))


def replicates(*questions: Question, budget: float = 1e12, **spreads: float) -> int:
    study = Study("made up", MadeUp(**spreads), questions, pilot=UNIT)
    found = measure(study, replace(PROFILE, budget=budget), 0, lambda name, share: None)
    return found[0].replicates


def resolution_at(count: float, one: Question, spread: float) -> float:
    return resolution(one, Reading(1.0, spread / math.sqrt(count)), PLANNED)


@pytest.mark.parametrize("spread", [0.3, 1.0, 10.0])
@pytest.mark.parametrize("rounding", [1e-10, 3e-4])
def test_a_question_is_given_what_it_needs(spread, rounding):
    """With a tenth fewer than SPARE leaves out, the resolution would not be reached."""
    one = replace(asked("a"), rounding=rounding)
    count = replicates(one, a=spread)
    assert resolution_at(count, one, spread) <= target(one, PROFILE)
    fewer = (count - UNIT) / (SPARE * 1.1)
    assert resolution_at(fewer, one, spread) > target(one, PROFILE)


def test_the_hardest_question_decides():
    easy, hard = asked("easy"), asked("hard")
    both = replicates(easy, hard, easy=0.1, hard=3.0)
    assert both == replicates(hard, hard=3.0) > 100 * replicates(easy, easy=0.1)


def test_an_order_needs_a_hundredth_of_the_replicates():
    one, order = asked("a"), asked("a", side=1, prediction=0.0)
    assert replicates(one, a=100.0) == pytest.approx(100 * replicates(order, a=100.0), rel=0.01)


def test_no_more_is_run_than_the_budget_has():
    one = asked("a")
    enough = replicates(one, a=10.0)
    for share in (0.5, 0.01):
        assert (
            share * enough <= replicates(one, a=10.0, budget=share * enough) < share * enough + UNIT
        )


def test_what_no_number_of_replicates_can_answer_takes_no_more_than_the_pilot():
    allowed = target(asked("a"), PROFILE)
    assert replicates(replace(asked("a"), rounding=allowed), a=1.0) == UNIT
    assert replicates(asked("a", untestable="no variance"), a=1.0) == 0
    assert replicates(asked("a"), a=math.nan) == UNIT
