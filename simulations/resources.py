"""What a simulation may use of a machine: types of numbers, memory, devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from update_magnitude.scenarios import ScenarioError, fields

if TYPE_CHECKING:
    from jax import Device

TYPES = ("float64", "float32")
MEMORY = 4 * 2**30  # bytes that the arrays of a simulation may take, if nothing else is said
BATCHES = 2  # that take memory at a time: one runs while the one before it is added up


class Resources(TypedDict, total=False):
    """The options of a run that concern the machine; see ``Limits``."""

    dtype: str | None
    memory: int
    devices: Sequence[Device] | None
    chunk: int | None


@dataclass(frozen=True)
class Limits:
    """The resources of a run, checked.

    Args:
        dtype: ``float64`` or ``float32``; the widest that the devices have, if not given.
        memory: bytes that the arrays of one device may take.
        devices: where to run; all that jax has, those of other processes included, if not given.
            It makes no difference to the results.
        chunk: units that a device runs side by side; by its kind and memory, if not given.

    Raises:
        ScenarioError: if memory or chunk is no whole number, or too small.
        ValueError: if there is no such type of numbers, or no device.
    """

    dtype: str | None = None
    memory: int = MEMORY
    devices: Sequence[Device] | None = None
    chunk: int | None = None

    def __post_init__(self) -> None:
        if self.dtype not in (None, *TYPES):
            raise ValueError(f"{self.dtype!r} is no type to compute in; {', '.join(TYPES)} are")
        if self.devices is not None and not len(self.devices):
            raise ValueError("devices: at least one")
        memory, chunk = fields.plain(self.memory), fields.plain(self.chunk)
        if chunk is not None:
            fields.whole(chunk, "chunk", 1, "a number of units, at least 1")
        fields.length(memory, "memory", "a number of bytes, at least 0")
        object.__setattr__(self, "memory", memory)
        object.__setattr__(self, "chunk", chunk)


def require_memory(numbers: int, memory: int, dtype: str | None) -> None:
    """Refuse batches of so many numbers that take more bytes than there are (ScenarioError)."""
    needed = BATCHES * numbers * size_of(dtype)
    if needed > memory:
        needs, has = (f"{count / 2**30:,.3g}" for count in (needed, memory))
        raise ScenarioError(
            f"blocks, tasks: {BATCHES} batches of replicates take {needs} GiB, and {has} may be "
            "used; allow more (--memory), or make the scenario smaller"
        )


def size_of(dtype: str | None) -> int:
    """Bytes of a number; of the widest, if no type is given."""
    return 4 if dtype == "float32" else 8
