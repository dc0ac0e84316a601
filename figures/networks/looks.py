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


def over_seeds(values: Any) -> tuple[Numbers, Numbers]:
    """Means over seeds, and how far the 95% interval reaches to either side.

    Args:
        values: [points, seeds].

    Returns:
        Both [points]; the reach is NaN where there is but one seed.

    Example:
        >>> mean, reach = over_seeds([[1.0, 2.0, 3.0]])
        >>> mean.tolist(), reach.round(3).tolist()
        ([2.0], [2.484])
    """
    found = [interval(np.asarray(of, float)) for of in values]
    return np.array([of.mean for of in found]), np.array([of.high - of.mean for of in found])


def seeds_of(dataset: xr.Dataset) -> str:
    """How many seeds, in words."""
    count = dataset.sizes["seed"]
    return f"{count} seed{'s' if count > 1 else ''}"
