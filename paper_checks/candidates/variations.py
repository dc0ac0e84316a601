"""The ladder: how a scenario of two tasks is varied, one respect at a time, gentlest first.

Each variation tells apart formulas that may agree in the scenario itself: where both tasks have
the same samples, noise and scale it does not show which of them a formula uses, and without noise
or distance it does not show what multiplies them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from update_magnitude.paper_checks.questions import Variation
from update_magnitude.scenarios import Scenario, coordinates

FAR = 12  # |m − n| beyond a threshold, where there is room: the moments of a z-test exist there
FALLBACK = 1.0  # a length where a scenario has none to go by


class Optima(NamedTuple):
    """Where the two optima lie in one block."""

    norm: float  # ‖θ*_1‖²
    cross: float  # ⟨θ*_1, δ⟩
    step: float  # ‖δ‖²


def ladder(scenario: Scenario) -> list[Variation]:
    """The variations around a scenario, in the order in which they are tried.

    Args:
        scenario: two tasks, the first training all blocks.

    Returns:
        Changes of the scenario; some may turn out to be impossible.

    Example:
        >>> from update_magnitude import scenarios
        >>> [of.name for of in ladder(scenarios.preset("two-distant-tasks"))][:3]
        ['noise doubled', 'noise dropped', 'task 2 noiseless']
    """
    return [
        *_noise(scenario),
        *_distance(scenario),
        *_scale(scenario),
        *_strategy(scenario),
        *_direction(scenario),
        *_sizes(scenario),
        *_across(scenario),
    ]


def _noise(scenario: Scenario) -> list[Variation]:
    first, second = noise = scenario.tasks.noise
    added = max(noise) or math.sqrt(sum(of.norm for of in _optima(scenario))) / 2 or FALLBACK
    louder = [2 * of if all(noise) else of or added for of in noise]
    name = "noise doubled" if all(noise) else "noise added"
    rungs = [Variation(name, {"tasks.noise": louder})]
    if any(noise):
        rungs.append(Variation("noise dropped", {"tasks.noise": [0.0, 0.0]}))
    if first and second:
        rungs.append(Variation("task 2 noiseless", {"tasks.noise": [first, 0.0]}))
    return rungs


def _distance(scenario: Scenario) -> list[Variation]:
    if not any(of.step for of in _optima(scenario)):
        added = _moved(scenario, lambda of: Optima(of.norm, 0.0, of.norm or FALLBACK))
        return [Variation("distance added", added)]
    doubled = _moved(scenario, lambda of: Optima(of.norm, 2 * of.cross, 4 * of.step))
    nothing = _moved(scenario, lambda of: Optima(of.norm, 0.0, 0.0))
    return [Variation("distance doubled", doubled), Variation("distance 0", nothing)]


def _scale(scenario: Scenario) -> list[Variation]:
    first, second = scenario.updates.scale
    rungs = [
        Variation("task 1 scale halved", {"updates.scale": [first / 2, second]}),
        Variation("task 2 scale halved", {"updates.scale": [first, second / 2]}),
    ]
    return [rung for rung, scale in zip(rungs, (first, second), strict=True) if scale]


def _strategy(scenario: Scenario) -> list[Variation]:
    names, moves = list(scenario.blocks.names), scenario.step(1).trainable
    if not all(moves):
        return [Variation("all blocks trained", _training(names, names))]
    if len(names) == 1:
        return []
    specific = list(scenario.updates.specific)
    kept = specific if 0 < len(specific) < len(names) else names[-1:]
    return [Variation("blocks frozen", _training(names, kept))]


def _training(first: list[str], second: list[str]) -> dict[str, Any]:
    return {"updates.strategy": "custom", "updates.trainable": [first, second]}


def _direction(scenario: Scenario) -> list[Variation]:
    """Steps at 60° to the first optimum: a file that gives lengths has orthogonal ones only."""

    def tilted(of: Optima) -> Optima:
        return of._replace(cross=math.sqrt(of.norm * of.step) / 2)

    some = any(of.norm and of.step for of in _optima(scenario))
    return [Variation("step tilted", _moved(scenario, tilted))] if some else []


def _sizes(scenario: Scenario) -> list[Variation]:
    """Other samples and other blocks, in the direction in which the regimes stay the same."""
    (n_1, n_2), (size_1, size_2) = scenario.tasks.samples, _trained(scenario)
    fewer_1, fewer_2 = n_1 // 2 or 2, 3 * n_2 // 4 or 3  # unequal, to tell n_1 from n_2
    samples = [fewer_1 if size_1 > n_1 else 2 * n_1, fewer_2 if size_2 > n_2 else 3 * n_2]
    sizes = dict(zip(scenario.blocks.names, scenario.blocks.sizes, strict=True))
    grow = size_2 > n_2
    resized = {name: 2 * size if grow else -(-size // 2) for name, size in sizes.items()}
    rungs = [Variation("samples changed", {"tasks.samples": samples})]
    if resized != sizes:
        rungs.append(Variation("blocks doubled" if grow else "blocks halved", {"blocks": resized}))
    return rungs


def _across(scenario: Scenario) -> list[Variation]:
    """The other side of the interpolation threshold, of one update and of the other."""
    (n_1, n_2), (size_1, size_2) = scenario.tasks.samples, _trained(scenario)
    first = Variation("task 1 across P = n", {"tasks.samples": [_beyond(size_1, n_1), n_2]})
    second = Variation("task 2 across m = n", {"tasks.samples": [n_1, _beyond(size_2, n_2)]})
    return [second, first] if size_2 else [first]


def _beyond(size: int, samples: int) -> int:
    """So many samples that the threshold, a number of parameters, lies well between, if it can."""
    return size + max(size, FAR) if size > samples else max(1, min(size // 2, size - FAR))


def _trained(scenario: Scenario) -> tuple[int, int]:
    """P and m."""
    return scenario.blocks.capacity, scenario.trainable_count(1)


def _moved(scenario: Scenario, move: Callable[[Optima], Optima]) -> dict[str, Any]:
    """The change that moves the optima, block by block, given by their inner products."""
    moved = zip(scenario.blocks.names, map(move, _optima(scenario)), strict=True)
    return {"optima": {"gram": {name: _gram(of) for name, of in moved}}}


def _optima(scenario: Scenario) -> list[Optima]:
    found = []
    for start, end in coordinates(scenario):
        step = end - start
        found.append(Optima(float(start @ start), float(start @ step), float(step @ step)))
    return found


def _gram(of: Optima) -> list[list[float]]:
    """⟨θ*_i, θ*_j⟩ of two optima."""
    between = of.norm + of.cross
    return [[of.norm, between], [between, of.norm + 2 * of.cross + of.step]]
