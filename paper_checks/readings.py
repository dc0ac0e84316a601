"""Reading estimates out of the results of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from update_magnitude.paper_checks.questions import Read, Reading
from update_magnitude.simulations import Estimate, Simulation


def reading(measure: str, contrast: int = 0, *tasks: int) -> Read:
    """How a measure of a contrast is read: ``forgetting``, or ``risk`` of the tasks t, i from 1."""
    return partial(_of_contrast, measure, contrast, tasks)


def mean(*place: int) -> Read:
    """How one of the means is read that a measure of its own has over replicates."""
    return partial(_mean, place)


def _of_contrast(
    measure: str, contrast: int, tasks: tuple[int, ...], results: Sequence[Simulation]
) -> Reading:
    estimate: Estimate = getattr(results[contrast], measure)
    if tasks:
        estimate = estimate.at(*(task - 1 for task in tasks))
    mean, error, rounding = estimate.mean, estimate.standard_error, np.asarray(estimate.rounding)
    return Reading(float(mean), float(error), float(rounding), bool(estimate.lost))


def _mean(place: tuple[int, ...], results: Estimate) -> Reading:
    return Reading(float(results.mean[place]), float(results.standard_error[place]))
