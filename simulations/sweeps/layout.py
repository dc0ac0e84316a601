"""What a sweep keeps: its variables and coordinates, with what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from update_magnitude.scenarios.quantities import (
    ERROR,
    MEASURES,
    SENTENCES,
    TASK_MEANINGS,
    TASKS,
    axis_attributes,
)
from update_magnitude.simulations.sweeps.files import CHECKSUMS
from update_magnitude.simulations.sweeps.grid import Sweep

FILE = "file"
MEASURED = tuple(name + suffix for name in MEASURES for suffix in ("", ERROR))
KEPT = (*MEASURED, *SENTENCES, "done")  # variables of which every point has a file


@dataclass(frozen=True)
class Variable:
    """An array of the store; those without values are filled point by point."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: Any
    values: np.ndarray | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def chunks(self, grid: int) -> tuple[int, ...]:
        """Of the first axes, which are those of the grid, every point is a chunk of its own."""
        if self.values is not None:
            return self.shape
        return (*(1,) * grid, *self.shape[grid:])


def variables(sweep: Sweep, tasks: int) -> Iterator[Variable]:
    """All arrays of a store: the coordinates, what is measured, checksums, and ``done``.

    Args:
        sweep: what is kept.
        tasks: the number of tasks, the largest if it varies.
    """
    yield from _coordinates(sweep, tasks)
    grid = ("engine", *(axis.field for axis in sweep.axes))
    for name, meaning in MEASURES.items():
        dims = (*grid, *TASKS) if name == "risk" else grid
        shape = (*sweep.shape, tasks, tasks) if name == "risk" else sweep.shape
        attrs = {"long_name": meaning, "units": "1", "ancillary_variables": name + ERROR}
        yield Variable(name, dims, shape, float, attrs=attrs)
        attrs = {"long_name": f"standard error of the {meaning}", "units": "1"}
        yield Variable(name + ERROR, dims, shape, float, attrs=attrs)
    for name, meaning in SENTENCES.items():
        yield Variable(name, grid, sweep.shape, str, attrs={"long_name": meaning})
    sums = {"long_name": "checksum of the file of the point in each variable"}
    yield Variable(CHECKSUMS, (*grid, FILE), (*sweep.shape, len(KEPT)), np.uint64, attrs=sums)
    done = {"long_name": "whether the point is simulated and kept"}
    yield Variable("done", grid, sweep.shape, bool, attrs=done)


def _coordinates(sweep: Sweep, tasks: int) -> Iterator[Variable]:
    yield _coordinate("engine", np.array(sweep.engines), {"long_name": "engine that simulated"})
    for axis in sweep.axes:
        yield _coordinate(axis.field, axis.labels, axis_attributes(axis))
    yield _coordinate(FILE, np.array(KEPT), {"long_name": "variable that a checksum belongs to"})
    for name, meaning in zip(TASKS, TASK_MEANINGS, strict=True):
        yield _coordinate(name, np.arange(1, tasks + 1), {"long_name": meaning})


def _coordinate(name: str, labels: np.ndarray, attrs: Mapping[str, str]) -> Variable:
    dtype = str if labels.dtype.kind == "U" else labels.dtype
    return Variable(name, (name,), labels.shape, dtype, labels, attrs)
