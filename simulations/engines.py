"""The engines by name, and what an experiment asks of each: modules that offer the same functions.

jax is imported with the first engine that is asked for, not with this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from scenarios import Scenario

if TYPE_CHECKING:
    from jax import Array as JaxArray

NAMES = ("dense", "law")


class Shape(Protocol):
    """What scenarios that run together have in common, and what is compiled in."""

    @property
    def unit(self) -> int:
        """Replicates per unit: a function of the shape alone."""

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""


class Engine(Protocol):
    """A way to draw the risks of scenarios, unit by unit; a unit depends on no other."""

    def shape_of(self, scenarios: Sequence[Scenario]) -> Any:
        """The common shape of the scenarios, or an error if they cannot run together, or at all."""

    def problem_of(self, scenarios: Sequence[Scenario]) -> Any:
        """The numbers of the scenarios, as arrays in the floating point of the moment."""

    def unit_risks(self, key: JaxArray, unit: int, shape: Any, problem: Any) -> JaxArray:
        """R_i(θ_t) for every replicate of one unit, [U, G, T, T]."""


def engine(name: str) -> Engine:
    """The engine of that name.

    Raises:
        ValueError: when there is none.

    Example:
        >>> engine("law").__name__
        'simulations.law'
    """
    if name == "dense":
        from simulations import dense

        return dense
    if name == "law":
        from simulations import law

        return law
    raise ValueError(f"{name!r} is no engine; engines: {', '.join(NAMES)}")
