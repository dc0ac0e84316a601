"""What a reader of the interactive page can set, and the scenario that follows from it.

A control is a row of ``GROUPS``: the page, its form and the scenario take it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from update_magnitude.scenarios import Scenario, library, varied
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.templates import render

FARTHEST = 4.0  # the largest parameter distance that can be set, and that is shown
Settings = Mapping[str, float | str]  # by the names of controls


class Range(NamedTuple):
    """A number that can be set: its name in the page, its field, and the values it takes."""

    label: str
    field: str
    low: float
    high: float
    step: float
    value: float  # at first


class Choice(NamedTuple):
    """A word that can be set, the first one at first."""

    label: str
    field: str
    among: tuple[str, ...]


GROUPS: dict[str, dict[str, Range | Choice]] = {
    "Parameter distance ‖δ‖": {
        "distance_specific": Range(
            "specific block", "optima.distance.specific", 0.0, FARTHEST, 0.05, 1.0
        ),
        "distance_shared": Range(
            "shared block", "optima.distance.shared", 0.0, FARTHEST, 0.05, 0.0
        ),
    },
    "Tasks": {
        "samples": Range("samples n", "tasks.samples", 1, 120, 1, 5),
        "noise": Range("noise σ", "tasks.noise", 0.0, 2.0, 0.05, 0.3),
        "tasks": Range("number of tasks T", "tasks.count", 2, 20, 1, 2),
        "direction": Choice(
            "direction of the steps",
            "optima.direction",
            ("persistent", "returning", "orthogonal"),
        ),
    },
    "Parameters": {
        "size_specific": Range("specific block", "blocks.specific", 1, 100, 1, 16),
        "size_shared": Range("shared block", "blocks.shared", 1, 100, 1, 24),
    },
    "First optimum ‖θ*₁‖": {
        "norm_specific": Range("specific block", "optima.norm.specific", 0.0, 4.0, 0.1, 2.0),
        "norm_shared": Range("shared block", "optima.norm.shared", 0.0, 4.0, 0.1, 0.2),
    },
    "Update": {
        "strategy": Choice(
            "strategy", "updates.strategy", ("frozen", "initialized", "reinitialized")
        ),
        "penalty": Range("penalty λ", "updates.penalty", 0.0, 2.0, 0.02, 0.0),
        "weight_shared": Range(
            "weight ρ of the shared block", "updates.weights.shared", 1.0, 100.0, 1.0, 1.0
        ),
    },
    "Features": {
        "variance_shared": Range(
            "variance v of the shared block", "features.variance.shared", 0.05, 4.0, 0.05, 1.0
        ),
    },
}
CONTROLS = {name: control for group in GROUPS.values() for name, control in group.items()}


def first_settings() -> dict[str, float | str]:
    """What the page is set to when it opens."""
    return {
        name: control.value if isinstance(control, Range) else control.among[0]
        for name, control in CONTROLS.items()
    }


def scenario_of(settings: Settings) -> Scenario:
    """The scenario that the settings describe, with a value for every one of ``CONTROLS``.

    Example:
        >>> scenario_of(first_settings() | {"tasks": 3}).optima.distance
        ((0.0, 0.0), (1.0, 1.0))
    """
    changes: dict[str, float | str] = {}
    for name, control in CONTROLS.items():
        value = settings[name]
        if isinstance(control, Range):
            value = int(value) if WHOLE.fullmatch(control.field) else float(value)
        changes[control.field] = value
    return varied(library("explored"), changes)


def form() -> str:
    """The controls as HTML, with a placeholder for each one."""
    return render("figures/explore/form.html", groups=GROUPS)
