"""Rates measured side by side, and of the command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

ROUNDS = 7  # in each of which everything is timed, one after another
SECONDS = 0.6  # that each timing takes at least

Timed = tuple[Callable[[], Any], float]  # what to run, and how many steps it makes


def side_by_side(timed: Mapping[str, Timed]) -> dict[str, np.ndarray]:
    """Steps per second of several functions, [ROUNDS] each, timed by turns.

    Whatever else the machine does meanwhile disturbs all of them alike: the ratio of two rates is
    taken round by round, and then its median.
    """
    for run, _ in timed.values():
        run()  # compiles
    rates = [{name: _per_second(*of) for name, of in timed.items()} for _ in range(ROUNDS)]
    return {name: np.array([rate[name] for rate in rates]) for name in timed}


def _per_second(run: Callable[[], Any], steps: float) -> float:
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < SECONDS:
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
