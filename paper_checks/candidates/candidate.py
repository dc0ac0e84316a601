"""A candidate, and the measures that it may be about: mean risks, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from update_magnitude.paper_checks.claims.regimes import forgetting_size
from update_magnitude.paper_checks.questions import Read
from update_magnitude.paper_checks.readings import reading
from update_magnitude.scenarios import Scenario, fields
from update_magnitude.scenarios.quantities import SYMBOLS
from update_magnitude.theory import Means

# As users write them; second_risk is the risk of task 2 after task 2.
MEASURES = ("forgetting", "second_risk", "generalization", "learning_error", "risk[t, i]")
RISK = re.compile(r"risk\[\s*([1-9]\d{0,3})\s*,\s*([1-9]\d{0,3})\s*\]")


@dataclass(frozen=True)
class Candidate:
    """A number that someone proposes for a measure: a formula, or what a function returns."""

    measure: str  # one of MEASURES
    statement: str  # the prediction as an equation, in one line
    source: str  # the file or the function that it comes from
    value: Callable[[Scenario], float]  # NaN where it is no number; may raise a ScenarioError


class Exact(NamedTuple):
    """What theory knows of a measure in a scenario."""

    value: float
    size: float  # of the risks that it is made of
    freedom: float  # ν of the moments that a z-test rests on


def canonical(name: str) -> str:
    """The one way to write the name of a measure: ``risk[2, 2]`` for ``second_risk``."""
    place = RISK.fullmatch(name) if isinstance(name, str) else None
    if place is not None:
        return f"risk[{place[1]}, {place[2]}]"
    fields.choice(name, "measure", MEASURES)
    if name == MEASURES[-1]:
        fields.fail("measure", name, "t and i are numbers of tasks, as in risk[2, 1]")
    return "risk[2, 2]" if name == "second_risk" else name


def require_tasks(name: str, tasks: int) -> str:
    """The one way to write a measure, refused where there are too few tasks for it."""
    name = canonical(name)
    if max(_places(name), default=0) > tasks:
        fields.fail("measure", name, f"tasks are counted from 1 to {tasks}")
    if name == "forgetting" and tasks == 1:
        fields.fail("measure", name, "a single task has no forgetting")
    return name


def quantity(name: str) -> str:
    """The symbol of a measure."""
    places = _places(name)
    return f"R_{places[1]}(θ_{places[0]})" if places else SYMBOLS[name]


def read(name: str, place: int) -> Read:
    """How a measure is read from the results of an experiment, of the scenario at that place."""
    tasks = _places(name)
    return reading("risk" if tasks else name, place, *tasks)


def exact(name: str, means: Means[float]) -> Exact:
    """What theory knows of a measure; each risk in L is measured when its task has been learned."""
    places = _places(name)
    if places:
        t, i = places
        value = float(means.risk[t - 1, i - 1])
        return Exact(value, value, float(means.freedom[t - 1]))
    value = float(getattr(means, name))
    size = forgetting_size(means) if name == "forgetting" else value
    freedom = means.freedom[-1] if name == "generalization" else np.min(means.freedom)
    return Exact(value, size, float(freedom))


def _places(name: str) -> tuple[int, ...]:
    """The tasks t and i of ``risk[t, i]``; none of any other measure."""
    place = RISK.fullmatch(canonical(name))
    return tuple(map(int, place.groups())) if place else ()
