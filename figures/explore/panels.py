"""What the interactive page shows of a scenario, as plain functions; the page only wires them.

Everything here but ``check_point`` is theory, and takes a fraction of a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from update_magnitude.figures.explore.controls import FARTHEST
from update_magnitude.figures.explore.drawing import plot_map
from update_magnitude.figures.explore.maps import COMPARED, regime_map, under
from update_magnitude.figures.points import Numbers
from update_magnitude.figures.style import COLUMN, STRATEGIES, threshold
from update_magnitude.paper_checks.judging import exit_status
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.paper_checks.running import check_scenario
from update_magnitude.paper_checks.sentences import summary
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.scenarios import Axis, Scenario, ScenarioError, axis, family, varied
from update_magnitude.theory import critical_distance, means, predict, totals

SHOWN = ("frozen", "initialized", "reinitialized")  # a critical distance lies between the first two
STRATEGY = Axis("updates.strategy", SHOWN)
MEASURES = {"forgetting": "forgetting", "generalization": "generalization error"}
SYMBOLS = {"forgetting": "$F_T$", "generalization": "$G_T$"}
DISTANCE = "optima.distance.specific"  # along which curves and map go
DISTANCE_WORDS = r"parameter distance of the specific block  $\|\delta\|$"
FINE, COARSE = 161, 81  # distances of a curve, and of the map
MOST_ROWS = 80  # of the map
WORDS = {0: "holds", 1: "refuted", 3: "inconclusive"}  # of a whole check, by its exit status
SEED = 0
ROUNDING = 1e-6  # relative, or of a distance, below which a difference may be of rounding alone
BEFORE = (
    "Draws this task sequence and puts every mean that theory predicts to the test: seconds for a "
    "few tasks, about half a minute for many. A new setting takes the answer away."
)


def numbers(scenario: Scenario) -> xr.Dataset:
    """F, G and L of the scenario over ``strategy``, NaN where ``undefined`` says why.

    Example:
        >>> from update_magnitude import scenarios
        >>> float(numbers(scenarios.preset("two-close-tasks")).forgetting[0].round(4))
        -0.8095
    """
    strategies = family(under(scenario, SHOWN[0]), [STRATEGY])
    return predict(strategies).rename({STRATEGY.field: "strategy"})


def undefined_words(exact: xr.Dataset) -> list[str]:
    """What has no finite mean, each reason once, with the strategies that share it."""
    reasons: dict[str, list[str]] = {}
    for strategy, reason in zip(SHOWN, exact.undefined.values.tolist(), strict=True):
        if reason:
            reasons.setdefault(reason, []).append(strategy)
    return [f"{', '.join(names)}: {reason}." for reason, names in reasons.items()]


def curves(scenario: Scenario) -> xr.Dataset:
    """Both measures under each strategy against the parameter distance of the specific block.

    ``theory`` is over (measure, strategy, distance), NaN where there is no finite mean, and
    ``crossing`` over measure, where frozen and initialized training come out the same.
    """
    distances = np.linspace(0.0, FARTHEST, FINE)
    lines = totals(family(under(scenario, SHOWN[0]), [STRATEGY, axis(DISTANCE, distances)]))
    theory = np.array([getattr(lines, measure) for measure in MEASURES])
    crossings = [crossing(distances, *by_strategy[:2]) for by_strategy in theory]
    return xr.Dataset(
        {
            "theory": (("measure", "strategy", "distance"), theory),
            "crossing": ("measure", crossings),
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
    place = float(panel.crossing)
    if math.isfinite(place):
        is_critical = bool(dataset.attrs["critical"])
        words = rf"$\delta_c = {place:.2f}$" if is_critical else f"same at {place:.2f}"
        threshold(axes, place, words, rightwards=place < FARTHEST / 2)
    axes.set_xlim(0, FARTHEST)
    axes.set_xlabel(DISTANCE_WORDS)
    axes.set_ylabel(f"{MEASURES[measure]}  {SYMBOLS[measure]}")
    figure.legend(loc="outside lower center", ncols=3, handlelength=2.2, columnspacing=1.2)
    return figure


def regimes(scenario: Scenario) -> xr.Dataset:
    """Which of frozen and initialized training forgets less: the map, over distance and n/P."""
    dataset = regime_map(
        scenario,
        axis(DISTANCE, np.linspace(0.0, FARTHEST, COARSE)),
        axis("tasks.samples", np.linspace(1, most_samples(scenario), MOST_ROWS)),
    )
    share = dataset.assign_coords(y=dataset.y / scenario.blocks.capacity)
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
    try:
        if not any(step for steps in frozen.optima.distance for step in steps):
            frozen = varied(frozen, {DISTANCE: 1.0})  # in any direction, no distance is none
        return [_critical_sentence(frozen, measure) for measure in MEASURES]
    except ScenarioError as error:
        return [f"No critical distance from closed forms: {error}."]


def _critical_sentence(frozen: Scenario, measure: str) -> str:
    words, critical = MEASURES[measure], critical_distance(frozen, measure)
    if critical is None or critical.distance < ROUNDING:
        return f"No critical distance in {words}: {_everywhere(frozen, measure)} at every distance."
    side = "below" if critical.frozen_below else "above"
    together = "" if _is_whole_distance(frozen) else " (both blocks' steps scaled together)"
    return (
        f"Critical distance in {words}: ‖δ‖ = {critical.distance:.4g}{together}; {side} it "
        "freezing the shared block is better."
    )


def _everywhere(frozen: Scenario, measure: str) -> str:
    """Which strategy is better, where that does not depend on the distance."""
    held, free = (getattr(means(under(frozen, name)), measure) for name in COMPARED)
    if abs(held - free) <= ROUNDING * (abs(held) + abs(free)):
        return "frozen and initialized training are equal"
    return "freezing is better" if held < free else "training all blocks is better"


def _is_whole_distance(scenario: Scenario) -> bool:
    """Whether the curves go along the whole parameter distance of two tasks."""
    shared = scenario.optima.distance[scenario.blocks.names.index("shared")]
    return scenario.tasks.count == 2 and not any(shared)


def check_point(scenario: Scenario, watch: Callable[[str, float], None]) -> Outcome:
    """Simulate the scenario on both engines, and put all that theory predicts to the test."""
    from update_magnitude.simulations.compilation import keep_compiled

    keep_compiled()
    return check_scenario(scenario, PROFILES["quick"], SEED, watch)


def verdict_of(outcome: Outcome) -> str:
    """The verdict on the whole: holds, refuted or inconclusive."""
    return WORDS[exit_status(outcome.verdicts)]


def verdict_line(outcome: Outcome) -> str:
    """What came of the check, in one line, with what was left out of it."""
    return " ".join([summary(outcome.verdicts), *(f"Note: {note}." for note in outcome.notes)])
