"""The symbols that formulas may have, and their values in a scenario."""

from __future__ import annotations

import re

import numpy as np
from sympy import Symbol

from update_magnitude.scenarios import Scenario, ScenarioError, coordinates
from update_magnitude.theory import NoClosedFormError, two_task_arguments
from update_magnitude.theory.results.explicit import ARGUMENTS

TASK = r"_([1-9]\d{0,3})"
OF_TASKS = re.compile(rf"(n|m|sigma|alpha|norm){TASK}|apart{TASK}{TASK}")
TWO_TASKS = {str(symbol): symbol for symbol in ARGUMENTS}


def symbol_named(name: str) -> Symbol | None:
    """The symbol of that name, such as ``step_S`` or ``apart_1_3``, if formulas may have it."""
    if name in TWO_TASKS:
        return TWO_TASKS[name]
    place = OF_TASKS.fullmatch(name)
    if name == "T" or (place and place[1] == "n"):
        return Symbol(name, positive=True)
    if place and place[1] == "alpha":
        return Symbol(name, real=True)
    return Symbol(name, nonnegative=True) if place else None


def symbol_value(scenario: Scenario, name: str) -> float:
    """The value of a symbol in a scenario, or the one-line error that it has none there.

    What is not about a task by its number (m, and what ends in S or C) is for two tasks.
    """
    if name in ("P", "T"):
        return float(scenario.blocks.capacity if name == "P" else scenario.tasks.count)
    place = OF_TASKS.fullmatch(name)
    if place is None:
        return _of_two_tasks(scenario)[name]
    tasks = [int(number) - 1 for number in re.findall(r"\d+", name)]
    if max(tasks) >= scenario.tasks.count:
        raise ScenarioError(
            f"{name}: “{scenario.title}” has {scenario.tasks.count} tasks, counted from 1"
        )
    match place[1]:
        case "n":
            return float(scenario.tasks.samples[tasks[0]])
        case "m":
            return float(scenario.trainable_count(tasks[0]))
        case "sigma":
            return float(scenario.tasks.noise[tasks[0]])
        case "alpha":
            return float(scenario.updates.scale[tasks[0]])
    return _squared_length(scenario, tasks)


def _squared_length(scenario: Scenario, tasks: list[int]) -> float:
    """‖θ*_k‖², or ‖θ*_i − θ*_k‖² of two tasks, over all blocks."""
    total = np.longdouble(0)
    for points in coordinates(scenario):
        vector = points[tasks[0]] - points[tasks[1]] if len(tasks) == 2 else points[tasks[0]]
        total += vector @ vector
    return float(total)


def _of_two_tasks(scenario: Scenario) -> dict[str, float]:
    try:
        return dict(zip(TWO_TASKS, two_task_arguments(scenario), strict=True))
    except NoClosedFormError as error:
        _, _, here = str(error).partition("; ")
        raise ScenarioError(
            "a candidate is about two tasks, the first training all blocks, the second not reset, "
            f"where m, S or C are in it; “{scenario.title}” has others: {here}. Of blocks, however "
            "many, it then knows only those that train at task 2 (S) and those that are held (C)"
        ) from None
