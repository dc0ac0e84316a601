"""Units of replicates spread over devices: one or many, of one process or of several.

Every device runs units of its own, on keys made of the number of the unit, and all get to know what
the others found; nothing else passes between them. So what is found for a seed does not depend on
how many devices there are. With ``jax.distributed`` initialized, the devices of all processes take
part, and each process, running the same program, ends with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from update_magnitude.simulations.engines.base import AnyEngine, Shape
from update_magnitude.simulations.measures.base import AnyMeasure
from update_magnitude.simulations.reducers import AnyReducer
from update_magnitude.simulations.streams import key_from

AXIS = "devices"
ACCELERATOR_NORMALS = 2**27  # drawn at once by an accelerator: 1 GiB in float64


@dataclass(frozen=True)
class Program:
    """What is compiled in: equal programs are compiled once, whatever their numbers."""

    engine: AnyEngine
    shape: Shape
    measure: AnyMeasure
    reducer: AnyReducer

    def unit(self, key: jax.Array, number: jax.Array, given: Any, count: jax.Array) -> Any:
        """One unit: what is read from its replicates, reduced."""
        values = self.measure.read(self.engine, key, number, self.shape, given)
        return self.reducer.reduce(values, count)


def mesh_of(devices: Sequence[jax.Device] | None) -> Mesh:
    """A line of devices; of all there are, if none are given.

    Example:
        >>> mesh_of(None).shape[AXIS] == len(jax.devices())
        True
    """
    return Mesh(np.array(jax.devices() if devices is None else devices), (AXIS,))


def units_at_once(mesh: Mesh, normals: int) -> int:
    """How many units a device runs side by side, if there is memory for them.

    One on a CPU, whose caches hold one; on an accelerator as many as keep it busy.

    Args:
        mesh: the devices.
        normals: that a unit draws at a task.
    """
    if mesh.devices.flat[0].platform == "cpu":
        return 1
    return 1 << max(1, ACCELERATOR_NORMALS // max(1, normals)).bit_length() - 1


@partial(jax.jit, static_argnames=("program", "mesh", "together"))
def measured(
    stream: jax.Array,
    first: jax.Array,
    counts: jax.Array,
    given: Any,
    *,
    program: Program,
    mesh: Mesh,
    together: int,
) -> Any:
    """Consecutive units, reduced, ``together`` on each device.

    Args:
        stream: the bits of the key of the run, [2].
        first: the number of the first unit.
        counts: how many replicates of each unit count, [units].
        given: the numbers that the measure takes.
        program: what is compiled in.
        mesh: the devices.
        together: units that a device runs side by side.

    Returns:
        What the reducer makes of each unit, [units, ...], on every device.
    """

    def device(stream: jax.Array, first: jax.Array, counts: jax.Array, given: Any) -> Any:
        key = key_from(stream)

        def unit(number: jax.Array) -> Any:
            return program.unit(key, first + number, given, counts[number])

        found = _each(unit, jax.lax.axis_index(AXIS) * together + jnp.arange(together))
        return jax.tree.map(partial(jax.lax.all_gather, axis_name=AXIS, tiled=True), found)

    everywhere: Any = PartitionSpec
    spread = jax.shard_map(
        device, mesh=mesh, in_specs=everywhere(), out_specs=everywhere(), check_vma=False
    )
    return spread(stream, first, counts, given)


def _each(run: Callable[[jax.Array], Any], numbers: jax.Array) -> Any:
    """Side by side, or alone: batching over one unit would only slow it down."""
    if len(numbers) > 1:
        return jax.vmap(run)(numbers)
    return jax.tree.map(lambda found: found[None], run(numbers[0]))
