"""How the strategies of networks look, and what their figures share."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from update_magnitude.figures.style import MARK, STRATEGIES, Look
from update_magnitude.simulations.networks.metrics import interval

Numbers = NDArray[np.float64]
PERCENT = 100.0

# What the linear models have not got: darker and lighter than all others, so apart in grey too.
LOOKS = {
    **STRATEGIES,
    "hybrid-common": Look("hybrid-common", "#661144", "--", "v"),
    "hybrid-distance": Look("hybrid-distance", "#E69F00", "-", "P"),
    "hybrid-predicted": Look("hybrid-predicted", "#228833", "-.", "X"),
}


def looks(dataset: xr.Dataset) -> dict[str, Look]:
    """The looks of the strategies of a run, in its order; a schedule is grey."""
    names = [str(name) for name in dataset.strategy.values]
    return {name: LOOKS.get(name, Look(name, MARK, "-", "d")) for name in names}


def over_seeds(values: Any, possible: tuple[float, float]) -> tuple[Numbers, Numbers]:
    """Means over seeds, and how far the 95% interval reaches down and up.

    Args:
        values: [points, seeds].
        possible: the least and the most that a value can be; no interval leaves that.

    Returns:
        The means, [points], and the reach, [2, points], NaN where there is but one seed.

    Example:
        >>> mean, reach = over_seeds([[0.90, 0.98]], (0.0, 1.0))
        >>> mean.round(3).tolist(), reach.round(3).tolist()
        ([0.94], [[0.508], [0.06]])
    """
    found = [interval(np.asarray(value, float), possible) for value in values]
    mean = np.array([result.mean for result in found])
    low, high = (np.array([getattr(result, end) for result in found]) for end in ("low", "high"))
    return mean, np.stack([mean - low, high - mean])


def seeds_of(dataset: xr.Dataset) -> str:
    """How many seeds, in words."""
    count = dataset.sizes["seed"]
    return f"{count} seed{'s' if count > 1 else ''}"
