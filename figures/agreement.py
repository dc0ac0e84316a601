"""Whether the simulated points of a figure agree with theory, by the statistics of paper_checks.

A variable of a dataset that was simulated says in its attributes which variables have its standard
errors and its exact values: ``standard_error`` and ``exact``. Where there is no exact value, or
where a z-test is not valid, the exact value is NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.paper_checks.statistics import detectable, holm, p_value

if TYPE_CHECKING:
    import xarray as xr

Variable = tuple[str | Sequence[str], ArrayLike, dict[str, str]]  # of a dataset
TINY = float(np.finfo(float).tiny)
ROUNDING = 1e-12  # of the largest exact value, by which a point may be off in any case


@dataclass(frozen=True)
class Agreement:
    """What came of comparing the points of a figure with theory."""

    name: str
    z: NDArray[np.float64]
    resolution: NDArray[np.float64]  # deviations that would be detected, relative to the figure
    refuted: int  # points, with a family-wise error of 0.001 over all figures of a run

    def sentence(self) -> str:
        """The agreement in words."""
        if not len(self.z):
            return f"{self.name}: no points"
        verdict = f"{self.refuted} refuted" if self.refuted else "all agree with theory"
        return (
            f"{self.name}: {len(self.z)} points, |z| up to {np.abs(self.z).max():.2f}; {verdict} "
            f"(median resolution {np.median(self.resolution):.1%} of the largest value)"
        )


def compared(
    mean: ArrayLike, error: ArrayLike, exact: ArrayLike, dims: str | Sequence[str], words: str
) -> dict[str, Variable]:
    """Simulated means, errors and exact means as variables: ``words``, ``…_error``, ``…_exact``."""
    attributes = {
        "long_name": "mean over replicates",
        "standard_error": f"{words}_error",
        "exact": f"{words}_exact",
    }
    return {
        words: (dims, mean, attributes),
        f"{words}_error": (dims, error, {"long_name": "standard error of the mean"}),
        f"{words}_exact": (dims, exact, {"long_name": "exact mean"}),
    }


def agreements(datasets: Iterable[tuple[str, xr.Dataset]]) -> list[Agreement]:
    """Compare all simulated points of some figures with theory, as one family of tests."""
    points = [(name, *_points(dataset)) for name, dataset in datasets]
    refuted = iter(holm([p_value(value) for _, z, _ in points for value in z]))
    return [
        Agreement(name, z, resolution, sum(next(refuted) for _ in z))
        for name, z, resolution in points
    ]


def _points(dataset: xr.Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For every point with an exact value and a standard error: z, and the resolution."""
    z, resolution = [np.zeros(0)], [np.zeros(0)]
    for variable in dataset.data_vars.values():
        if "exact" not in variable.attrs:
            continue
        exact = np.asarray(dataset[variable.attrs["exact"]], float).ravel()
        error = np.asarray(dataset[variable.attrs["standard_error"]], float).ravel()
        known = np.isfinite(exact) & ~np.isinf(error)  # of lost digits nothing can be said
        size = np.abs(exact[known]).max(initial=0.0)
        spread = np.hypot(error[known], ROUNDING * max(size, TINY))
        off = (np.asarray(variable, float).ravel()[known] - exact[known]) / spread
        z.append(np.where(np.isfinite(off), off, np.inf))  # what is no number agrees with nothing
        resolution.append(detectable(1.0, exact[known].size) * spread / max(size, TINY))
    return np.concatenate(z), np.concatenate(resolution)
