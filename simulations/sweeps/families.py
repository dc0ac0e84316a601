"""A family, simulated and kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from update_magnitude.scenarios.families import Family
from update_magnitude.scenarios.fields import fail
from update_magnitude.simulations.sweeps.dataset import read
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.running import Watch, run

if TYPE_CHECKING:
    import xarray as xr


def sweep(
    family: Family,
    folder: str | Path,
    replicates: int,
    *,
    engines: Sequence[str] = ("law",),
    seed: int = 0,
    watch: Watch | None = None,
) -> xr.Dataset:
    """Simulate every scenario of a family that the folder does not have yet, and keep it there.

    Interrupted and called again, it goes on where it was, and ends in the same bytes; any number of
    processes may call it with one folder, and share the work.

    Args:
        family: a scenario with axes.
        folder: where to keep it; made if it is not there.
        replicates: of every scenario.
        engines: ``law``, ``dense``, or both; the first axis of what is returned.
        seed: a whole number, at least 0.
        watch: called with how many points are done, and the share of this run.

    Returns:
        The dataset of ``sweeps.read``: that of ``simulate``, with the engine in front.

    Raises:
        ScenarioError: if a scenario cannot be simulated, or the folder holds anything else.

    Example:
        >>> import tempfile
        >>> from update_magnitude import scenarios
        >>> noisy = scenarios.family(scenarios.preset("mixed"), {"tasks.noise": [0.1, 0.5]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sweep(noisy, folder, 1000).load().forgetting.dims
        ('engine', 'tasks.noise')
    """
    if not isinstance(family, Family):
        fail("family", family, "a family is needed, as family(scenario, axes) makes one")
    run(
        Sweep(family.title, family.document, family.axes, tuple(engines), replicates, seed),
        folder,
        watch,
    )
    return read(folder)
