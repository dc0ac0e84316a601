"""What is typed for a map; what is wrong with it is said by the option's name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from update_magnitude.figures.explore.boundaries import boundary_along
from update_magnitude.figures.explore.maps import (
    COMPARABLE,
    COMPARED,
    MEASURES,
    numeric_fields,
    values_of,
)
from update_magnitude.figures.paths import items_of
from update_magnitude.scenarios import Axis, Scenario, ScenarioError, axis, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.fields import near_miss, one_line

MEASURE = "forgetting"  # if none is given
USUAL_Y = "tasks.samples"
WIDE = 4.0  # times what a field is now, where it has no natural end
BEYOND = 1.5  # times a boundary, so that both sides of it are seen
UNIT = 3.0  # up to where a length goes that is 0 now


def read_axis(
    text: str, option: str, scenario: Scenario, points: int, measure: str = MEASURE
) -> Axis:
    """The axis of a map from ``FIELD`` or ``FIELD=LOW:HIGH``, typed for an option.

    The usual range of a distance holds the nearest boundary in the measure. Of whole numbers there
    are no more than lie in the range.

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
    """What was typed for ``--x`` and ``--y``, or else what is usual: two different fields.

    Example:
        >>> from update_magnitude import scenarios
        >>> two_fields(None, None, scenarios.preset("three-blocks"))
        ('blocks.head', 'tasks.samples')
    """
    across, up = x or usual_x(scenario), y or USUAL_Y
    key = across.partition("=")[0]
    if key != up.partition("=")[0]:
        return across, up
    if x and y:
        raise ScenarioError(f"--x and --y are both {key}; a map has two different fields")
    given, other = ("--x", "--y") if y is None else ("--y", "--x")
    raise ScenarioError(
        f"{given} {key}: {other} defaults to {key} too; give another {other}, such as tasks.noise"
    )


def usual_x(scenario: Scenario) -> str:
    """The distance of the last block or, where optima have no distances, its size."""
    names = scenario.blocks.names
    name = "specific" if "specific" in names else names[-1]
    has_steps = scenario.optima.gram is None and scenario.tasks.count > 1
    return f"optima.distance.{name}" if has_steps else f"blocks.{name}"


def strategies_of(text: str) -> list[str]:
    """The strategies to compare, each once, and two at least.

    Example:
        >>> strategies_of("frozen,initialized")
        ['frozen', 'initialized']
    """
    names = items_of(text)
    for name in names:
        _require_known("--compare", name, "strategy that a map compares", COMPARABLE)
    if len(names) < 2:
        raise ScenarioError(
            f"--compare: {text!r} are not two different strategies, as {','.join(COMPARED)} are"
        )
    return names


def measure_of(text: str) -> str:
    """The measure, if it is one; an error names those that there are."""
    _require_known("--measure", text, "measure", MEASURES)
    return text


def map_name(stem: str, fields: Sequence[str], scenario: Scenario, choice: Sequence[str]) -> str:
    """The name of a map's files, which tells it from other maps of the same scenario.

    It has the fields along x and y and the choice, of a measure and strategies, where they are not
    usual.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> usual = ("optima.distance.specific", "tasks.samples")
        >>> map_name("two-close-tasks", usual, close, ("forgetting", "frozen", "initialized"))
        'map-two-close-tasks'
        >>> map_name("mine", ("tasks.noise", "blocks.shared"), close, ("forgetting", *COMPARED))
        'map-mine-tasks-noise-blocks-shared-forgetting'
    """
    measure, *strategies = choice
    usual = (usual_x(scenario), USUAL_Y, MEASURE)
    parts = [] if (*fields, measure) == usual else [*fields, measure]
    parts += [] if tuple(strategies) == COMPARED else strategies
    return "-".join(["map", stem, *(re.sub(r"[^\w-]+", "-", part) for part in parts)])


@contextmanager
def naming(fields: Mapping[str, str], scenario: str) -> Iterator[None]:
    """Say of an error which option gave the field that it is about or, if none, which scenario."""
    try:
        yield
    except ScenarioError as error:
        given = [
            option
            for option, key in fields.items()
            if str(error).startswith((key + " ", key + ":"))
        ]
        place = f"{given[0]} " if given else f"{one_line(scenario)}: "
        raise ScenarioError(f"{place}{error}") from None


def _require_known(option: str, name: str, kind: str, known: Sequence[str]) -> None:
    if name not in known:
        hint = near_miss(name, known) or f"known: {', '.join(known)}"
        raise ScenarioError(f"{option}: {name!r} is no {kind}; {hint}")


def _now(key: str, option: str, scenario: Scenario) -> float:
    """The value of a field, of several the largest."""
    try:
        return float(np.max(values_of(key, scenario)))
    except LookupError:
        known = sorted(numeric_fields(scenario))
        hint = near_miss(key, known) or f"it has {', '.join(known)}"
        raise ScenarioError(f"{option} {key}: no number of this scenario; {hint}") from None
    except (TypeError, ValueError):
        raise ScenarioError(f"{option} {key}: a map varies numbers, and this is none") from None


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
    for start in (now, 1.0):
        boundary = boundary_along(varied(scenario, {key: start}), key, start, measure)
        if boundary is not None:
            return BEYOND * boundary.there
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
