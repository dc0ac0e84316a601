"""What the interactive page shows of a scenario, as plain functions; the page only wires them.

Everything here but ``check_point`` is theory, and takes a fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from update_magnitude.figures.explore.controls import FARTHEST
from update_magnitude.figures.explore.maps import plot_map, regime_map, under
from update_magnitude.figures.style import COLUMN, MARK, STRATEGIES
from update_magnitude.paper_checks.judging import exit_status
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.running import check_scenario
from update_magnitude.paper_checks.sentences import summary
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios import Scenario, axis, family, varied
from update_magnitude.theory import (
    NoClosedFormError,
    critical_distance,
    means,
    totals,
    undefined,
)

SHOWN = ("frozen", "initialized", "reinitialized")
COMPARED = SHOWN[:2]  # between which a critical distance lies
MEASURES = {"forgetting": "forgetting", "generalization": "generalization error"}
SYMBOLS = {"forgetting": "$F_T$", "generalization": "$G_T$"}
DISTANCE = "optima.distance.specific"  # along which curves and map go
DISTANCE_WORDS = r"parameter distance of the specific block  $\|\delta\|$"
FINE, COARSE = 161, 81  # distances of a curve, and of the map
MOST_ROWS = 80  # of the map
WORDS = {0: "holds", 1: "refuted", 3: "inconclusive"}  # of a whole check, by its exit status
SEED = 0
ROUNDING = 1e-6  # relative, or of a distance, below which a difference may be of rounding alone
Numbers = NDArray[np.float64]
BEFORE = (
    "Draws this task sequence on both engines and puts every exact mean to the test: seconds for a "
    "few tasks, about half a minute for many. A new setting takes the answer away."
)


class Row(NamedTuple):
    """The exact numbers of a strategy."""

    strategy: str
    forgetting: float
    generalization: float
    learning_error: float
    undefined: str | None  # why one of them is infinite or NaN


def numbers(scenario: Scenario) -> list[Row]:
    """F, G and L of the scenario under each strategy.

    Example:
        >>> from update_magnitude import scenarios
        >>> round(numbers(scenarios.preset("two-close-tasks"))[0].forgetting, 4)
        -0.8095
    """
    return [_row(name, under(scenario, name)) for name in SHOWN]


def _row(strategy: str, scenario: Scenario) -> Row:
    exact = means(scenario)
    values = (exact.forgetting, exact.generalization, exact.learning_error)
    return Row(strategy, *values, undefined(scenario, exact))


def undefined_words(rows: list[Row]) -> list[str]:
    """What has no finite mean, each reason once, with the strategies that share it."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.undefined:
            reasons.setdefault(row.undefined, []).append(row.strategy)
    return [f"{', '.join(names)}: {reason}." for reason, names in reasons.items()]


def curves(scenario: Scenario) -> xr.Dataset:
    """Both measures under each strategy against the parameter distance of the specific block.

    Returns:
        ``theory`` over (measure, strategy, distance), NaN where there is no finite mean, and
        ``crossing`` over measure, where frozen and initialized training come out the same.
    """
    distances = np.linspace(0.0, FARTHEST, FINE)
    line = [axis(DISTANCE, distances)]
    grids = [totals(family(under(scenario, name), line)) for name in SHOWN]
    theory = np.array([[getattr(grid, measure) for grid in grids] for measure in MEASURES])
    return xr.Dataset(
        {
            "theory": (("measure", "strategy", "distance"), theory),
            "crossing": ("measure", [crossing(distances, *entry[:2]) for entry in theory]),
        },
        coords={"measure": list(MEASURES), "strategy": list(SHOWN), "distance": distances},
        attrs={"critical": int(_is_whole_distance(scenario))},
    )


def crossing(x: Numbers, one: Numbers, other: Numbers) -> float:
    """Where two parabolas in x first change places; NaN where they never do.

    Example:
        >>> x = np.linspace(0, 4, 5)
        >>> round(crossing(x, x**2, np.full(5, 2.0)), 6)
        1.414214
    """
    gap, size = one - other, np.abs(one) + np.abs(other)
    apart = np.abs(gap) > ROUNDING * size
    if not (np.isfinite(gap).all() and apart.any()):
        return math.nan
    places, signs = x[apart], np.sign(gap[apart])
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    if not len(changes):
        return math.nan
    low, high = places[changes[0]], places[changes[0] + 1]
    roots = np.roots(np.polyfit(x, gap, 2)).real
    return float(roots[np.argmin(np.abs(roots - (low + high) / 2))])


def plot_curves(dataset: xr.Dataset, measure: str) -> Figure:
    """One measure under each strategy; reads the dataset and nothing else."""
    figure = Figure(figsize=(COLUMN * 1.15, COLUMN))
    axes, panel = figure.subplots(), dataset.sel(measure=measure)
    for name in SHOWN:
        look, values = STRATEGIES[name], panel.theory.sel(strategy=name)
        known = bool(np.isfinite(values).any())
        label = look.label if known else f"{look.label}: no finite mean"
        axes.plot(panel.distance, values, look.line, color=look.colour, label=label)
    _mark_crossing(axes, float(panel.crossing), bool(dataset.attrs["critical"]))
    axes.set_xlim(0, FARTHEST)
    axes.set_xlabel(DISTANCE_WORDS)
    axes.set_ylabel(f"{MEASURES[measure]}  {SYMBOLS[measure]}")
    figure.legend(loc="outside lower center", ncols=3, handlelength=2.2, columnspacing=1.2)
    return figure


def regimes(scenario: Scenario) -> xr.Dataset:
    """Which of frozen and initialized training forgets less, over distance and samples.

    Returns:
        What ``maps.regime_map`` returns, with samples per parameter for y.
    """
    found = regime_map(
        scenario,
        axis(DISTANCE, np.linspace(0.0, FARTHEST, COARSE)),
        axis("tasks.samples", np.linspace(1, most_samples(scenario), MOST_ROWS)),
    )
    share = found.assign_coords(y=found.y / scenario.blocks.capacity)
    share.y.attrs["field"] = "samples per parameter  $n/P$"
    return share


def plot_regimes(dataset: xr.Dataset) -> Figure:
    """The map, in the words of the curves beside it."""
    figure = plot_map(dataset)
    figure.axes[0].set_xlabel(DISTANCE_WORDS)
    return figure


def distance_of(scenario: Scenario) -> float:
    """The parameter distance of the specific block."""
    return scenario.optima.distance[scenario.blocks.names.index("specific")][0]


def samples_per_parameter(scenario: Scenario) -> float:
    """n/P."""
    return scenario.tasks.samples[0] / scenario.blocks.capacity


def most_samples(scenario: Scenario) -> int:
    """Up to where the map goes: beyond the threshold, and beyond the scenario itself.

    Example:
        >>> from update_magnitude import scenarios
        >>> most_samples(scenarios.preset("two-close-tasks"))  # twice P
        80
    """
    most = max(2 * scenario.blocks.capacity, 4)
    while most < scenario.tasks.samples[0]:
        most *= 2
    return most


def critical_words(scenario: Scenario) -> list[str]:
    """What the closed forms of two tasks say of critical distances, one sentence per measure."""
    frozen = under(scenario, "frozen")
    if not any(step for steps in frozen.optima.distance for step in steps):
        frozen = varied(frozen, {DISTANCE: 1.0})  # in any direction, no distance is none
    try:
        return [_critical_sentence(frozen, measure) for measure in MEASURES]
    except NoClosedFormError as error:
        return [f"No critical distance from closed forms: {error}."]


def _critical_sentence(frozen: Scenario, measure: str) -> str:
    words, found = MEASURES[measure], critical_distance(frozen, measure)
    if found is None or found.distance < ROUNDING:
        return f"No critical distance in {words}: {_everywhere(frozen, measure)} at every distance."
    side = "below" if found.frozen_below else "above"
    together = "" if _is_whole_distance(frozen) else " (both blocks' steps scaled together)"
    return (
        f"Critical distance in {words}: ‖δ‖ = {found.distance:.4g}{together}; {side} it "
        "freezing the shared block is better."
    )


def _everywhere(frozen: Scenario, measure: str) -> str:
    """Which strategy is better, where that does not depend on the distance."""
    held, free = (getattr(means(under(frozen, name)), measure) for name in COMPARED)
    if abs(held - free) <= ROUNDING * (abs(held) + abs(free)):
        return "frozen and initialized training are equal"
    return "freezing is better" if held < free else "training all blocks is better"


def check_point(scenario: Scenario, watch: Callable[[str, float], None]) -> Outcome:
    """Simulate the scenario on both engines, and put everything that theory predicts to the test.

    Args:
        scenario: any that theory can predict.
        watch: told of the progress.
    """
    from update_magnitude.simulations.compilation import keep_compiled

    keep_compiled()
    return check_scenario(scenario, PROFILES["quick"], SEED, watch)


def verdict_of(outcome: Outcome) -> str:
    """The verdict on the whole: holds, refuted or inconclusive."""
    return WORDS[exit_status(outcome.verdicts)]


def verdict_line(outcome: Outcome) -> str:
    """What came of the check, in one line, with what was left out of it."""
    return " ".join([summary(outcome.verdicts), *(f"Note: {note}." for note in outcome.notes)])


def _mark_crossing(axes: Axes, at: float, critical: bool) -> None:
    if not math.isfinite(at):
        return
    axes.axvline(at, color=MARK, linewidth=0.8, linestyle=":")
    right = at < FARTHEST / 2
    axes.annotate(
        rf"$\delta_c = {at:.2f}$" if critical else f"same at {at:.2f}",
        (at, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(4 if right else -4, 0),
        textcoords="offset points",
        horizontalalignment="left" if right else "right",
        color=MARK,
    )


def _is_whole_distance(scenario: Scenario) -> bool:
    """Whether the curves go along the whole parameter distance of two tasks."""
    shared = scenario.optima.distance[scenario.blocks.names.index("shared")]
    return scenario.tasks.count == 2 and not any(shared)
