"""What is typed for a map beside its axes; what is wrong with it is said by the option's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from update_magnitude.figures.explore.axes import USUAL_Y, usual_x
from update_magnitude.figures.explore.maps import COMPARABLE, COMPARED, MEASURES
from update_magnitude.figures.paths import items_of
from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.scenarios.fields import near_miss, one_line

MEASURE = "forgetting"  # if none is given


def strategies_of(text: str) -> list[str]:
    """The strategies to compare, each once.

    Raises:
        ScenarioError: naming what is none, or if they are fewer than two.

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
    """The measure, if it is one.

    Raises:
        ScenarioError: naming those that there are.
    """
    _require_known("--measure", text, "measure", list(MEASURES))
    return text


def map_name(stem: str, fields: Sequence[str], scenario: Scenario, choice: Sequence[str]) -> str:
    """The name of a map's files, which tells it from other maps of the same scenario.

    Args:
        stem: the name of the scenario.
        fields: along x and y.
        scenario: the scenario, which decides what is usual.
        choice: the measure, and the strategies.

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
    """Say of an error which option it comes from or, if from none, which scenario.

    Args:
        fields: option -> the field that it gave.
        scenario: the name of the scenario.
    """
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
