"""How the points of a sweep are cut into pieces of work."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from math import ceil
from typing import NamedTuple

import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.resources import MEMORY
from update_magnitude.simulations.simulation import Experiment, alike
from update_magnitude.simulations.sweeps.grid import Point

# How many points share their draws. The dense engine spends most of its time on drawing features
# and on solving for what they have in common; the law engine has next to nothing to share.
TOGETHER = {"dense": 16, "law": 1}


class Piece(NamedTuple):
    """Points that are simulated together and kept one after another."""

    number: int  # the same in every run of a sweep
    points: tuple[Point, ...]
    cost: float  # normal variates per replicate, which its points share


def pieces(points: Sequence[Point]) -> list[Piece]:
    """All points of a sweep in pieces, the most costly first, so that processes end together.

    They depend on the sweep alone, and not on what is done already: so neither do the numbers.
    """
    parts = [
        part
        for engine, of_engine in groupby(points, lambda point: point.engine)
        for part in _parts(engine, list(of_engine))
    ]
    costs = [_experiment(part[:1], part[0].engine).normals for part in parts]
    order = sorted(range(len(parts)), key=lambda number: -costs[number])
    return [Piece(number, tuple(parts[number]), float(costs[number])) for number in order]


def _parts(engine: str, points: Sequence[Point]) -> list[list[Point]]:
    """Points that can run together, in as few parts of about one length as there must be."""
    parts = []
    for places in alike([point.scenario for point in points], engine):
        group = [points[place] for place in places]
        count = ceil(len(group) / _together(engine, group[0]))
        ends = np.linspace(0, len(group), count + 1).round().astype(int).tolist()
        parts += [group[start:end] for start, end in pairwise(ends)]
    return parts


def _together(engine: str, point: Point) -> int:
    """How many points like this one run together, for which there is memory.

    That is the usual memory, whatever may be used: on how many they are depend last digits.
    """
    most = TOGETHER[engine]
    while most > 1:
        try:
            _experiment([point] * most, engine)
        except ScenarioError:
            most //= 2
        else:
            break
    return most


def _experiment(points: Sequence[Point], engine: str) -> Experiment:
    return Experiment([point.scenario for point in points], seed=0, engine=engine, memory=MEMORY)
