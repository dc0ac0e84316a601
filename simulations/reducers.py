"""Reducers: what becomes of the numbers that a measure reads, moments or the numbers themselves."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

import jax
import jax.numpy as jnp
import numpy as np

from update_magnitude.simulations.numerics.moments import Array, Moments, Tree
from update_magnitude.simulations.results import Estimate

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

LARGEST = 2**27  # numbers kept: 1 GiB


@runtime_checkable
class Part(Protocol):
    """What some replicates were reduced to."""

    @property
    def count(self) -> int:
        """How many replicates."""

    def merge(self, other: Any) -> Any:
        """The same of both sets of replicates together."""


PartT = TypeVar("PartT", bound=Part)
ResultT = TypeVar("ResultT", covariant=True)


class Reducer(ABC, Generic[PartT, ResultT]):
    """First on the device, unit by unit; then on the host, where units are merged in their order.

    Two reducers are equal where the same program serves both.
    """

    @abstractmethod
    def reduce(self, values: Tree, count: jax.Array) -> Tree:
        """What leaves the device of one unit, of which the first ``count`` replicates count."""

    @abstractmethod
    def collect(self, count: int, unit: Tree) -> PartT:
        """The same on the host."""

    @abstractmethod
    def mean(self, count: int, unit: Tree) -> Array:
        """The mean of all that is read from one unit."""

    @abstractmethod
    def results(self, part: PartT, rounding: Array | float) -> ResultT:
        """What is reported of all replicates, with how far rounding may have moved each mean."""

    def require(self, replicates: int, shapes: Callable[[], Tree]) -> None:
        """Refuse more replicates than there is room for; ``shapes`` are those read from a unit."""


AnyReducer: TypeAlias = Reducer[Any, Any]


@dataclass(frozen=True)
class Averages(Reducer[Moments, Estimate]):
    """Means with their standard errors."""

    def reduce(
        self, values: Float[jax.Array, "replicates *numbers"], count: Int[jax.Array, ""]
    ) -> tuple[Float[jax.Array, "*numbers"], Float[jax.Array, "*numbers"]]:
        """Mean and summed squared deviations."""
        return moments(values, count)

    def collect(
        self, count: int, unit: tuple[Float[np.ndarray, "*numbers"], Float[np.ndarray, "*numbers"]]
    ) -> Moments:
        """The moments, in float64."""
        return Moments.of(count, *unit)

    def mean(
        self, count: int, unit: tuple[Float[np.ndarray, "*numbers"], Float[np.ndarray, "*numbers"]]
    ) -> Float64[Array, "*numbers"]:
        """The first of the moments."""
        return np.asarray(unit[0], float)

    def results(self, part: Moments, rounding: Array | float) -> Estimate:
        """Means over all replicates."""
        return Estimate(part.mean, part.standard_error, rounding)


class Samples(NamedTuple):
    """What was read from every replicate."""

    values: Tree  # [replicates, ...], or several such arrays
    rounding: Array | float  # how far rounding may move the mean of each, where it is known


@dataclass(frozen=True)
class Kept:
    """The values of some replicates, unit by unit."""

    count: int
    units: tuple[Tree, ...]

    def merge(self, other: Kept) -> Kept:
        """Those of both; they are joined when they are read."""
        return Kept(self.count + other.count, self.units + other.units)


@dataclass(frozen=True)
class Replicates(Reducer[Kept, Samples]):
    """What is read from every replicate, for questions about distributions."""

    columns: tuple[int, ...] | None = None  # of the last axis, that are kept; all, if not given

    def reduce(self, values: Tree, count: jax.Array) -> Tree:
        """All of it."""
        return values

    def collect(self, count: int, unit: Tree) -> Kept:
        """The columns that are kept, of the replicates that count."""
        return Kept(count, (jax.tree.map(lambda values: self._columns(values[:count]), unit),))

    def mean(self, count: int, unit: Tree) -> Array:
        """The mean of all columns."""
        mean: Array = np.asarray(unit[:count], float).mean(0)
        return mean

    def results(self, part: Kept, rounding: Array | float) -> Samples:
        """The values of all replicates."""
        joined = jax.tree.map(lambda *units: np.concatenate(units), *part.units)
        known = self._columns(rounding) if isinstance(rounding, np.ndarray) else rounding
        return Samples(joined, known)

    def require(self, replicates: int, shapes: Callable[[], Tree]) -> None:
        """Refuse more than ``LARGEST`` numbers, with a ``ValueError``."""
        if self.columns is None:
            each = sum(math.prod(leaf.shape[1:]) for leaf in jax.tree.leaves(shapes()))
        else:
            each = len(self.columns)
        if replicates * each > LARGEST:
            raise ValueError(f"{replicates} replicates of {each} numbers: more than are kept")

    def _columns(self, values: Array) -> Array:
        return values if self.columns is None else values[..., list(self.columns)]


def moments(
    values: Float[jax.Array, "replicates *numbers"], count: Int[jax.Array, ""] | int
) -> tuple[Float[jax.Array, "*numbers"], Float[jax.Array, "*numbers"]]:
    """Mean and summed squared deviations of the first ``count`` replicates."""
    counts = (jnp.arange(len(values)) < count).reshape(-1, *[1] * (values.ndim - 1))
    mean = jnp.where(counts, values, 0.0).sum(0) / jnp.maximum(count, 1)
    return mean, jnp.where(counts, (values - mean[None]) ** 2, 0.0).sum(0)
