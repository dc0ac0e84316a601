"""Units of replicates spread over devices: one or many, of one process or of several.

Every device runs units of its own, on keys made of the number of the unit, and all get to know what
the others found; nothing else passes between them. So what is found for a seed does not depend on
how many devices there are. With ``jax.distributed`` initialized, the devices of all processes take
part, and each process, running the same program, ends with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from update_magnitude.simulations.measures.risks import Run, moments
from update_magnitude.simulations.streams import key_from

AXIS = "devices"
ACCELERATOR_NORMALS = 2**27  # drawn at once by an accelerator: 1 GiB in float64

UnitRun = Callable[[jax.Array, Any, Any, Any], Run]


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


@partial(jax.jit, static_argnames=("unit_run", "shape", "mesh", "together"))
def measured(
    stream: jax.Array,
    first: jax.Array,
    counts: jax.Array,
    problem: Any,
    contrasts: jax.Array,
    *,
    unit_run: UnitRun,
    shape: Any,
    mesh: Mesh,
    together: int,
) -> tuple[jax.Array, jax.Array]:
    """The moments of consecutive units, ``together`` on each device.

    Args:
        stream: the bits of the key of the run, [2].
        first: the number of the first unit.
        counts: how many replicates of each unit count, [units].
        problem: the numbers of the scenarios.
        contrasts: linear combinations of them, [K, G].
        unit_run: of the engine.
        shape: what is compiled in.
        mesh: the devices.
        together: units that a device runs side by side.

    Returns:
        Means and summed squared deviations, [units, K, measures], on every device.
    """

    def device(
        stream: jax.Array, first: jax.Array, counts: jax.Array, problem: Any, contrasts: jax.Array
    ) -> Any:
        key = key_from(stream)

        def unit(number: jax.Array) -> tuple[jax.Array, jax.Array]:
            found = unit_run(key, first + number, shape, problem)
            return moments(found, contrasts, counts[number])

        found = _each(unit, jax.lax.axis_index(AXIS) * together + jnp.arange(together))
        return jax.tree.map(partial(jax.lax.all_gather, axis_name=AXIS, tiled=True), found)

    everywhere: Any = PartitionSpec
    spread = jax.shard_map(
        device, mesh=mesh, in_specs=everywhere(), out_specs=everywhere(), check_vma=False
    )
    found: tuple[jax.Array, jax.Array] = spread(stream, first, counts, problem, contrasts)
    return found


def _each(run: Callable[[jax.Array], Any], numbers: jax.Array) -> Any:
    """Side by side, or alone: batching over one unit would only slow it down."""
    if len(numbers) > 1:
        return jax.vmap(run)(numbers)
    return jax.tree.map(lambda found: found[None], run(numbers[0]))
