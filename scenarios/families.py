"""A family: a scenario with axes, which are fields of it and the values that they take.

What theory evaluates and what simulation draws are numbers: sizes, samples, noise, scales, and
coordinates of optima. Where an axis changes these alone, they are arrays over it; an axis that
changes anything else, such as the strategy, cuts the family into parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.geometry import coordinates, optima_of_steps
from update_magnitude.scenarios.reading import changed, parse
from update_magnitude.scenarios.schema import Scenario, ScenarioError

WHOLE = re.compile(r"blocks\..*|tasks\.samples|tasks\.count")  # fields of whole numbers

Array = NDArray[np.longdouble]


@dataclass(frozen=True)
class Axis:
    """A field of a scenario, by its dotted key, and the values that it takes."""

    field: str  # as in "optima.distance.specific"
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Take NumPy's numbers and arrays for Python's, and refuse values that are no list.

        Raises:
            ScenarioError: naming the field.
        """
        fields.text(self.field, "axis")
        values = fields.listed(self.values)
        if not isinstance(values, list) or not values:
            fields.fail(self.field, values, "a list of values is needed, one at least")
        known = set()
        for value in values:
            same = value if isinstance(value, int | float | str) else repr(value)
            if same in known:
                fields.fail(self.field, value, "it is there twice")
            known.add(same)
        object.__setattr__(self, "values", tuple(values))

    @property
    def labels(self) -> NDArray[Any]:
        """The values as the coordinate of a dataset: numbers or texts; what is neither, as JSON.

        Example:
            >>> Axis("tasks.samples", (10, [10, 20])).labels.tolist()
            ['10', '[10, 20]']
        """
        kinds = {type(value) for value in self.values}
        if kinds <= {int, float} or kinds == {str}:
            return np.array(self.values)
        return np.array([json.dumps(value) for value in self.values])

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The values of an axis of numbers."""
        return np.array(self.values, float)


def axis(field: str, values: Any) -> Axis:
    """An axis of numbers; those of fields of whole numbers are rounded, and each occurs once.

    Raises:
        ScenarioError: if the values are no list of finite numbers.

    Example:
        >>> axis("tasks.samples", [1.2, 1.4, 3.0]).values
        (1, 3)
    """
    given = fields.listed(values)
    fields.text(field, "axis")
    if not isinstance(given, list) or not given:
        fields.fail(field, given, "a list of numbers is needed")
    numbers = [fields.number(value, field) for value in given]
    if WHOLE.fullmatch(field):
        return Axis(field, tuple(sorted({round(value) for value in numbers})))
    return Axis(field, tuple(numbers))


class Numbers(NamedTuple):
    """The numbers of a part of a family; each array broadcasts over the axes of the part."""

    sizes: tuple[Array, ...]  # p_b, one per block
    samples: tuple[Array, ...]  # n_t, one per task
    noise: tuple[Array, ...]  # σ_t
    scale: tuple[Array, ...]  # α_t
    optima: tuple[Array, ...]  # coordinates [T, k_b, ...], one per block


class Part(NamedTuple):
    """Scenarios of a family that differ in numbers alone."""

    place: tuple[Any, ...]  # in the family: a number, or a slice of all, per axis
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
    document: Mapping[str, Any]  # the tables of a scenario file; the axes replace fields in it
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        """Refuse what no single scenario shows.

        Raises:
            ScenarioError: naming the field that two axes vary.
        """
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
        """The scenario at a place, one number per axis.

        Raises:
            ScenarioError: if it cannot be.
        """
        return parse(changed(self.document, self.changes_at(place)), self.title)

    @cached_property
    def _lines(self) -> tuple[list[Scenario], ...]:
        """Per axis the scenarios along it, the other axes being at their first values."""
        first = [0] * len(self.axes)
        return tuple(
            [self.scenario_at([*first[:a], value, *first[a + 1 :]]) for value in range(count)]
            for a, count in enumerate(self.shape)
        )

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The family, cut so that scenarios of a part differ in numbers alone.

        Raises:
            ScenarioError: if one of the scenarios cannot be.
        """
        cut = [len({_structure(of) for of in line}) > 1 for line in self._lines]
        choices = [range(n) if c else (slice(None),) for n, c in zip(self.shape, cut, strict=True)]
        return tuple(self._part(place) for place in product(*choices))

    def _part(self, place: tuple[Any, ...]) -> Part:
        chosen = [of if isinstance(of, int) else 0 for of in place]
        free = [a for a, of in enumerate(place) if isinstance(of, slice)]
        lines = [self._line(chosen, a) for a in free]
        self._require_corners(chosen, free)
        first = lines[0][0] if lines else self.scenario_at(chosen)
        shape = tuple(self.shape[a] for a in free)
        return Part(place, shape, first, numbers_of(first, lines))

    def _line(self, chosen: Sequence[int], a: int) -> list[Scenario]:
        """The scenarios along an axis from a place."""
        if not any(chosen):
            return self._lines[a]
        return [
            self.scenario_at([*chosen[:a], number, *chosen[a + 1 :]])
            for number in range(self.shape[a])
        ]

    def _require_corners(self, chosen: Sequence[int], free: Sequence[int]) -> None:
        """What is possible along each axis may be impossible where two are at their ends."""
        ends = []
        for a in free:
            values = self.axes[a].values
            order = sorted(range(len(values)), key=lambda k: (_sortable(values[k]), k))
            ends.append({order[0], order[-1]})
        for corner in product(*ends):
            at = list(chosen)
            for a, number in zip(free, corner, strict=True):
                at[a] = number
            self.scenario_at(at)


def family(scenario: Scenario, axes: Mapping[str, Any] | Sequence[Axis]) -> Family:
    """A family of scenarios.

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
    """
    from update_magnitude.scenarios.schema import require_scenario

    require_scenario(scenario)
    if isinstance(axes, Mapping):
        axes = [Axis(*pair) for pair in axes.items()]
    if not all(isinstance(axis, Axis) for axis in axes):
        fields.fail("axes", axes, "a table of fields and their values is needed")
    written = scenario.document() if scenario.written is None else scenario.written
    made = Family(scenario.title, written, tuple(axes))
    _ = made._lines  # a value that cannot be is refused here, and not where it is first used
    return made


def family_of(subject: Scenario | Family) -> Family:
    """A scenario as a family without axes; a family as it is.

    Raises:
        ScenarioError: if it is neither.
    """
    from update_magnitude.scenarios.schema import require_scenario

    if isinstance(subject, Family):
        return subject
    require_scenario(subject)
    return Family(subject.title, subject.document(), ())


def numbers_of(scenario: Scenario, lines: Sequence[Sequence[Scenario]] = ()) -> Numbers:
    """The numbers of scenarios that differ along axes.

    Args:
        scenario: one of them, at the first value of every axis.
        lines: per axis the scenarios along it from there, which differ in numbers alone.

    Returns:
        Arrays that broadcast over the axes.

    Example:
        >>> from update_magnitude.scenarios import preset
        >>> [float(sigma) for sigma in numbers_of(preset("two-close-tasks")).noise]
        [0.3, 0.3]
    """
    table = _Table([_leaves(scenario), *([_leaves(of) for of in line] for line in lines)])
    optima = scenario.optima
    blocks = range(len(scenario.blocks.sizes))
    if optima.gram is not None or not any(map(table.varies, ("norm", "distance"))):
        grid = (1,) * len(lines)
        points = tuple(w.reshape(w.shape + grid) for w in coordinates(scenario))
    else:
        points = tuple(
            optima_of_steps(table.row("norm")[b], table.row("distance", b), optima.direction)
            for b in blocks
        )
    return Numbers(
        table.row("sizes"), table.row("samples"), table.row("noise"), table.row("scale"), points
    )


class _Table:
    """Numbers of scenarios along axes, by name and place."""

    def __init__(self, leaves: Any) -> None:
        self._first, *lines = leaves
        self._lines = [
            {name: np.stack([of[name] for of in line], axis=-1) for name in self._first}
            for line in lines
        ]

    def varies(self, name: str) -> bool:
        """Whether some axis changes any of the numbers of that name."""
        return any(bool(np.any(line[name] != line[name][..., :1])) for line in self._lines)

    def row(self, name: str, *place: int) -> tuple[Array, ...]:
        """All numbers of that name, each an array that broadcasts over the axes."""
        count = len(self._first[name][place])
        return tuple(self._number(name, (*place, number)) for number in range(count))

    def _number(self, name: str, place: tuple[int, ...]) -> Array:
        grid = [1] * len(self._lines)
        for a, line in enumerate(self._lines):
            values = line[name][place]
            if np.any(values != values[0]):
                grid[a] = len(values)
                return np.asarray(values, np.longdouble).reshape(grid)
        return np.asarray(self._first[name][place], np.longdouble).reshape(grid)


def in_words(changes: Mapping[str, Any]) -> str:
    """Fields and their values, for messages."""
    return ", ".join(f"{key} = {fields.shown(value)}" for key, value in changes.items())


def _leaves(scenario: Scenario) -> dict[str, Array]:
    """The numbers of a scenario that a family may vary."""
    tasks = scenario.tasks
    return {
        "sizes": np.array(scenario.blocks.sizes, np.longdouble),
        "samples": np.array(tasks.samples, np.longdouble),
        "noise": np.array(tasks.noise, np.longdouble),
        "scale": np.array(scenario.updates.scale, np.longdouble),
        "norm": np.array(scenario.optima.norm, np.longdouble),
        "distance": np.array(scenario.optima.distance, np.longdouble),
    }


def _structure(scenario: Scenario) -> tuple[Any, ...]:
    """What scenarios have in common that differ in numbers alone."""
    updates, optima = scenario.updates, scenario.optima
    ways = (updates.strategy, updates.specific, updates.trainable)
    choice = (updates.signal, updates.threshold)
    known = (scenario.blocks.names, scenario.tasks.count, optima.direction, optima.gram)
    return (*known, *ways, *choice)


def _sortable(value: Any) -> Any:
    return (0, value) if isinstance(value, int | float) else (1, json.dumps(value))
