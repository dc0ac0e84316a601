"""The best update magnitude for one scenario: scale, blocks, strategy, and the next boundary.

Scale, blocks and number of parameters are those of the last update, what came before stays as the
scenario has it; strategies are compared over all updates. All of it is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from figures.explore.maps import EVEN, means_under, under
from scenarios import Scenario, ScenarioError, varied
from theory import Axis, axis, best_count, drift, predict
from theory.grids import WHOLE

MEASURES = ("forgetting", "generalization")
STRATEGIES = ("frozen", "initialized", "reinitialized")
MOST_BLOCKS = 6  # whose subsets are compared one by one
REACH = (30.0, 10.0, 3.0, 1.5)  # factors within which a boundary is looked for, the first possible
FROM_ZERO = 3.0  # up to where it is looked for along a field that is 0
POINTS = 241  # of each look, and of the closer one that follows
MOST = 100_000  # whole numbers that are looked at one by one


@dataclass(frozen=True)
class BestScale:
    """The scale of the last update at which a measure is least."""

    measure: str
    alpha: float  # unclipped; NaN if the update changes nothing
    value: float  # of the measure there
    now: float  # of the measure at the scenario's own scale


@dataclass(frozen=True)
class Boundary:
    """Where, along one field, the better of frozen and initialized training changes."""

    measure: str
    field: str
    now: float
    last: float  # the furthest value looked at where the one that is better now still is
    there: float  # where the other is; of whole numbers the first
    winner_beyond: str

    @property
    def factor(self) -> float:
        """By which the field is multiplied to get there; infinite from 0."""
        return self.there / self.now if self.now else math.inf


@dataclass(frozen=True)
class Optimum:
    """What the update of a scenario costs, and what would cost less."""

    title: str
    costs: dict[str, dict[str, float]]  # strategy -> measure -> exact mean
    best_strategy: dict[str, str | None]  # measure -> strategy, "tie", or None without any mean
    scales: list[BestScale]
    blocks: dict[str, dict[str, float]]  # blocks that train at the last task -> measure -> mean
    count: dict[str, int] | None  # measure -> best m of P, were the optima spread evenly
    boundaries: list[Boundary]  # nearest first

    def document(self) -> dict[str, Any]:
        """The optimum as it is printed in JSON: null where there is no finite mean."""
        found = asdict(self)
        found["boundaries"] = [asdict(of) | {"factor": of.factor} for of in self.boundaries]
        finite: dict[str, Any] = _finite(found)
        return finite


def best_update(scenario: Scenario) -> Optimum:
    """Everything about the last update of a scenario.

    Args:
        scenario: of two tasks or more; of the strategy ``hybrid`` the two standard strategies
            that it chooses from are compared.

    Raises:
        ScenarioError: if there is one task only.

    Example:
        >>> import scenarios
        >>> found = best_update(scenarios.preset("two-close-tasks"))
        >>> found.best_strategy["forgetting"], found.boundaries[0].measure
        ('frozen', 'forgetting')
    """
    if scenario.tasks.count < 2:
        raise ScenarioError("tasks.count = 1: the best update weighs an old task against a new one")
    decided = under(scenario, "initialized") if _is_hybrid(scenario) else scenario
    costs = {name: _costs(under(scenario, name)) for name in STRATEGIES}
    return Optimum(
        scenario.title,
        costs,
        {measure: _least(costs, measure) for measure in MEASURES},
        [best_scale(decided, measure) for measure in MEASURES],
        dict(_by_blocks(decided)),
        _count(decided),
        boundaries(scenario),
    )


def best_scale(scenario: Scenario, measure: str) -> BestScale:
    """The scale of the last update at which a measure, a parabola in it, is least.

    Example:
        >>> import scenarios
        >>> found = best_scale(scenarios.preset("two-distant-tasks"), "forgetting")
        >>> found.value <= found.now
        True
    """
    before = scenario.updates.scale[:-1]
    at = [
        getattr(predict(varied(scenario, {"updates.scale": [*before, alpha]})), measure)
        for alpha in (0.0, 0.5, 1.0, scenario.updates.scale[-1])
    ]
    none, half, whole, now = at
    if math.isfinite(none) and not math.isfinite(whole):
        return BestScale(measure, 0.0, none, now)  # any update at all has no finite mean
    bend, slope = 2 * (whole - 2 * half + none), 4 * half - whole - 3 * none
    if not bend > 0:
        return BestScale(measure, math.nan, none, now)
    alpha = -slope / (2 * bend)
    return BestScale(measure, alpha, none - slope**2 / (4 * bend), now)


def boundaries(scenario: Scenario) -> list[Boundary]:
    """Along every field, where the better of frozen and initialized training changes.

    Args:
        scenario: of two tasks or more.

    Returns:
        The nearest change along each field that has one, by factor, nearest first.
    """
    found = [
        boundary
        for key, now in _fields(scenario)
        for measure in MEASURES
        if (boundary := _along(scenario, key, now, measure)) is not None
    ]
    return sorted(found, key=_distance)


def _distance(of: Boundary) -> float:
    return abs(math.log(of.factor)) if of.now else math.inf


def _is_hybrid(scenario: Scenario) -> bool:
    return scenario.updates.strategy == "hybrid"


def _costs(scenario: Scenario) -> dict[str, float]:
    found = predict(scenario)
    return {measure: getattr(found, measure) for measure in MEASURES}


def _least(costs: dict[str, dict[str, float]], measure: str) -> str | None:
    """The strategy that costs least; a tie of the least is none's."""
    finite = {name: of for name, of in costs.items() if math.isfinite(of[measure])}
    if not finite:
        return None
    best, *others = sorted(finite, key=lambda name: finite[name][measure])
    size = sum(of["generalization"] for of in finite.values())
    even = [o for o in others if finite[o][measure] - finite[best][measure] <= EVEN * size]
    return "tie" if even else best


def _by_blocks(scenario: Scenario) -> Iterator[tuple[str, dict[str, float]]]:
    """What every choice of blocks for the last update costs, if they are few."""
    names = scenario.blocks.names
    if len(names) > MOST_BLOCKS or scenario.updates.strategy == "reinitialized":
        return
    before = [
        [name for name, moves in zip(names, step.trainable, strict=True) if moves]
        for step in scenario.schedule[:-1]
    ]
    scale = list(scenario.updates.scale)
    for count in range(len(names) + 1):
        for chosen in combinations(names, count):
            updates = {
                "strategy": "custom",
                "scale": scale,
                "trainable": [*before, list(chosen)],
            }
            yield ", ".join(chosen) or "none", _costs(varied(scenario, {"updates": updates}))


def _count(scenario: Scenario) -> dict[str, int] | None:
    """The best number m of the P parameters, were drift and error spread evenly over them."""
    if scenario.updates.strategy == "reinitialized":
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
    names = {"forgetting": "forgetting", "risk on the last task": "second_risk", "mean": "mean"}
    return {words: best_count(measure, *given).m for words, measure in names.items()}


def _fields(scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Fields that are one number, with what it is."""
    names, optima = scenario.blocks.names, scenario.optima
    rows: dict[str, tuple[float, ...]] = {
        "tasks.samples": scenario.tasks.samples,
        "tasks.noise": scenario.tasks.noise,
    }
    if optima.gram is None:
        rows |= {
            f"optima.distance.{name}": steps
            for name, steps in zip(names, optima.distance, strict=True)
        }
        rows |= {
            f"optima.norm.{name}": (norm,) for name, norm in zip(names, optima.norm, strict=True)
        }
    rows |= {
        f"blocks.{name}": (size,) for name, size in zip(names, scenario.blocks.sizes, strict=True)
    }
    for key, values in rows.items():
        if len(set(values)) == 1:
            yield key, float(values[0])


def _along(scenario: Scenario, key: str, now: float, measure: str) -> Boundary | None:
    """The change nearest to where the scenario is, along one field."""
    found = None
    for end in _ends(scenario, key, now):
        line = axis(
            key, np.linspace(now, end, POINTS) if not now else np.geomspace(now, end, POINTS)
        )
        there = _change(scenario, line, measure, now)
        if there is not None:
            closer = _change(scenario, _between(key, there[0], there[1]), measure, there[0])
            last, first, winner = closer or there
            at = first if WHOLE.fullmatch(key) else (last + first) / 2
            boundary = Boundary(measure, key, now, last, at, winner)
            if found is None or _distance(boundary) < _distance(found):
                found = boundary
    return found


def _between(key: str, last: float, first: float) -> Axis:
    """A closer look: all whole numbers between two, or as many values as before."""
    low, high = sorted((last, first))
    if WHOLE.fullmatch(key):
        return axis(key, np.arange(low, high + 1) if high - low < MOST else [low, high])
    return axis(key, np.linspace(low, high, POINTS))


def _ends(scenario: Scenario, key: str, now: float) -> Iterator[float]:
    """How far one can go on either side."""
    sides = [list(REACH), [1 / factor for factor in REACH]]
    for factors in sides if now else [[FROM_ZERO]]:
        for factor in factors:
            end = factor * now if now else factor
            value: Any = max(1, round(end)) if WHOLE.fullmatch(key) else end
            if value == now:
                continue
            try:
                varied(scenario, {key: value})
            except ScenarioError:
                continue
            yield float(value)
            break


def _change(
    scenario: Scenario, line: Axis, measure: str, start: float
) -> tuple[float, float, str] | None:
    """The two values, nearer one first, between which the winner changes, and the new one."""
    if len(line.values) < 2:
        return None
    (frozen, initialized), size = means_under(scenario, ("frozen", "initialized"), [line], measure)
    gap = frozen - initialized
    gap = np.where(np.abs(gap) <= EVEN * size, 0.0, gap)
    order = np.argsort(np.abs(line.values - start))
    values, signs = line.values[order], np.sign(gap[order])
    known = np.isfinite(signs) & (signs != 0)
    values, signs = values[known], signs[known]
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    if not len(changes):
        return None
    at = int(changes[0])
    winner = "frozen" if signs[at + 1] < 0 else "initialized"
    return float(values[at]), float(values[at + 1]), winner


def _finite(value: Any) -> Any:
    """The same with None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _finite(of) for key, of in value.items()}
    if isinstance(value, list):
        return [_finite(of) for of in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None
