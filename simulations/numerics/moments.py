"""Means and variances of a stream of replicates, merged exactly from parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import fields

Array = NDArray[np.float64]


def enough(replicates: object) -> int:
    """A number of replicates, if it is one from which a mean has a standard error.

    Raises:
        ScenarioError: if it is no whole number, or less than 2.

    Example:
        >>> enough(np.int64(100))
        100
    """
    why = "two replicates at least, for a single one has no standard error"
    return fields.whole(fields.plain(replicates), "replicates", 2, why)


@dataclass(frozen=True)
class Moments:
    """The number, the mean and the sum of squared deviations of some replicates."""

    count: int
    mean: Array  # of any shape
    deviations: Array  # Σ (x − mean)², of the same shape

    @classmethod
    def none(cls) -> Moments:
        """The moments of no replicates."""
        return cls(0, np.zeros(()), np.zeros(()))

    @classmethod
    def of(cls, count: int, mean: Any, deviations: Any) -> Moments:
        """Moments from arrays of any kind, in float64."""
        return cls(count, np.asarray(mean, np.float64), np.asarray(deviations, np.float64))

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of replicates together (Chan, Golub and LeVeque, 1983).

        Example:
            >>> left = Moments.of(2, 1.0, 2.0)  # 0 and 2
            >>> both = left.merge(Moments.of(1, 4.0, 0.0))  # and 4
            >>> float(both.mean), float(both.deviations)
            (2.0, 8.0)
        """
        if not self.count:
            return other
        count = self.count + other.count
        gap = other.mean - self.mean
        return Moments(
            count,
            self.mean + gap * (other.count / count),
            self.deviations + other.deviations + gap**2 * (self.count * other.count / count),
        )

    @property
    def standard_error(self) -> Array:
        """The standard error of the mean; NaN for fewer than two replicates."""
        if self.count < 2:
            return np.full(np.shape(self.mean), np.nan)
        return np.asarray(np.sqrt(self.deviations / (self.count - 1) / self.count))
