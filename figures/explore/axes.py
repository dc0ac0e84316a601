"""Axes of a map from what a person types: ``FIELD`` or ``FIELD=LOW:HIGH``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from update_magnitude.scenarios import Axis, Scenario, ScenarioError, axis, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.fields import near_miss
from update_magnitude.theory.numbers.rounding import Numbers

USUAL_Y = "tasks.samples"
WIDE = 4.0  # times what a field is now, where it has no natural end
BEYOND = 1.5  # times a boundary, so that both sides of it are seen
UNIT = 3.0  # up to where a length goes that is 0 now


def read_axis(
    text: str, option: str, scenario: Scenario, points: int, measure: str = "forgetting"
) -> Axis:
    """The axis of a map.

    Args:
        text: the key of a field, and its range if it is not to be chosen here.
        option: what the text was given for, for errors.
        scenario: whose field it is.
        points: how many values; of whole numbers no more than there are.
        measure: of the map: the usual range of a distance holds the nearest boundary in it.

    Raises:
        ScenarioError: if there is no such field, or the range is none.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> read_axis("tasks.noise=0:1", "--x", close, 3).values
        (0.0, 0.5, 1.0)
        >>> max(read_axis("tasks.samples", "--y", close, 400).values)  # twice P
        80
    """
    key, _, span = text.partition("=")
    now = _now(key, option, scenario)
    low, high = _span(span, option) if span else _usual(key, now, scenario, measure)
    if not low < high:
        raise ScenarioError(f"{option} {text}: a range goes from a lower to a higher value")
    if WHOLE.fullmatch(key):
        low, high = math.ceil(low), math.floor(high)
        if not low < high:
            raise ScenarioError(
                f"{option} {text}: {key} takes whole numbers; a range has two of them at least"
            )
    return axis(key, np.linspace(low, high, points))


def two_fields(x: str | None, y: str | None, scenario: Scenario) -> tuple[str, str]:
    """What was typed for two axes, or else what is usual.

    Args:
        x: for the option ``--x``; None for the usual one.
        y: for ``--y``.
        scenario: whose fields they are.

    Raises:
        ScenarioError: if both are the same field.

    Example:
        >>> from update_magnitude import scenarios
        >>> two_fields(None, None, scenarios.preset("three-blocks"))
        ('blocks.head', 'tasks.samples')
    """
    across, up = x or usual_x(scenario), y or USUAL_Y
    key = across.partition("=")[0]
    if key != up.partition("=")[0]:
        return across, up
    if y is None:
        raise ScenarioError(
            f"--x {key}: --y defaults to {key} too; give another --y, such as tasks.noise"
        )
    if x is None:
        raise ScenarioError(
            f"--y {key}: --x defaults to {key} too; give another --x, such as tasks.noise"
        )
    raise ScenarioError(f"--x and --y are both {key}; a map has two different fields")


def usual_x(scenario: Scenario) -> str:
    """The distance of the last block or, where optima have no distances, its size."""
    names = scenario.blocks.names
    name = "specific" if "specific" in names else names[-1]
    has_steps = scenario.optima.gram is None and scenario.tasks.count > 1
    return f"optima.distance.{name}" if has_steps else f"blocks.{name}"


def values_of(key: str, scenario: Scenario) -> Numbers:
    """The values of a field: one, or one per task or step.

    Raises:
        LookupError: if there is no such field.
        TypeError, ValueError: if it is no number.
    """
    value: Any = scenario.document()
    for name in key.split("."):
        if not isinstance(value, dict) or name not in value:
            raise LookupError(key)
        value = value[name]
    return np.asarray(value, float)


def _now(key: str, option: str, scenario: Scenario) -> float:
    """The value of a field, of several the largest."""
    try:
        return float(np.max(values_of(key, scenario)))
    except LookupError:
        known = sorted(_keys(scenario))
        hint = near_miss(key, known) or f"it has {', '.join(known)}"
        raise ScenarioError(f"{option} {key}: no number of this scenario; {hint}") from None
    except (TypeError, ValueError):
        raise ScenarioError(f"{option} {key}: a map varies numbers, and this is none") from None


def _keys(scenario: Scenario) -> list[str]:
    """The fields that a map can vary."""
    names = scenario.blocks.names
    lengths = ("norm", "distance")[: scenario.tasks.count] if scenario.optima.gram is None else ()
    return [
        *("tasks.samples", "tasks.noise", "updates.scale"),
        *(f"blocks.{name}" for name in names),
        *(f"optima.{kind}.{name}" for kind in lengths for name in names),
    ]


def _span(text: str, option: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
        if np.isfinite(ends).all():
            return ends
        raise ValueError
    except ValueError:
        raise ScenarioError(
            f"{option}: {text!r} is no range; two numbers with a colon between are, as in 0:3"
        ) from None


def _usual(key: str, now: float, scenario: Scenario, measure: str) -> tuple[float, float]:
    """A range that shows what there is to see."""
    if key == "tasks.samples":
        return 1, 2 * scenario.blocks.capacity
    if key == "updates.scale":
        return 0, 1.5
    if WHOLE.fullmatch(key):
        return _least(key, int(now), scenario), WIDE * now
    if key.startswith("optima.distance."):
        return 0, max(WIDE * now or UNIT, _beyond_boundary(key, now, scenario, measure))
    return 0, WIDE * now or UNIT


def _beyond_boundary(key: str, now: float, scenario: Scenario, measure: str) -> float:
    """Somewhat further than where the better strategy changes; 0 where it does not.

    With two tasks it does so at the critical distance. It is looked for around the present value
    and around 1.
    """
    from update_magnitude.figures.explore.boundaries import boundary_along

    for start in (now, 1.0):
        found = boundary_along(varied(scenario, {key: start}), key, start, measure)
        if found is not None:
            return BEYOND * found.there
    return 0.0


def _least(key: str, now: int, scenario: Scenario) -> int:
    """The smallest block that holds its optima."""
    for size in range(1, now):
        try:
            varied(scenario, {key: size})
        except ScenarioError:
            continue
        return size
    return now
