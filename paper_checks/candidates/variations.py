"""The ladder: how a scenario is varied, one respect at a time, gentlest first.

Each variation tells apart predictions that may agree in the scenario itself: where all tasks have
the same samples, noise and scale it does not show which of them a formula uses, and without noise
or distance it does not show what multiplies them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.questions import Variation
from update_magnitude.scenarios import Scenario, coordinates

FAR = 12  # |m − n| beyond a threshold, where there is room: the moments of a z-test exist there
FALLBACK = 1.0  # a length where a scenario has none to go by

Changes = dict[str, object]  # as ``scenarios.varied`` takes them


class Optima(NamedTuple):
    """Where the optima lie in one block; s_k = θ*_k − θ*_1."""

    norm: float  # ‖θ*_1‖²
    cross: NDArray[np.float64]  # ⟨θ*_1, s_k⟩, [T]
    steps: NDArray[np.float64]  # ⟨s_i, s_k⟩, [T, T]


def ladder(scenario: Scenario) -> list[Variation]:
    """The variations around a scenario, in the order in which they are tried.

    Some may turn out to be impossible; the strategy of the scenario is not ``hybrid``.
    """
    optima = [_optima(points) for points in coordinates(scenario)]
    return [
        Variation(name, changes)
        for changed in (
            _noise(scenario, optima),
            _distance(scenario, optima),
            _scale(scenario),
            _strategy(scenario),
            _direction(scenario, optima),
            _sizes(scenario),
            _across(scenario),
        )
        for name, changes in changed
    ]


def _noise(scenario: Scenario, optima: list[Optima]) -> Iterator[tuple[str, Changes]]:
    noise = scenario.tasks.noise
    *others, last = noise
    if all(noise):
        yield "noise doubled", {"tasks.noise": [2 * sigma for sigma in noise]}
    else:
        added = max(noise) or math.sqrt(sum(block.norm for block in optima)) / 2 or FALLBACK
        yield "noise added", {"tasks.noise": [sigma or added for sigma in noise]}
    if any(noise):
        yield "noise dropped", {"tasks.noise": [0.0] * len(noise)}
    if any(others) and last:
        yield f"task {len(noise)} noiseless", {"tasks.noise": [*others, 0.0]}


def _distance(scenario: Scenario, optima: list[Optima]) -> Iterator[tuple[str, Changes]]:
    """Distances from the first optimum; where there are none, every second task has one."""
    count = scenario.tasks.count
    if any(block.steps.any() for block in optima):
        for name, factor in (("distance doubled", 2), ("distance 0", 0)):
            scaled = [
                Optima(block.norm, factor * block.cross, factor**2 * block.steps)
                for block in optima
            ]
            yield name, _moved(scenario, scaled)
    elif count > 1:
        away = np.arange(count) % 2
        apart = np.outer(away, away).astype(np.float64)
        added = [block._replace(steps=apart * (block.norm or FALLBACK)) for block in optima]
        yield "distance added", _moved(scenario, added)


def _scale(scenario: Scenario) -> Iterator[tuple[str, Changes]]:
    scale = scenario.updates.scale
    for task in sorted({0, len(scale) - 1}):
        if scale[task]:
            halved = [*scale[:task], scale[task] / 2, *scale[task + 1 :]]
            yield f"task {task + 1} scale halved", {"updates.scale": halved}


def _strategy(scenario: Scenario) -> Iterator[tuple[str, Changes]]:
    names, schedule = list(scenario.blocks.names), scenario.schedule
    if any(step.reset for step in schedule):
        yield "never reset", {"updates.strategy": "initialized"}
    elif not all(all(step.trainable) for step in schedule):
        yield "all blocks trained", _training(scenario, names)
    elif len(names) > 1 and len(schedule) > 1:
        specific = list(scenario.updates.specific)
        kept = specific if 0 < len(specific) < len(names) else names[-1:]
        yield "blocks frozen", _training(scenario, kept)


def _training(scenario: Scenario, later: list[str]) -> Changes:
    """All blocks train at the first task, and some at all later ones."""
    first, others = list(scenario.blocks.names), scenario.tasks.count - 1
    return {"updates.strategy": "custom", "updates.trainable": [first, *[later] * others]}


def _direction(scenario: Scenario, optima: list[Optima]) -> Iterator[tuple[str, Changes]]:
    """Steps at 60° to the first optimum: a file that gives lengths has orthogonal ones only."""
    if any(block.norm and block.steps.any() for block in optima):
        yield "step tilted", _moved(scenario, map(_tilted, optima))


def _tilted(block: Optima) -> Optima:
    squares = np.diag(block.steps)
    lengths = np.sqrt(squares)
    steps = 0.75 * block.steps + 0.25 * np.outer(lengths, lengths)
    np.fill_diagonal(steps, squares)
    return Optima(block.norm, np.sqrt(block.norm * squares) / 2, steps)


def _sizes(scenario: Scenario) -> Iterator[tuple[str, Changes]]:
    """Other samples and other blocks, in the direction in which the regimes stay the same."""
    samples = scenario.tasks.samples
    moving = [scenario.trainable_count(task) for task in range(len(samples))]
    changed = []
    for task, (n, m) in enumerate(zip(samples, moving, strict=True)):
        if task % 2:  # unequal at tasks that follow each other
            changed.append(3 * n // 4 or 3 if m > n else 3 * n)
        else:
            changed.append(n // 2 or 2 if m > n else 2 * n)
    yield "samples changed", {"tasks.samples": changed}
    sizes = dict(zip(scenario.blocks.names, scenario.blocks.sizes, strict=True))
    grow = moving[-1] > samples[-1]
    resized = {name: 2 * size if grow else -(-size // 2) for name, size in sizes.items()}
    if resized != sizes:
        yield "blocks doubled" if grow else "blocks halved", {"blocks": resized}


def _across(scenario: Scenario) -> Iterator[tuple[str, Changes]]:
    """The other side of the interpolation threshold, of the last update and of the first."""
    for task in sorted({scenario.tasks.count - 1, 0}, reverse=True):
        size, samples = scenario.trainable_count(task), list(scenario.tasks.samples)
        if size > samples[task]:  # the threshold lies well between, if it can
            samples[task] = size + max(size, FAR)
        else:
            samples[task] = max(1, min(size // 2, size - FAR))
        letter = "m" if task or size < scenario.blocks.capacity else "P"
        if size:
            yield f"task {task + 1} across {letter} = n", {"tasks.samples": samples}


def _optima(points: NDArray[np.longdouble]) -> Optima:
    start, steps = points[0], points - points[0]
    products = np.array([[one @ other for other in steps] for one in steps], float)
    cross = np.array([start @ step for step in steps], float)
    return Optima(float(start @ start), cross, products)


def _moved(scenario: Scenario, optima: Iterable[Optima]) -> Changes:
    """The change that moves the optima, block by block, given by their inner products.

    ⟨θ*_i, θ*_k⟩ = ‖θ*_1‖² + ⟨θ*_1, s_i⟩ + ⟨θ*_1, s_k⟩ + ⟨s_i, s_k⟩.
    """
    grams = [
        (block.norm + (block.cross[:, None] + block.cross[None]) + block.steps).tolist()
        for block in optima
    ]
    return {"optima": {"gram": dict(zip(scenario.blocks.names, grams, strict=True))}}
