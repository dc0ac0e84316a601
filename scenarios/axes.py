"""Axes: fields of a scenario, and the values that they take."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.keys import KEYS

_WHOLE = (key for key, row in KEYS.items() if row.kind.schema.get("type") == "integer")
WHOLE = re.compile("|".join(rf"{key}\..*" if KEYS[key].by_block else key for key in _WHOLE))


@dataclass(frozen=True)
class Axis:
    """A field of a scenario, by its dotted key, and the values that it takes."""

    field: str  # as in "optima.distance.specific"
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Take NumPy's numbers and arrays for Python's, and refuse values that are no list."""
        fields.text(self.field, "axis")
        right = "a list of values is needed, one at least"
        values = fields.distinct(self.values, self.field, right)
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


def axis(field: str, values: object) -> Axis:
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
