"""The engines by name, and what an experiment asks of each: modules that offer the same functions.

jax is imported with the first engine that is asked for, not with this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from update_magnitude.scenarios import Scenario, ScenarioError

if TYPE_CHECKING:
    from jax import Array as JaxArray

    from update_magnitude.simulations.measures.risks import Run

NAMES = ("dense", "law")
TYPES = ("float64", "float32")
MEMORY = 4 * 2**30  # bytes that the arrays of a simulation may take, if nothing else is said
BATCHES = 2  # that take memory at a time: one runs while the one before it is added up


def is_hybrid(scenarios: Sequence[Scenario]) -> bool:
    """Whether the blocks that train are decided by the data in any of the scenarios."""
    return any(scenario.updates.strategy == "hybrid" for scenario in scenarios)


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


class Engine(Protocol):
    """A way to draw the risks of scenarios, unit by unit; a unit depends on no other."""

    def shape_of(self, scenarios: Sequence[Scenario]) -> Any:
        """The common shape of the scenarios, or an error if they cannot run together, or at all."""

    def problem_of(self, scenarios: Sequence[Scenario]) -> Any:
        """The numbers of the scenarios, as arrays in the floating point of the moment."""

    def unit_run(self, key: JaxArray, unit: int, shape: Any, problem: Any) -> Run:
        """Risks, and what else the engine records, for every replicate of one unit."""


def require_memory(numbers: int, memory: int = MEMORY, dtype: str | None = None) -> None:
    """Refuse what takes more memory than there is.

    Args:
        numbers: that one batch holds at once.
        memory: bytes that there are.
        dtype: of the numbers; the widest, if not given.

    Raises:
        ScenarioError: saying how much memory it takes.
    """
    needed = BATCHES * numbers * size_of(dtype)
    if needed > memory:
        raise ScenarioError(
            f"blocks, tasks: {BATCHES} batches of replicates take {_gibibytes(needed)} GiB, and "
            f"{_gibibytes(memory)} may be used; allow more (--memory), or make the "
            "scenario smaller"
        )


def size_of(dtype: str | None) -> int:
    """Bytes of a number; of the widest, if no type is given.

    Example:
        >>> size_of("float32"), size_of(None)
        (4, 8)
    """
    return 4 if dtype == "float32" else 8


def _gibibytes(count: int) -> str:
    return f"{count / 2**30:,.3g}"


def engine(name: str, scenarios: Sequence[Scenario] = ()) -> Engine:
    """The engine of that name for some scenarios.

    The dense engine has two forms: where a scenario is hybrid, decisions are drawn as well.

    Raises:
        ValueError: when there is none.
        ScenarioError: for the law engine and the strategy ``hybrid``.

    Example:
        >>> from update_magnitude import scenarios
        >>> engine("law", [scenarios.preset("ten-tasks")]).__name__
        'update_magnitude.simulations.engines.law'
    """
    decides = is_hybrid(scenarios)
    if decides and name == "law":
        raise ScenarioError(
            'updates.strategy = "hybrid": its updates depend on the data, so their law is not '
            "that of result L; use the dense engine"
        )
    if decides and name == "dense":
        from update_magnitude.simulations.engines import hybrid

        return hybrid
    if name == "dense":
        from update_magnitude.simulations.engines import dense

        return dense
    if name == "law":
        from update_magnitude.simulations.engines import law

        return law
    raise ValueError(f"{name!r} is no engine; engines: {', '.join(NAMES)}")
