"""Predictions as functions of the scenario: what they return, read or refused in one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NoReturn

import numpy as np

from update_magnitude.paper_checks.candidates.candidate import (
    MEASURES,
    Candidate,
    exact,
    require_tasks,
)
from update_magnitude.scenarios import Scenario, ScenarioError, fields
from update_magnitude.theory import means

Function = Callable[[Scenario], Mapping[str, Any]]
Numbers = dict[str, float]  # by the names of measures
RIGHT = "a dictionary of numbers is needed, such as {'forgetting': 0.1, 'risk[2, 1]': 0.5}"


def function_candidates(function: Function, scenario: Scenario) -> list[Candidate]:
    """Everything that a function predicts for a scenario, each number a candidate.

    What cannot be read for this scenario is an error of one line, and what the function raises is
    passed on; for others it leaves the candidate without a value.
    """
    if not callable(function):
        fields.fail("prediction", function, "a function of the scenario is needed")
    name = getattr(function, "__name__", type(function).__name__)
    name = "the prediction" if name == "<lambda>" else name
    numbers = cache(partial(_numbers, function, name))
    known = means(scenario)
    for measure, number in numbers(scenario).items():
        if not math.isfinite(number) and math.isfinite(exact(measure, known).value):
            right = "its mean is finite, so a number is needed"
            _refuse(name, scenario, f"{measure} = {number}", right)
    return [
        Candidate(
            measure=measure,
            statement=f"{measure} = {name}(scenario)",
            source=f"the function {name}",
            value=partial(_value, numbers, name, measure),
        )
        for measure in numbers(scenario)
    ]


def _value(
    numbers: Callable[[Scenario], Numbers], name: str, measure: str, scenario: Scenario
) -> float:
    """One of the numbers of a function; NaN where it returns no such number."""
    try:
        with np.errstate(all="ignore"):
            return numbers(scenario).get(measure, math.nan)
    except ScenarioError:
        raise
    except Exception as error:  # whatever a function of others raises is no error of ours
        words = fields.one_line(f"{type(error).__name__}: {error}")
        raise ScenarioError(f"{name} raised {words:.100}") from error


def _numbers(function: Function, name: str, scenario: Scenario) -> Numbers:
    """What a function returns for a scenario; ``risk``, an array [T, T], risk by risk."""
    answer = function(scenario)
    if not isinstance(answer, Mapping) or not answer:
        _refuse(name, scenario, fields.shown(answer), RIGHT)
    numbers: Numbers = {}
    for key, value in answer.items():
        for measure, number in _read(name, scenario, key, value).items():
            if measure in numbers:
                _refuse(name, scenario, f"{measure} twice", "each number is returned once")
            numbers[measure] = number
    return numbers


def _read(name: str, scenario: Scenario, key: str, value: object) -> Numbers:
    """One value of the dictionary that a function returns."""
    count = scenario.tasks.count
    written = fields.one_line(key) if isinstance(key, str) else fields.shown(key)
    shown = f"{written:.60} = {fields.shown(value)}"
    try:
        array = np.asarray(None if isinstance(value, str | Mapping) else value)
    except (TypeError, ValueError):  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        _refuse(name, scenario, shown, "numbers are needed")
    if key == "risk":
        if array.shape != (count, count):
            right = f"its shape is {array.shape}, and ({count}, {count}) is needed: risk[t, i]"
            _refuse(name, scenario, shown, right)
        return {f"risk[{t + 1}, {i + 1}]": float(risk) for (t, i), risk in np.ndenumerate(array)}
    try:
        measure = require_tasks(key, count)
    except ScenarioError as error:
        near = fields.near_miss(str(key), ("risk", *MEASURES))
        _refuse(name, scenario, shown, f"{near} {str(error).rpartition(': ')[2]}".strip())
    if array.shape:
        _refuse(name, scenario, shown, f"its shape is {array.shape}, and one number is needed")
    return {measure: float(array)}


def _refuse(name: str, scenario: Scenario, what: str, right: str) -> NoReturn:
    raise ScenarioError(
        f"prediction: {name} returned {what} for “{scenario.title}”: {fields.one_line(right)}"
    )
