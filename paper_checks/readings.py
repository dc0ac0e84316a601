"""Reading estimates out of what an experiment of scenarios found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from update_magnitude.paper_checks.questions import Read, Reading
from update_magnitude.simulations import Estimate, Simulation

Pick = Callable[[Simulation], Estimate]


def forgetting(place: int = 0) -> Read:
    """F_T of a scenario, or of a contrast, of an experiment."""
    return partial(_read, _forgetting, place)


def generalization(place: int = 0) -> Read:
    """G_T."""
    return partial(_read, _generalization, place)


def learning_error(place: int = 0) -> Read:
    """L_T."""
    return partial(_read, _learning_error, place)


def risk(t: int, i: int, place: int = 0) -> Read:
    """R_i(θ_t), both counted from 1."""
    return partial(_read, partial(_risk, t - 1, i - 1), place)


def signal(t: int, place: int = 0) -> Read:
    """What the hybrid strategy held against its threshold at task t, counted from 1."""
    return partial(_read, partial(_signal, t - 1), place)


def _read(pick: Pick, place: int, results: Sequence[Simulation]) -> Reading:
    """An estimate as it is judged."""
    estimate = pick(results[place])
    return Reading(
        float(estimate.mean),
        float(estimate.standard_error),
        float(np.asarray(estimate.rounding)),
        bool(estimate.lost),
    )


def _forgetting(found: Simulation) -> Estimate:
    if found.forgetting is None:
        raise ValueError("a single task has no forgetting")
    return found.forgetting


def _generalization(found: Simulation) -> Estimate:
    return found.generalization


def _learning_error(found: Simulation) -> Estimate:
    return found.learning_error


def _risk(t: int, i: int, found: Simulation) -> Estimate:
    return found.risk.at(t, i)


def _signal(t: int, found: Simulation) -> Estimate:
    if found.decisions is None:
        raise ValueError("only the hybrid strategy has signals")
    return Estimate(found.decisions.signal.mean[t], found.decisions.signal.standard_error[t])
