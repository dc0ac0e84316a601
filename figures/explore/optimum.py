"""The best update magnitude for one scenario: penalty and weights, scale, blocks, strategy.

Scale, blocks and number of parameters are those of the last update, what came before stays as the
scenario has it; strategies, and the best penalties and weights, are compared over all updates: so
what these come to has the scenario as it is beside it, and what is so without the last of them. All
of it is what theory predicts: exact, or by the deterministic equivalent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from update_magnitude.figures.explore.boundaries import MEASURES, Boundary, search
from update_magnitude.figures.explore.maps import EVEN, under
from update_magnitude.figures.explore.writing import toml_of
from update_magnitude.scenarios import Scenario, ScenarioError, fields, varied
from update_magnitude.scenarios.schema import require_scenario
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.theory import best_count, best_update, drift, means

STRATEGIES = ("frozen", "initialized", "reinitialized")
MOST_BLOCKS = 6  # whose subsets are compared one by one
BEST, ANY, NO_MEAN = "best", "any", "no mean"  # what is said of a scale
COUNTED = {"forgetting": "forgetting", "risk on the last task": "second_risk", "mean": "mean"}


@dataclass(frozen=True)
class BestScale:
    """The scale of the last update at which a measure is least."""

    measure: str
    alpha: float  # unclipped; NaN if none is best
    value: float  # of the measure there
    now: float  # of the measure at the scenario's own scale
    kind: str = BEST  # or ANY, if the update changes nothing, or NO_MEAN, if no scale has one


@dataclass(frozen=True)
class BestUpdate:
    """The last update of the scenario with the best penalties and weights for a measure."""

    measure: str
    penalty: float  # λ
    weights: dict[str, float]  # ρ by block, the least of which is 1
    value: float  # of the measure, after all updates
    now: float  # of the measure under the scenario's own updates
    without: float  # of the measure where the last of the best updates is left out


@dataclass(frozen=True)
class Optimum:
    """What the update of a scenario costs, and what would cost less."""

    title: str
    costs: dict[str, dict[str, float]]  # strategy -> measure -> exact mean
    best_strategy: dict[str, str | None]  # measure -> strategy, "tie", or None without any mean
    updates: list[BestUpdate]
    scales: list[BestScale]
    blocks: dict[str, dict[str, float]]  # blocks that train at the last task -> measure -> mean
    count: dict[str, int] | None  # measure -> best m of P, were the optima spread evenly
    boundaries: list[Boundary]  # nearest first
    compared: dict[str, dict[str, str]]  # field -> measure -> "boundary", or what there is instead
    left_out: dict[str, str]  # field -> why no boundary was looked for along it
    in_place_of_hybrid: bool  # what is "now" is that of initialized training

    def document(self) -> object:
        """The optimum as it is printed in JSON: null where there is no finite mean."""
        factors = [{"factor": boundary.factor} for boundary in self.boundaries]
        pairs = zip(self.boundaries, factors, strict=True)
        return _finite(asdict(self) | {"boundaries": [asdict(one) | more for one, more in pairs]})


def optimum_of(scenario: Scenario) -> Optimum:
    """Everything about the last update of a scenario of two tasks or more.

    The strategy ``hybrid`` has no formula: initialized training stands in its place.

    Example:
        >>> from update_magnitude import scenarios
        >>> best = optimum_of(scenarios.preset("two-close-tasks"))
        >>> best.best_strategy["forgetting"], best.boundaries[0].measure
        ('frozen', 'forgetting')
    """
    require_scenario(scenario)
    if scenario.tasks.count < 2:
        raise ScenarioError(
            "tasks.count = 1: the best update weighs an old task against a new one; give at least 2"
        )
    is_hybrid = scenario.updates.strategy == "hybrid"
    decided = under(scenario, "initialized") if is_hybrid else scenario
    costs = {name: _costs(under(scenario, name)) for name in STRATEGIES}
    return Optimum(
        scenario.title,
        costs,
        {measure: _least(costs, measure) for measure in MEASURES},
        [best_constrained(decided, measure) for measure in MEASURES],
        [best_scale(decided, measure) for measure in MEASURES],
        dict(_by_blocks(decided)),
        _count(decided),
        *search(scenario),
        is_hybrid,
    )


def best_constrained(scenario: Scenario, measure: str) -> BestUpdate:
    """The last update with the best penalty and weights, and what all updates come to.

    Example:
        >>> from update_magnitude import scenarios
        >>> best = best_constrained(scenarios.preset("two-close-tasks"), "generalization")
        >>> round(best.value, 2), round(best.weights["shared"], 1)
        (2.04, 106.2)
    """
    found = best_update(scenario, measure)
    weights = {
        name: float(series[-1])
        for name, series in zip(found.blocks.names, found.updates.weights, strict=True)
    }
    idle = varied(found, {"updates.scale": [*found.updates.scale[:-1], 0.0]})
    value, now, without = (_costs(one)[measure] for one in (found, scenario, idle))
    return BestUpdate(measure, found.updates.penalty[-1], weights, value, now, without)


def write_optimum(scenario: Scenario, measure: str, path: Path) -> None:
    """Write the file of the scenario that has the best penalties and weights for a measure."""
    title = f"{scenario.title}, best for {measure}"
    found = varied(best_update(scenario, measure), {"title": title})
    write_whole(path, toml_of(found).encode())


def best_scale(scenario: Scenario, measure: str) -> BestScale:
    """The scale of the last update at which forgetting or generalization, a parabola, is least.

    Example:
        >>> from update_magnitude import scenarios
        >>> best = best_scale(scenarios.preset("two-distant-tasks"), "forgetting")
        >>> best.value <= best.now
        True
    """
    require_scenario(scenario)
    fields.choice(measure, "measure", MEASURES)
    if measure == "forgetting" and scenario.tasks.count < 2:
        raise ScenarioError("tasks.count = 1: forgetting compares tasks; give at least 2")
    before = scenario.updates.scale[:-1]
    none, half, whole, now = (
        _costs(varied(scenario, {"updates.scale": [*before, alpha]}))[measure]
        for alpha in (0.0, 0.5, 1.0, scenario.updates.scale[-1])
    )
    bend, slope = 2 * (whole - 2 * half + none), 4 * half - whole - 3 * none
    if math.isfinite(none) and not math.isfinite(whole):
        return BestScale(measure, 0.0, none, now)  # any update at all has no finite mean
    if not math.isfinite(none) and math.isfinite(whole):
        return BestScale(measure, 1.0, whole, now)  # only a whole update replaces what had no mean
    if not math.isfinite(none):  # what came before has no finite mean already
        return BestScale(measure, math.nan, none, now, NO_MEAN)
    if not bend > 0:
        return BestScale(measure, math.nan, none, now, ANY)
    alpha = -slope / (2 * bend)
    return BestScale(measure, alpha, none - slope**2 / (4 * bend), now)


def _costs(scenario: Scenario) -> dict[str, float]:
    exact = means(scenario)
    return {measure: getattr(exact, measure) for measure in MEASURES}


def _least(costs: dict[str, dict[str, float]], measure: str) -> str | None:
    """The strategy that costs least; a tie of the least is none's."""
    finite = {name: cost for name, cost in costs.items() if math.isfinite(cost[measure])}
    if not finite:
        return None
    best, *others = sorted(finite, key=lambda name: finite[name][measure])
    size = sum(cost["generalization"] for cost in finite.values())
    gaps = [finite[other][measure] - finite[best][measure] for other in others]
    return "tie" if any(gap <= EVEN * size for gap in gaps) else best


def _by_blocks(scenario: Scenario) -> Iterator[tuple[str, dict[str, float]]]:
    """What every choice of blocks for the last update costs, if they are few."""
    names = scenario.blocks.names
    if len(names) > MOST_BLOCKS or scenario.updates.strategy == "reinitialized":
        return
    before = [
        [name for name, moves in zip(names, step.trainable, strict=True) if moves]
        for step in scenario.schedule[:-1]
    ]
    updates = scenario.magnitudes | {"strategy": "custom"}
    for count in range(len(names) + 1):
        for chosen in combinations(names, count):
            trainable = {"trainable": [*before, list(chosen)]}
            cost = _costs(varied(scenario, {"updates": updates | trainable}))
            yield ", ".join(chosen) or "none", cost


def _count(scenario: Scenario) -> dict[str, int] | None:
    """The best number m of the P parameters, were drift and error spread evenly over them."""
    if scenario.updates.strategy == "reinitialized" or not scenario.is_isotropic:
        return None
    met = drift(scenario)
    given = (
        scenario.blocks.capacity,
        scenario.tasks.samples[-1],
        float(met.drift.sum()),
        float(met.overlap.sum()),
        scenario.tasks.noise[-1],
        scenario.updates.scale[-1],
    )
    if not np.isfinite(given).all():
        return None
    return {words: best_count(measure, *given).m for words, measure in COUNTED.items()}


def _finite(value: object) -> object:
    """The same with None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None
