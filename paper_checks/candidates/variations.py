"""The ladder: how a scenario is varied, one respect at a time, gentlest first.

Each variation tells apart predictions that may agree in the scenario itself: where all tasks have
the same samples, noise and scale it does not show which of them a formula uses, and without noise
or distance it does not show what multiplies them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.questions import Variation
from update_magnitude.scenarios import Scenario, coordinates

FAR = 12  # |m − n| beyond a threshold, where there is room: the moments of a z-test exist there
FALLBACK = 1.0  # a length where a scenario has none to go by

Numbers = NDArray[np.float64]


class Optima(NamedTuple):
    """Where the optima lie in one block; s_k = θ*_k − θ*_1."""

    norm: float  # ‖θ*_1‖²
    cross: Numbers  # ⟨θ*_1, s_k⟩, [T]
    steps: Numbers  # ⟨s_i, s_k⟩, [T, T]


def ladder(scenario: Scenario) -> list[Variation]:
    """The variations around a scenario, in the order in which they are tried.

    Args:
        scenario: of any number of tasks and blocks, whose strategy is not ``hybrid``.

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
    noise = scenario.tasks.noise
    *others, last = noise
    added = max(noise) or math.sqrt(sum(block.norm for block in _optima(scenario))) / 2 or FALLBACK
    louder = [2 * sigma if all(noise) else sigma or added for sigma in noise]
    name = "noise doubled" if all(noise) else "noise added"
    rungs = [Variation(name, {"tasks.noise": louder})]
    if any(noise):
        rungs.append(Variation("noise dropped", {"tasks.noise": [0.0] * len(noise)}))
    if any(others) and last:
        name = f"task {len(noise)} noiseless"
        rungs.append(Variation(name, {"tasks.noise": [*others, 0.0]}))
    return rungs


def _distance(scenario: Scenario) -> list[Variation]:
    """Distances from the first optimum; where there are none, every second task has one."""
    if scenario.tasks.count == 1:
        return []

    def added(block: Optima) -> Optima:
        away = np.arange(len(block.cross)) % 2
        steps = np.outer(away, away).astype(np.float64) * (block.norm or FALLBACK)
        return Optima(block.norm, 0 * block.cross, steps)

    def doubled(block: Optima) -> Optima:
        return Optima(block.norm, 2 * block.cross, 4 * block.steps)

    def nothing(block: Optima) -> Optima:
        return Optima(block.norm, 0 * block.cross, 0 * block.steps)

    if not any(block.steps.any() for block in _optima(scenario)):
        return [Variation("distance added", _moved(scenario, added))]
    return [
        Variation("distance doubled", _moved(scenario, doubled)),
        Variation("distance 0", _moved(scenario, nothing)),
    ]


def _scale(scenario: Scenario) -> list[Variation]:
    scale = scenario.updates.scale
    return [
        Variation(
            f"task {task + 1} scale halved",
            {"updates.scale": [*scale[:task], scale[task] / 2, *scale[task + 1 :]]},
        )
        for task in sorted({0, len(scale) - 1})
        if scale[task]
    ]


def _strategy(scenario: Scenario) -> list[Variation]:
    names, schedule = list(scenario.blocks.names), scenario.schedule
    if any(step.reset for step in schedule):
        return [Variation("never reset", {"updates.strategy": "initialized"})]
    if not all(all(step.trainable) for step in schedule):
        return [Variation("all blocks trained", _training(scenario, names))]
    if len(names) == 1 or len(schedule) == 1:
        return []
    specific = list(scenario.updates.specific)
    kept = specific if 0 < len(specific) < len(names) else names[-1:]
    return [Variation("blocks frozen", _training(scenario, kept))]


def _training(scenario: Scenario, later: list[str]) -> dict[str, Any]:
    """All blocks train at the first task, and some at all later ones."""
    first, others = list(scenario.blocks.names), scenario.tasks.count - 1
    return {"updates.strategy": "custom", "updates.trainable": [first, *[later] * others]}


def _direction(scenario: Scenario) -> list[Variation]:
    """Steps at 60° to the first optimum: a file that gives lengths has orthogonal ones only."""

    def tilted(block: Optima) -> Optima:
        squares = np.diag(block.steps)
        cross = np.array([math.sqrt(block.norm * square) / 2 for square in squares])
        lengths = np.sqrt(squares)
        steps = 0.75 * block.steps + 0.25 * np.outer(lengths, lengths)
        np.fill_diagonal(steps, squares)
        return Optima(block.norm, cross, steps)

    some = any(block.norm and block.steps.any() for block in _optima(scenario))
    return [Variation("step tilted", _moved(scenario, tilted))] if some else []


def _sizes(scenario: Scenario) -> list[Variation]:
    """Other samples and other blocks, in the direction in which the regimes stay the same."""
    samples = scenario.tasks.samples
    moving = [scenario.trainable_count(task) for task in range(len(samples))]
    changed = [
        _resampled(task, n, m) for task, (n, m) in enumerate(zip(samples, moving, strict=True))
    ]
    sizes = dict(zip(scenario.blocks.names, scenario.blocks.sizes, strict=True))
    grow = moving[-1] > samples[-1]
    resized = {name: 2 * size if grow else -(-size // 2) for name, size in sizes.items()}
    rungs = [Variation("samples changed", {"tasks.samples": changed})]
    if resized != sizes:
        rungs.append(Variation("blocks doubled" if grow else "blocks halved", {"blocks": resized}))
    return rungs


def _resampled(task: int, samples: int, moving: int) -> int:
    """Fewer samples where m > n, more where not; unequal at tasks that follow each other."""
    if task % 2:
        return 3 * samples // 4 or 3 if moving > samples else 3 * samples
    return samples // 2 or 2 if moving > samples else 2 * samples


def _across(scenario: Scenario) -> list[Variation]:
    """The other side of the interpolation threshold, of the last update and of the first."""
    rungs = []
    for task in sorted({scenario.tasks.count - 1, 0}, reverse=True):
        size = scenario.trainable_count(task)
        samples = list(scenario.tasks.samples)
        samples[task] = _beyond(size, samples[task])
        letter = "m" if task or size < scenario.blocks.capacity else "P"
        if size:
            name = f"task {task + 1} across {letter} = n"
            rungs.append(Variation(name, {"tasks.samples": samples}))
    return rungs


def _beyond(size: int, samples: int) -> int:
    """So many samples that the threshold, a number of parameters, lies well between, if it can."""
    return size + max(size, FAR) if size > samples else max(1, min(size // 2, size - FAR))


def _moved(scenario: Scenario, move: Callable[[Optima], Optima]) -> dict[str, Any]:
    """The change that moves the optima, block by block, given by their inner products."""
    moved = zip(scenario.blocks.names, map(move, _optima(scenario)), strict=True)
    return {"optima": {"gram": {name: _gram(block) for name, block in moved}}}


def _optima(scenario: Scenario) -> list[Optima]:
    found = []
    for points in coordinates(scenario):
        start, steps = points[0], points - points[0]
        products = np.array([[one @ other for other in steps] for one in steps], float)
        cross = np.array([start @ step for step in steps], float)
        found.append(Optima(float(start @ start), cross, products))
    return found


def _gram(block: Optima) -> list[list[float]]:
    """⟨θ*_i, θ*_k⟩ = ‖θ*_1‖² + ⟨θ*_1, s_i⟩ + ⟨θ*_1, s_k⟩ + ⟨s_i, s_k⟩."""
    gram = block.norm + (block.cross[:, None] + block.cross[None]) + block.steps
    return [list(map(float, row)) for row in gram]
