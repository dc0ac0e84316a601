"""Rates measured side by side, and of the command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Pace(NamedTuple):
    """How long to measure."""

    rounds: int  # in each of which everything is timed, one after another
    seconds: float  # that each timing takes at least


PACE = Pace(7, 0.6)

Timed = tuple[Callable[[], object], float]  # what to run, and how many steps it makes


def side_by_side(timed: Mapping[str, Timed], pace: Pace = PACE) -> dict[str, np.ndarray]:
    """Steps per second of several functions, [rounds] each, timed by turns.

    Whatever else the machine does meanwhile disturbs all of them alike: the ratio of two rates is
    taken round by round, and then its median.
    """
    for run, _ in timed.values():
        run()  # compiles
    rates = [
        {name: _per_second(run, steps, pace.seconds) for name, (run, steps) in timed.items()}
        for _ in range(pace.rounds)
    ]
    return {name: np.array([rate[name] for rate in rates]) for name in timed}


def _per_second(run: Callable[[], object], steps: float, seconds: float) -> float:
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds or not calls:
        run()
        calls += 1
    return calls * steps / elapsed


def help_seconds() -> float:
    """The least of five times that the command takes to show its help."""
    command = [sys.executable, "-m", "update_magnitude", "--help"]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def first_and_rest(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Seconds of the first call, which compiles, and the median of so many calls after it."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return taken[0], float(np.median(taken[1:]))
