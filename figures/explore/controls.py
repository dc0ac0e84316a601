"""What a reader of the interactive page can set, and the scenario that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from update_magnitude.scenarios import Scenario, parse
from update_magnitude.scenarios.templates import render

FARTHEST = 4.0  # the largest parameter distance that can be set, and that is shown


class Range(NamedTuple):
    """A number that can be set: its name in the page, and the values it takes."""

    label: str
    low: float
    high: float
    step: float
    value: float  # at first


class Choice(NamedTuple):
    """A word that can be set."""

    label: str
    among: tuple[str, ...]


STRATEGY = {
    "strategy": Choice("strategy", ("frozen", "initialized", "reinitialized")),
}
GROUPS: dict[str, dict[str, Range | Choice]] = {
    "Parameter distance ‖δ‖": {
        "distance_specific": Range("specific block", 0.0, FARTHEST, 0.05, 1.0),
        "distance_shared": Range("shared block", 0.0, FARTHEST, 0.05, 0.0),
    },
    "Tasks": {
        "samples": Range("samples n", 1, 120, 1, 5),
        "noise": Range("noise σ", 0.0, 2.0, 0.05, 0.3),
        "tasks": Range("number of tasks T", 2, 20, 1, 2),
        "direction": Choice("direction of the steps", ("persistent", "returning", "orthogonal")),
    },
    "Parameters": {
        "size_specific": Range("specific block", 1, 100, 1, 16),
        "size_shared": Range("shared block", 1, 100, 1, 24),
    },
    "First optimum ‖θ*₁‖": {
        "norm_specific": Range("specific block", 0.0, 4.0, 0.1, 2.0),
        "norm_shared": Range("shared block", 0.0, 4.0, 0.1, 0.2),
    },
    "Update": {**STRATEGY},
}
CONTROLS = {name: entry for group in GROUPS.values() for name, entry in group.items()}


def first_settings() -> dict[str, Any]:
    """What the page is set to when it opens."""
    return {
        name: control.value if isinstance(control, Range) else control.among[0]
        for name, control in CONTROLS.items()
    }


def scenario_of(settings: Mapping[str, Any]) -> Scenario:
    """The scenario that the settings describe.

    Args:
        settings: a value for every one of ``CONTROLS``.

    Raises:
        ScenarioError: where there is no such scenario.

    Example:
        >>> scenario_of(first_settings() | {"tasks": 3}).optima.distance
        ((0.0, 0.0), (1.0, 1.0))
    """

    def blocks(kind: str, entry: type[int] | type[float]) -> dict[str, Any]:
        return {name: entry(settings[f"{kind}_{name}"]) for name in ("shared", "specific")}

    document = {
        "title": "explored",
        "blocks": blocks("size", int),
        "tasks": {
            "count": int(settings["tasks"]),
            "samples": int(settings["samples"]),
            "noise": float(settings["noise"]),
        },
        "optima": {
            "norm": blocks("norm", float),
            "distance": blocks("distance", float),
            "direction": settings["direction"],
        },
        "updates": {"strategy": settings["strategy"]},
    }
    return parse(document)


def form() -> str:
    """The controls as HTML, with a placeholder for each one."""
    return render("figures/explore/form.html", groups=GROUPS)
