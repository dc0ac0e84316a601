"""How the points of a sweep are cut into pieces of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from update_magnitude.scenarios import Scenario, ScenarioError
from update_magnitude.simulations.engines import engine as engine_of
from update_magnitude.simulations.engines import is_hybrid
from update_magnitude.simulations.resources import MEMORY
from update_magnitude.simulations.simulation import Experiment
from update_magnitude.simulations.sweeps.grid import Point

# How many points share their draws. The dense engine spends most of its time on drawing features
# and on solving for what they have in common; the law engine has next to nothing to share.
TOGETHER = {"dense": 16, "law": 1}


@dataclass(frozen=True)
class Piece:
    """Points that are simulated together and kept one after another."""

    number: int  # the same in every run of a sweep
    points: tuple[Point, ...]
    cost: float  # normal variates per replicate, which its points share


def pieces(points: Sequence[Point]) -> list[Piece]:
    """All points in pieces, the most costly first, so that processes end at about the same time.

    They depend on the sweep alone, and not on what is done already: so neither do the numbers.

    Args:
        points: of a whole sweep.
    """
    parts = [part for alike in _alike(points) for part in _parts(alike)]
    costs = [_cost(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda number: -costs[number])
    return [Piece(number, tuple(parts[number]), costs[number]) for number in order]


def _alike(points: Sequence[Point]) -> list[list[Point]]:
    """Points of the same engine, blocks and samples, whose updates are all decided or all given."""
    groups: dict[Any, list[Point]] = {}
    for point in points:
        scenario = point.scenario
        key = (point.engine, scenario.blocks.sizes, scenario.tasks.samples, is_hybrid([scenario]))
        groups.setdefault(key, []).append(point)
    return list(groups.values())


def _parts(points: Sequence[Point]) -> list[Sequence[Point]]:
    """As few parts of about the same length as there must be."""
    count = ceil(len(points) / _together(points[0]))
    ends = np.linspace(0, len(points), count + 1).round().astype(int).tolist()
    return [points[start:end] for start, end in pairwise(ends)]


def _together(point: Point) -> int:
    """How many points like this one run together, for which there is memory.

    That is the usual memory, whatever may be used: on how many they are depend last digits.
    """
    most = TOGETHER[point.engine]
    while most > 1 and not _fits([point.scenario] * most, point.engine):
        most //= 2
    return most


def _fits(scenarios: Sequence[Scenario], engine: str) -> bool:
    try:
        Experiment(scenarios, seed=0, engine=engine, memory=MEMORY)
    except ScenarioError:
        return False
    return True


def _cost(points: Sequence[Point]) -> float:
    scenarios = [point.scenario for point in points]
    shape = engine_of(points[0].engine, scenarios).shape_of(scenarios)
    return float(shape.normals)
