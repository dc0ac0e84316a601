"""Predictions as functions of the scenario: what they return, read or refused in one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.candidates.measures import MEASURES, canonical, measure_of
from update_magnitude.paper_checks.candidates.proposals import Proposal
from update_magnitude.scenarios import Scenario, ScenarioError, fields
from update_magnitude.theory import means

Function = Callable[[Scenario], Mapping[str, Any]]
Values = Callable[[Scenario], dict[str, float]]
RIGHT = "a dictionary of numbers is needed, such as {'forgetting': 0.1, 'risk[2, 1]': 0.5}"


@dataclass(frozen=True)
class FunctionValue:
    """One of the numbers that a function predicts for a scenario."""

    measure: str
    name: str  # of the function
    values: Values

    @property
    def statement(self) -> str:
        """The prediction as an equation, in one line."""
        return f"{self.measure} = {self.name}(scenario)"

    @property
    def source(self) -> str:
        """Where the prediction comes from."""
        return f"the function {self.name}"

    def value(self, scenario: Scenario) -> float:
        """What the function returns for a scenario; NaN where it returns no such number.

        Raises:
            ScenarioError: in one line, if it raises anything, or returns what cannot be read.
        """
        try:
            with np.errstate(all="ignore"):
                return self.values(scenario).get(self.measure, math.nan)
        except ScenarioError:
            raise
        except Exception as error:  # whatever a function of others raises is no error of ours
            words = fields.one_line(f"{type(error).__name__}: {error}")
            raise ScenarioError(f"{self.name} raised {words:.100}") from error


def proposals_of(function: Function, scenario: Scenario) -> list[Proposal]:
    """Everything that a function predicts for a scenario.

    Args:
        function: takes a scenario and returns a dictionary of numbers by the names of measures;
            ``risk`` is an array [T, T], ``risk[t, i]`` one entry of it, tasks counted from 1.
        scenario: the scenario.

    Raises:
        ScenarioError: naming what it returned, and what would be right. What the function raises
            itself is passed on.
    """
    if not callable(function):
        fields.fail("prediction", function, "a function of the scenario is needed")
    name = _name(function)
    values = cache(lambda scenario: returned(function, scenario))
    exact = means(scenario)
    for key, value in values(scenario).items():
        known = measure_of(key, scenario.tasks.count).exact(exact)
        if not math.isfinite(value) and math.isfinite(known):
            _refuse(name, scenario, f"{key} = {value}", "its mean is finite, so a number is needed")
    return [FunctionValue(key, name, values) for key in values(scenario)]


def returned(function: Function, scenario: Scenario) -> dict[str, float]:
    """What a function returns for a scenario, as numbers by the names of measures.

    Raises:
        ScenarioError: naming what it returned, and what would be right.

    Example:
        >>> from update_magnitude import scenarios
        >>> returned(lambda s: {"risk": [[1, 2], [3, 4]]}, scenarios.preset("two-close-tasks"))
        {'risk[1, 1]': 1.0, 'risk[1, 2]': 2.0, 'risk[2, 1]': 3.0, 'risk[2, 2]': 4.0}
    """
    name, answer = _name(function), function(scenario)
    if not isinstance(answer, Mapping) or not answer:
        _refuse(name, scenario, fields.shown(answer), RIGHT)
    found: dict[str, float] = {}
    for key, value in answer.items():
        for measure, number in _numbers(name, scenario, key, value).items():
            if measure in found:
                _refuse(name, scenario, f"{measure} twice", "each number is returned once")
            found[measure] = number
    return found


def _numbers(name: str, scenario: Scenario, key: Any, value: Any) -> dict[str, float]:
    """One entry of a dictionary: a number, or the risks of all tasks after all tasks."""
    count, array = scenario.tasks.count, _array(value)
    written = fields.one_line(key) if isinstance(key, str) else fields.shown(key)
    shown = f"{written:.60} = {fields.shown(value)}"
    if array.dtype.kind not in "iuf":
        _refuse(name, scenario, shown, "numbers are needed")
    if key == "risk":
        if array.shape != (count, count):
            right = f"its shape is {array.shape}, and ({count}, {count}) is needed: risk[t, i]"
            _refuse(name, scenario, shown, right)
        places = np.ndindex(array.shape)
        return {f"risk[{t + 1}, {i + 1}]": float(array[t, i]) for t, i in places}
    try:
        measure = measure_of(canonical(key), count).name
    except ScenarioError as error:
        near = fields.near_miss(str(key), ("risk", *MEASURES))
        _refuse(name, scenario, shown, f"{near} {str(error).rpartition(': ')[2]}".strip())
    if array.shape:
        _refuse(name, scenario, shown, f"its shape is {array.shape}, and one number is needed")
    return {measure: float(array)}


def _array(value: Any) -> NDArray[Any]:
    """Numbers as NumPy has them; anything else as an object, which is no number."""
    try:
        return np.asarray(None if isinstance(value, str | Mapping) else value)
    except (TypeError, ValueError):  # rows of different lengths
        return np.asarray(None)


def _refuse(name: str, scenario: Scenario, what: str, right: str) -> NoReturn:
    raise ScenarioError(
        f"prediction: {name} returned {what} for “{scenario.title}”: {fields.one_line(right)}"
    )


def _name(function: Function) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "the prediction" if name == "<lambda>" else name
