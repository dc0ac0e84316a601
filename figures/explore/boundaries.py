"""Where, along one field of a scenario, the better of frozen and initialized training changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from update_magnitude.figures.explore.maps import COMPARED, EVEN, means_under, numeric_fields
from update_magnitude.figures.points import Numbers
from update_magnitude.scenarios import Axis, Scenario, ScenarioError, axis, varied
from update_magnitude.scenarios.axes import WHOLE

MEASURES = ("forgetting", "generalization")
REACH = (30.0, 10.0, 3.0, 1.5)  # factors within which a boundary is looked for, the first possible
FROM_ZERO = 3.0  # up to where it is looked for along a field that is 0
POINTS = 241  # of each look, and of the closer ones that follow
MOST = 100_000  # whole numbers that are looked at one by one
BOUNDARY, TIE, NO_MEAN = "boundary", "tie", "no mean"  # what a look along a field can find
Change = tuple[float, float, str]  # two values, nearer one first, and who is better from there


@dataclass(frozen=True)
class Boundary:
    """Where, along one field, the better of frozen and initialized training changes."""

    measure: str
    field: str
    now: float
    last: float  # the furthest value looked at where the one that is better now still is
    there: float  # where the other is; of whole numbers the first
    winner_beyond: str

    @property
    def factor(self) -> float:
        """By which the field is multiplied to get there; infinite from 0."""
        return self.there / self.now if self.now else math.inf

    @property
    def distance(self) -> float:
        """How far away it is: the size of the logarithm of the factor."""
        return abs(math.log(self.factor)) if self.now else math.inf


class Search(NamedTuple):
    """The boundaries around a scenario, and what was compared to find them."""

    boundaries: list[Boundary]  # nearest first
    compared: dict[str, dict[str, str]]  # field -> measure -> BOUNDARY, who stays better, TIE, ...
    left_out: dict[str, str]  # field -> why nothing was looked for along it


def search(scenario: Scenario) -> Search:
    """The nearest change of the better strategy along every field that is one number.

    Example:
        >>> from update_magnitude import scenarios
        >>> around = search(scenarios.preset("three-blocks"))
        >>> around.compared["tasks.noise"]["forgetting"], list(around.left_out)
        ('no mean', ['tasks.samples', 'optima.gram'])
    """
    fields, left_out = _fields(scenario)
    boundaries: list[Boundary] = []
    compared: dict[str, dict[str, str]] = {}
    for key, now in fields.items():
        ends = list(_ends(scenario, key, now))
        if not ends:
            left_out[key] = "no other value of it is possible"
            continue
        compared[key] = {}
        for measure in MEASURES:
            nearest, compared[key][measure] = _along(scenario, key, now, ends, measure)
            boundaries += [nearest] if nearest else []
    boundaries.sort(key=lambda boundary: boundary.distance)
    return Search(boundaries, compared, left_out)


def boundary_along(scenario: Scenario, key: str, now: float, measure: str) -> Boundary | None:
    """The change nearest to one value of a field; None where there is none within reach.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> boundary = boundary_along(close, "optima.distance.specific", 0.2, "forgetting")
        >>> round(boundary.there, 3)
        1.445
    """
    ends = list(_ends(scenario, key, now))
    return _along(scenario, key, now, ends, measure)[0] if ends else None


def _fields(scenario: Scenario) -> tuple[dict[str, float], dict[str, str]]:
    """Fields that are one number, with what it is; and the others, with why they are none."""
    rows = numeric_fields(scenario)
    del rows["updates.scale"]  # whose best value is known
    fields = {key: float(row[0]) for key, row in rows.items() if len(set(row)) == 1}
    left_out = {key: "a list of different numbers" for key in rows if key not in fields}
    if scenario.optima.gram is not None:
        left_out["optima.gram"] = "inner products, not single numbers"
    return fields, left_out


def _along(
    scenario: Scenario, key: str, now: float, ends: Sequence[float], measure: str
) -> tuple[Boundary | None, str]:
    """The change nearest to where the scenario is, if there is one; and what there is."""
    boundaries, signs = [], []
    for end in ends:
        values = np.geomspace(now, end, POINTS) if now else np.linspace(now, end, POINTS)
        looked, better = _look(scenario, axis(key, values), measure, now)
        signs.append(better)
        change = _change(looked, better)
        if change is not None:
            last, first, winner = _closer(scenario, key, measure, change)
            there = first if WHOLE.fullmatch(key) else (last + first) / 2
            boundaries.append(Boundary(measure, key, now, last, there, winner))
    if not boundaries:
        return None, _outcome(np.concatenate(signs))
    return min(boundaries, key=lambda boundary: boundary.distance), BOUNDARY


def _outcome(signs: Numbers) -> str:
    """Who stays better, where no boundary is."""
    known = signs[np.isfinite(signs)]
    if not len(known):
        return NO_MEAN
    apart = known[known != 0]
    return _better(apart[0]) if len(apart) else TIE


def _better(sign: float) -> str:
    """The strategy whose mean is less, by the sign of frozen − initialized."""
    return COMPARED[0] if sign < 0 else COMPARED[1]


def _closer(scenario: Scenario, key: str, measure: str, change: Change) -> Change:
    """The change by a closer look; of whole numbers as many looks as it takes to find the first."""
    while True:
        last, first, _ = change
        line = _between(key, last, first)
        closer = _change(*_look(scenario, line, measure, last)) if len(line.values) > 1 else None
        if closer is None or closer == change:
            return change
        change = closer
        if not WHOLE.fullmatch(key) or len(line.values) > abs(first - last):  # all were looked at
            return change


def _between(key: str, last: float, first: float) -> Axis:
    """Values for a closer look: all whole numbers between two if they are few."""
    low, high = sorted((last, first))
    if WHOLE.fullmatch(key) and high - low < MOST:
        return axis(key, np.arange(low, high + 1))
    return axis(key, np.linspace(low, high, POINTS))


def _ends(scenario: Scenario, key: str, now: float) -> Iterator[float]:
    """How far one can go on either side."""
    sides = [list(REACH), [1 / factor for factor in REACH]]
    for factors in sides if now else [[FROM_ZERO]]:
        for factor in factors:
            end = factor * now if now else factor
            value = max(1, round(end)) if WHOLE.fullmatch(key) else end
            if value == now:
                continue
            try:
                varied(scenario, {key: value})
            except ScenarioError:
                continue
            yield float(value)
            break


def _look(scenario: Scenario, line: Axis, measure: str, start: float) -> tuple[Numbers, Numbers]:
    """Values along a line, nearest first, and the signs of frozen − initialized there.

    A sign is 0 for a tie, and NaN without both means.
    """
    (frozen, initialized), size = means_under(scenario, COMPARED, [line], measure)
    gap = frozen - initialized
    gap = np.where(np.abs(gap) <= EVEN * size, 0.0, gap)
    order = np.argsort(np.abs(line.numbers - start))
    return line.numbers[order], np.sign(gap[order])


def _change(values: Numbers, signs: Numbers) -> Change | None:
    """The two values, nearer one first, between which the winner changes, and the new one."""
    known = np.isfinite(signs) & (signs != 0)
    values, signs = values[known], signs[known]
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    if not len(changes):
        return None
    k = int(changes[0])
    return float(values[k]), float(values[k + 1]), _better(signs[k + 1])
