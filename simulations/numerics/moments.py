"""Means and variances of a stream of replicates, merged exactly from parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.scenarios import fields

if TYPE_CHECKING:
    from jaxtyping import Float64

Array = NDArray[np.float64]
Tree: TypeAlias = Any  # arrays in tuples, lists or named tuples, as jax takes them


def enough(replicates: object) -> int:
    """A number of replicates, if it is whole and at least 2; else a ScenarioError."""
    why = "two replicates at least, for a single one has no standard error"
    return fields.whole(fields.plain(replicates), "replicates", 2, why)


@dataclass(frozen=True)
class Moments:
    """The number, the mean and the sum of squared deviations of some replicates."""

    count: int
    mean: Float64[Array, "*numbers"]
    deviations: Float64[Array, "*numbers"]  # Σ (x − mean)²

    @classmethod
    def of(cls, count: int, mean: ArrayLike, deviations: ArrayLike) -> Moments:
        """Moments from arrays of any kind, in float64."""
        return cls(count, np.asarray(mean, np.float64), np.asarray(deviations, np.float64))

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of replicates together (Chan, Golub and LeVeque, 1983)."""
        count = self.count + other.count
        gap = other.mean - self.mean
        return Moments(
            count,
            self.mean + gap * (other.count / count),
            self.deviations + other.deviations + gap**2 * (self.count * other.count / count),
        )

    @property
    def standard_error(self) -> Float64[Array, "..."]:
        """The standard error of the mean; NaN for fewer than two replicates."""
        if self.count < 2:
            return np.full(np.shape(self.mean), np.nan)
        return np.asarray(np.sqrt(self.deviations / (self.count - 1) / self.count))
