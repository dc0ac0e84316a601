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
from update_magnitude.scenarios.axes import Axis
from update_magnitude.scenarios.fields import ScenarioError
from update_magnitude.scenarios.numbers import Numbers, numbers_of, place_of
from update_magnitude.scenarios.reading import changed, parse
from update_magnitude.scenarios.schema import Scenario, require_scenario


class Part(NamedTuple):
    """Scenarios of a family that differ in numbers alone."""

    place: tuple[int | slice, ...]  # in the family: a number, or a slice of all, per axis
    shape: tuple[int, ...]  # values along each of the axes that are not cut
    scenario: Scenario  # one of them, for all that they have in common
    numbers: Numbers


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
    document: Mapping[str, object]  # the tables of a scenario file; the axes replace fields in it
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

    def changes_at(self, place: Sequence[int]) -> dict[str, object]:
        """The values of the fields at a place, one number per axis."""
        pairs = zip(self.axes, place, strict=True)
        return {axis.field: axis.values[number] for axis, number in pairs}

    def scenario_at(self, place: Sequence[int]) -> Scenario:
        """The scenario at a place, one number per axis; a ScenarioError if it cannot be."""
        return parse(changed(self.document, self.changes_at(place)), self.title)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The family, cut so that scenarios of a part differ in numbers alone."""
        choices: list[Sequence[int | slice]] = [
            (slice(None),) if place_of(axis.field) else range(len(axis.values))
            for axis in self.axes
        ]
        return tuple(self._part(place) for place in product(*choices))

    def _part(self, place: tuple[int | slice, ...]) -> Part:
        """Numbers are possible in between where they are at the ends of all axes together."""
        pairs = list(zip(self.axes, place, strict=True))
        free = [axis for axis, number in pairs if isinstance(number, slice)]
        ends = [_ends(axis) if isinstance(number, slice) else (number,) for axis, number in pairs]
        first, *_ = [self.scenario_at(corner) for corner in product(*ends)]
        return Part(place, tuple(len(axis.values) for axis in free), first, numbers_of(first, free))


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
    for a, axis in enumerate(given):  # what cannot be is refused here, and not where it is used
        for number in _ends(axis):
            made.scenario_at([number if a == other else 0 for other in range(len(given))])
    return made


def family_of(subject: Scenario | Family) -> Family:
    """A scenario as a family without axes; a family as it is."""
    if isinstance(subject, Family):
        return subject
    require_scenario(subject)
    return Family(subject.title, subject.document(), ())


def in_words(changes: Mapping[str, object]) -> str:
    """Fields and their values, for messages."""
    return ", ".join(f"{key} = {fields.shown(value)}" for key, value in changes.items())


def _ends(axis: Axis) -> Sequence[int]:
    """Where the least and the largest number stand; everywhere, if not all values are numbers."""
    values = axis.values
    if not place_of(axis.field) or not all(isinstance(value, int | float) for value in values):
        return range(len(values))
    return sorted({values.index(min(values)), values.index(max(values))})
