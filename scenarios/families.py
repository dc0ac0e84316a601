"""A family: a scenario with axes, which are fields of it and the values that they take.

What theory evaluates and what simulation draws are numbers: sizes, samples, noise, scales, and
coordinates of optima. Where an axis changes these alone, they are arrays over it; an axis that
changes anything else, such as the strategy, cuts the family into parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.axes import WHOLE, Axis
from update_magnitude.scenarios.fields import ScenarioError
from update_magnitude.scenarios.numbers import (
    Leaves,
    Numbers,
    leaves_along,
    leaves_of,
    numbers_of,
    structure,
)
from update_magnitude.scenarios.reading import changed, parse
from update_magnitude.scenarios.schema import Scenario, require_scenario


class Part(NamedTuple):
    """Scenarios of a family that differ in numbers alone."""

    place: tuple[int | slice, ...]  # in the family: a number, or a slice of all, per axis
    shape: tuple[int, ...]  # values along each of the axes that are not cut
    scenario: Scenario  # one of them, for all that they have in common
    numbers: Numbers


class Line(NamedTuple):
    """What a family is along one of its axes."""

    structures: int  # how many different ones there are
    leaves: Leaves  # empty where there are several


@dataclass(frozen=True)
class Family:
    """A scenario with axes.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> wide = family(preset("two-close-tasks"), {"tasks.noise": [0.0, 0.5]})
        >>> [scenario.tasks.noise for scenario in wide]
        [(0.0, 0.0), (0.5, 0.5)]
    """

    title: str
    document: Mapping[str, Any]  # the tables of a scenario file; the axes replace fields in it
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        """Refuse what no single scenario shows, such as two axes that vary one field."""
        if not isinstance(self.document, Mapping):
            fields.fail("scenario", self.document, "the tables of one, such as scenario.document()")
        keys = [axis.field for axis in self.axes]
        for place, key in enumerate(keys):
            for other in keys[:place]:
                if f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}."):
                    raise ScenarioError(f"{key}: two axes vary it; give each field one axis")

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """The number of scenarios."""
        return prod(self.shape)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Scenario]:
        """All scenarios, the last axis running fastest."""
        return map(self.scenario_at, np.ndindex(self.shape))

    def changes_at(self, place: Sequence[int]) -> dict[str, Any]:
        """The values of the fields at a place, one number per axis."""
        pairs = zip(self.axes, place, strict=True)
        return {axis.field: axis.values[number] for axis, number in pairs}

    def scenario_at(self, place: Sequence[int]) -> Scenario:
        """The scenario at a place, one number per axis; a ScenarioError if it cannot be."""
        return parse(changed(self.document, self.changes_at(place)), self.title)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The family, cut so that scenarios of a part differ in numbers alone."""
        whole = ["." not in axis.field for axis in self.axes]  # tables: may change anything
        cut = [table or line.structures > 1 for table, line in zip(whole, self.lines, strict=True)]
        choices: list[Sequence[int | slice]] = [
            range(count) if several else (slice(None),)
            for count, several in zip(self.shape, cut, strict=True)
        ]
        return tuple(self._part(place) for place in product(*choices))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Along each axis, the other axes being at their first values."""
        first = [0] * len(self.axes)
        return tuple(self._line(first, a) for a in range(len(self.axes)))

    def _part(self, place: tuple[int | slice, ...]) -> Part:
        chosen = [0 if isinstance(number, slice) else number for number in place]
        free = [a for a, number in enumerate(place) if isinstance(number, slice)]
        lines = [self._line(chosen, a) if any(chosen) else self.lines[a] for a in free]
        self._require_corners(chosen, free)
        first = self.scenario_at(chosen)
        shape = tuple(self.shape[a] for a in free)
        return Part(place, shape, first, numbers_of(first, [line.leaves for line in lines]))

    def _line(self, chosen: Sequence[int], a: int) -> Line:
        """Along an axis from a place: numbers are possible in between where they are at ends."""

        def scenario(number: int) -> Scenario:
            return self.scenario_at([*chosen[:a], number, *chosen[a + 1 :]])

        field, values = self.axes[a].field, self.axes[a].values
        leaves = leaves_along(scenario(0), field, values)
        if leaves is None or not _in_order(field, values):
            each = [scenario(number) for number in range(len(values))]
            structures = len(set(map(structure, each)))
            return Line(structures, leaves_of(each) if structures == 1 else {})
        for end in _ends(values):
            scenario(end)
        return Line(1, leaves)

    def _require_corners(self, chosen: Sequence[int], free: Sequence[int]) -> None:
        """What is possible along each axis may be impossible where two are at their ends."""
        for corner in product(*(_ends(self.axes[a].values) for a in free)):
            place = list(chosen)
            for a, number in zip(free, corner, strict=True):
                place[a] = number
            self.scenario_at(place)


def family(scenario: Scenario, axes: Mapping[str, Any] | Sequence[Axis]) -> Family:
    """A family of scenarios, which ``predict``, ``simulate`` and ``sweep`` take as they take one.

    Args:
        scenario: what the axes do not vary.
        axes: fields by their dotted keys, as in a scenario file, and the values of each; or axes.

    Raises:
        ScenarioError: if there is no such field, or a value is impossible.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> strategies = ["frozen", "initialized"]
        >>> far = {"optima.distance.specific": [0.0, 1.0, 2.0], "updates.strategy": strategies}
        >>> family(preset("two-close-tasks"), far).shape
        (3, 2)

    Source: docs/python.md.
    """
    require_scenario(scenario)
    given = [Axis(*pair) for pair in axes.items()] if isinstance(axes, Mapping) else axes
    if not isinstance(given, Sequence) or not all(isinstance(axis, Axis) for axis in given):
        fields.fail("axes", axes, "a table of fields and their values is needed")
    written = scenario.document() if scenario.written is None else scenario.written
    made = Family(scenario.title, written, tuple(given))
    _ = made.lines  # a value that cannot be is refused here, and not where it is first used
    return made


def family_of(subject: Scenario | Family) -> Family:
    """A scenario as a family without axes; a family as it is."""
    if isinstance(subject, Family):
        return subject
    require_scenario(subject)
    return Family(subject.title, subject.document(), ())


def in_words(changes: Mapping[str, Any]) -> str:
    """Fields and their values, for messages."""
    return ", ".join(f"{key} = {fields.shown(value)}" for key, value in changes.items())


def _in_order(field: str, values: Sequence[Any]) -> bool:
    """Whether numbers of a field lie between the least and the largest: not a number does not."""
    if WHOLE.fullmatch(field):
        return all(isinstance(value, int) for value in values)
    return bool(np.isfinite(np.array(values, float)).all())


def _ends(values: Sequence[Any]) -> set[int]:
    """Where the least and the largest number stand; everywhere, if not all values are numbers."""
    if not all(isinstance(value, int | float) for value in values):
        return set(range(len(values)))
    return {values.index(min(values)), values.index(max(values))}
