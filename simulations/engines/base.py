"""What every engine offers, and what comes out of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
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
from numpy.typing import ArrayLike, DTypeLike

from update_magnitude.scenarios import Scenario
from update_magnitude.scenarios.keys import SIGNALS

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped


class Run(NamedTuple):
    """The outcome of one unit."""

    risks: Float[jax.Array, "replicates scenarios tasks tasks"]  # R_i(θ_t)
    # What else the engine records of a replicate; there may be none.
    records: Float[jax.Array, "replicates scenarios records"]


def without_records(risks: Float[jax.Array, "replicates scenarios tasks tasks"]) -> Run:
    """The run of an engine that draws risks alone."""
    return Run(risks, jnp.zeros((*risks.shape[:2], 0), risks.dtype))


@runtime_checkable
class Shape(Protocol):
    """What scenarios that run together have in common, and what is compiled in."""

    @property
    def unit(self) -> int:
        """Replicates per unit: a function of the shape alone."""

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""

    def numbers(self, scenarios: int) -> int:
        """Numbers that a unit of so many scenarios holds at once, at most."""


ShapeT = TypeVar("ShapeT", bound=Shape)
ProblemT = TypeVar("ProblemT")


class Engine(ABC, Generic[ShapeT, ProblemT]):
    """A way to draw the risks of scenarios, unit by unit; a unit depends on no other.

    Engines hold no numbers: two of the same class are equal, so one compiled program serves both.
    """

    name: ClassVar[str]
    alone: ClassVar[bool] = False  # whether its batches run one by one, on a single device

    @abstractmethod
    def shape_of(self, scenarios: Sequence[Scenario]) -> ShapeT:
        """The common shape of the scenarios, or an error if they cannot run together, or at all."""

    @abstractmethod
    def problem_of(self, scenarios: Sequence[Scenario]) -> ProblemT:
        """The numbers of the scenarios, as arrays in the floating point of the moment."""

    @abstractmethod
    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: ShapeT, problem: ProblemT
    ) -> Run:
        """All replicates of one unit, whose key is ``fold_in(key, unit)`` of that of the run."""

    def require_digits(self, scenarios: Sequence[Scenario], dtype: str) -> None:
        """Refuse scenarios whose digits the engine may lose in numbers of that type."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


AnyEngine: TypeAlias = Engine[Any, Any]


def by_task(
    values: ArrayLike, dtype: DTypeLike = float
) -> Shaped[jax.Array, "tasks scenarios ..."]:
    """Axes of scenarios and tasks, swapped, on the device; numbers as wide as jax has them now."""
    placed: jax.Array = jax.device_put(np.swapaxes(np.asarray(values), 0, 1).astype(dtype))
    return placed


def as_begun(scenario: Scenario) -> Scenario:
    """The scenario as it learns its first task, which tells nothing of steps between optima."""
    updates = scenario.updates
    if not updates.goes_by_evidence:
        return scenario
    return replace(scenario, updates=replace(updates, strategy="initialized", signal=SIGNALS[0]))
