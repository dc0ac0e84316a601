"""Units of replicates spread over devices: one or many, of one process or of several.

Every device runs units of its own, on keys made of the number of the unit, and all get to know what
the others computed; nothing else passes between them. So the numbers of a seed do not depend on
how many devices there are. With ``jax.distributed`` initialized, the devices of all processes take
part, and each process, running the same program, ends with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from update_magnitude.simulations.engines.base import AnyEngine, Shape
from update_magnitude.simulations.measures.base import AnyMeasure
from update_magnitude.simulations.numerics.moments import Tree
from update_magnitude.simulations.reducers import AnyReducer
from update_magnitude.simulations.streams import key_from

AXIS = "devices"
ACCELERATOR_NORMALS = 2**27  # drawn at once by an accelerator: 1 GiB in float64


class Program(NamedTuple):
    """What is compiled in: equal programs are compiled once, whatever their numbers."""

    engine: AnyEngine
    shape: Shape
    measure: AnyMeasure
    reducer: AnyReducer

    def unit(self, key: jax.Array, number: jax.Array, given: Tree, count: jax.Array) -> Tree:
        """One unit: what is read from its replicates, reduced."""
        values = self.measure.read(self.engine, key, number, self.shape, given)
        return self.reducer.reduce(values, count)


def mesh_of(devices: Sequence[jax.Device] | None, alone: bool = False) -> Mesh:
    """A line of devices; if none are given, of all there are, or of one that runs alone."""
    if devices is None:
        devices = jax.local_devices()[:1] if alone else jax.devices()
    return Mesh(np.array(devices), (AXIS,))


def units_per_device(mesh: Mesh, normals: int) -> int:
    """How many units, which draw so many normals at a task, a device runs side by side.

    One on a CPU, whose caches hold one; on an accelerator as many as keep it busy.
    """
    if mesh.devices.flat[0].platform == "cpu":
        return 1
    return 1 << max(1, ACCELERATOR_NORMALS // max(1, normals)).bit_length() - 1


@partial(jax.jit, static_argnames=("program", "mesh", "per_device"))
def reduced_units(
    stream: jax.Array,
    first: jax.Array,
    counts: jax.Array,
    given: Tree,
    *,
    program: Program,
    mesh: Mesh,
    per_device: int,
) -> Tree:
    """Consecutive units, reduced, ``per_device`` on each device: [units, ...], on every device.

    Args:
        stream: the bits of the key of the run, [2].
        first: the number of the first unit.
        counts: how many replicates of each unit count, [units].
        given: the numbers that the measure takes.
        program: what is compiled in.
        mesh: the devices.
        per_device: units that a device runs side by side.
    """

    def device(stream: jax.Array, first: jax.Array, counts: jax.Array, given: Tree) -> Tree:
        key = key_from(stream)

        def unit(number: jax.Array) -> Tree:
            return program.unit(key, first + number, given, counts[number])

        units = _each(unit, jax.lax.axis_index(AXIS) * per_device + jnp.arange(per_device))
        return jax.tree.map(partial(jax.lax.all_gather, axis_name=AXIS, tiled=True), units)

    everywhere = PartitionSpec()  # type: ignore[no-untyped-call]
    spread: Callable[..., Tree] = jax.shard_map(
        device, mesh=mesh, in_specs=everywhere, out_specs=everywhere, check_vma=False
    )
    return spread(stream, first, counts, given)


def _each(run: Callable[[jax.Array], Tree], numbers: jax.Array) -> Tree:
    """Side by side, or alone: batching over one unit would only slow it down."""
    if len(numbers) > 1:
        return jax.vmap(run)(numbers)
    return jax.tree.map(lambda values: values[None], run(numbers[0]))
