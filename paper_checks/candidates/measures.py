"""What a proposed prediction may be about: mean risks, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.questions import Read
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import fields
from update_magnitude.theory import Means

# As users write them; second_risk is the risk of task 2 after task 2.
MEASURES = ("forgetting", "second_risk", "generalization", "learning_error", "risk[t, i]")
RISK = re.compile(r"risk\[\s*([1-9]\d{0,3})\s*,\s*([1-9]\d{0,3})\s*\]")

Value = Callable[[Means[float]], float]


@dataclass(frozen=True)
class Measure:
    """Where theory and simulation have a number that a prediction is about."""

    name: str  # one of MEASURES, written in one way
    quantity: str  # its symbol
    exact: Value
    size: Value  # of the risks that it is made of
    freedom: Value  # ν of the moments that a z-test rests on
    read: Callable[[int], Read]  # from the results of a scenario, by its place in an experiment


def canonical(name: str) -> str:
    """The one way to write the name of a measure.

    Raises:
        ScenarioError: if there is no such measure.

    Example:
        >>> canonical("risk[2,1]"), canonical("second_risk")
        ('risk[2, 1]', 'risk[2, 2]')
    """
    place = RISK.fullmatch(name) if isinstance(name, str) else None
    if place is not None:
        return f"risk[{place[1]}, {place[2]}]"
    fields.choice(name, "measure", MEASURES)
    if name == MEASURES[-1]:
        fields.fail("measure", name, "t and i are numbers of tasks, as in risk[2, 1]")
    return "risk[2, 2]" if name == "second_risk" else name


def measure_of(name: str, tasks: int) -> Measure:
    """The measure of that name, in scenarios of some number of tasks.

    Raises:
        ScenarioError: if there is no such measure.

    Example:
        >>> measure_of("risk[2, 1]", tasks=2).quantity
        'R_1(θ_2)'
    """
    name = canonical(name)
    place = RISK.fullmatch(name)
    if place is not None:
        t, i = map(int, place.groups())
        if max(t, i) > tasks:
            fields.fail("measure", name, f"tasks are counted from 1 to {tasks}")
        return _risk(name, t, i)
    if name == "forgetting" and tasks == 1:
        fields.fail("measure", name, "a single task has no forgetting")
    return {summary.name: summary for summary in _summaries()}[name]


def _risk(name: str, t: int, i: int) -> Measure:
    def exact(prediction: Means[float]) -> float:
        return _number(np.asarray(prediction.risk)[t - 1, i - 1])

    def read(place: int) -> Read:
        return reading("risk", place, t, i)

    return Measure(name, f"R_{i}(θ_{t})", exact, exact, lambda p: _number(p.freedom[t - 1]), read)


def _summaries() -> Iterator[Measure]:
    """F, G and L; each risk in L is measured when its own task has been learned."""

    def generalization(prediction: Means[float]) -> float:
        return _number(prediction.generalization)

    def learning_error(prediction: Means[float]) -> float:
        return _number(prediction.learning_error)

    def least(prediction: Means[float]) -> float:
        return _number(np.min(prediction.freedom))

    yield Measure(
        "forgetting",
        "F",
        lambda p: _number(p.forgetting),
        forgetting_size,
        least,
        partial(reading, "forgetting"),
    )
    yield Measure(
        "generalization",
        "G",
        generalization,
        generalization,
        lambda p: _number(p.freedom[-1]),
        partial(reading, "generalization"),
    )
    read = partial(reading, "learning_error")
    yield Measure("learning_error", "L", learning_error, learning_error, least, read)


def _number(value: object) -> float:
    return float(np.asarray(value))
