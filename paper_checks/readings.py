"""Reading estimates out of the results of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from update_magnitude.paper_checks.questions import Read, Reading
from update_magnitude.simulations import Estimate, Simulation

if TYPE_CHECKING:
    from update_magnitude.simulations.reducers import Samples


def reading(measure: str, contrast: int = 0, *tasks: int) -> Read:
    """How a measure of a contrast is read: ``forgetting``, or ``risk`` of the tasks t, i from 1."""
    return partial(_of_contrast, measure, contrast, tasks)


def mean(*place: int) -> Read:
    """How one of the means is read that a measure of its own has over replicates."""
    return partial(_mean, place)


def largest_ratio(first: int, second: int, column: int) -> Read:
    """How the largest ratio over all replicates is read, of a number of two scenarios."""
    return partial(_largest_ratio, first, second, column)


def furthest_ratio(first: int, second: int, column: int) -> Read:
    """How that ratio over all replicates is read which is furthest from 1."""
    return partial(_furthest_ratio, first, second, column)


def _largest_ratio(first: int, second: int, column: int, results: Samples) -> Reading:
    return Reading(float(_ratios(first, second, column, results).max()), 0.0)


def _furthest_ratio(first: int, second: int, column: int, results: Samples) -> Reading:
    ratios = _ratios(first, second, column, results)
    return Reading(float(ratios[np.abs(ratios - 1).argmax()]), 0.0)


def _ratios(first: int, second: int, column: int, results: Samples) -> NDArray[np.float64]:
    """The ratio of a column of two scenarios in every replicate."""
    values = np.asarray(results.values, float)
    return np.asarray(values[:, first, column] / values[:, second, column])


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
