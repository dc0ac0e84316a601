"""Where, along one field of a scenario, the better of frozen and initialized training changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.figures.explore.maps import COMPARED, EVEN, means_under
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


class _Look(NamedTuple):
    """Who is better along a line, nearest values first."""

    values: NDArray[np.float64]
    signs: NDArray[np.float64]  # of frozen − initialized: 0 for a tie, NaN without both means


def search(scenario: Scenario) -> Search:
    """Along every field that is one number, where the better of the two strategies changes.

    Args:
        scenario: of two tasks or more.

    Returns:
        The nearest change along each field that has one, by factor, nearest first.

    Example:
        >>> from update_magnitude import scenarios
        >>> found = search(scenarios.preset("three-blocks"))
        >>> found.compared["tasks.noise"]["forgetting"], list(found.left_out)
        ('no mean', ['tasks.samples', 'optima.gram'])
    """
    fields, left_out = _fields(scenario)
    found: list[Boundary] = []
    compared: dict[str, dict[str, str]] = {}
    for key, now in fields.items():
        ends = list(_ends(scenario, key, now))
        if not ends:
            left_out[key] = "no other value of it is possible"
            continue
        compared[key] = {}
        for measure in MEASURES:
            near, compared[key][measure] = _along(scenario, key, now, ends, measure)
            found += near
    return Search(sorted(found, key=lambda entry: entry.distance), compared, left_out)


def boundary_along(scenario: Scenario, key: str, now: float, measure: str) -> Boundary | None:
    """The change nearest to one value of a field; None where there is none within reach.

    Args:
        scenario: of two tasks or more; what the field does not vary.
        key: of the field, which is one number for all tasks or steps.
        now: the value, from which the change is looked for.
        measure: ``forgetting``, ``generalization`` or ``learning_error``.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> found = boundary_along(close, "optima.distance.specific", 0.2, "forgetting")
        >>> round(found.there, 3)
        1.445
    """
    ends = list(_ends(scenario, key, now))
    near, _ = _along(scenario, key, now, ends, measure) if ends else ([], "")
    return near[0] if near else None


def _fields(scenario: Scenario) -> tuple[dict[str, float], dict[str, str]]:
    """Fields that are one number, with what it is; and the others, with why they are none."""
    names, optima = scenario.blocks.names, scenario.optima
    rows: dict[str, Sequence[float]] = {
        "tasks.samples": scenario.tasks.samples,
        "tasks.noise": scenario.tasks.noise,
    }
    for kind, of in (("distance", optima.distance), ("norm", [(norm,) for norm in optima.norm])):
        if optima.gram is None:
            rows |= {f"optima.{kind}.{name}": row for name, row in zip(names, of, strict=True)}
    rows |= {
        f"blocks.{name}": (size,) for name, size in zip(names, scenario.blocks.sizes, strict=True)
    }
    fields = {key: float(row[0]) for key, row in rows.items() if len(set(row)) == 1}
    left_out = {key: "a list of different numbers" for key in rows if key not in fields}
    if optima.gram is not None:
        left_out["optima.gram"] = "inner products, not single numbers"
    return fields, left_out


def _along(
    scenario: Scenario, key: str, now: float, ends: Sequence[float], measure: str
) -> tuple[list[Boundary], str]:
    """The change nearest to where the scenario is, if there is one; and what was found."""
    boundaries, signs = [], []
    for end in ends:
        values = np.geomspace(now, end, POINTS) if now else np.linspace(now, end, POINTS)
        look = _look(scenario, axis(key, values), measure, now)
        signs.append(look.signs)
        change = _change(look)
        if change is not None:
            last, first, winner = _closer(scenario, key, measure, change)
            at = first if WHOLE.fullmatch(key) else (last + first) / 2
            boundaries.append(Boundary(measure, key, now, last, at, winner))
    nearest = sorted(boundaries, key=lambda entry: entry.distance)[:1]
    return nearest, BOUNDARY if nearest else _outcome(np.concatenate(signs))


def _outcome(signs: NDArray[np.float64]) -> str:
    """Who stays better, where no boundary is."""
    known = signs[np.isfinite(signs)]
    if not len(known):
        return NO_MEAN
    apart = known[known != 0]
    return TIE if not len(apart) else COMPARED[0] if apart[0] < 0 else COMPARED[1]


def _closer(scenario: Scenario, key: str, measure: str, change: Change) -> Change:
    """The change by a closer look; of whole numbers as many looks as it takes to find the first."""
    while True:
        last, first, _ = change
        line = _between(key, last, first)
        found = _change(_look(scenario, line, measure, last)) if len(line.values) > 1 else None
        if found is None or found == change:
            return change
        change = found
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
            value: Any = max(1, round(end)) if WHOLE.fullmatch(key) else end
            if value == now:
                continue
            try:
                varied(scenario, {key: value})
            except ScenarioError:
                continue
            yield float(value)
            break


def _look(scenario: Scenario, line: Axis, measure: str, start: float) -> _Look:
    (frozen, initialized), size = means_under(scenario, COMPARED, [line], measure)
    gap = frozen - initialized
    gap = np.where(np.abs(gap) <= EVEN * size, 0.0, gap)
    order = np.argsort(np.abs(line.numbers - start))
    return _Look(line.numbers[order], np.sign(gap[order]))


def _change(look: _Look) -> Change | None:
    """The two values, nearer one first, between which the winner changes, and the new one."""
    known = np.isfinite(look.signs) & (look.signs != 0)
    values, signs = look.values[known], look.signs[known]
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    if not len(changes):
        return None
    at = int(changes[0])
    return float(values[at]), float(values[at + 1]), COMPARED[0 if signs[at + 1] < 0 else 1]
