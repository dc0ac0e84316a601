"""Reading the store of a sweep as one labelled dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.packages import require_installed
from update_magnitude.simulations.sweeps.layout import MEASURED

if TYPE_CHECKING:
    import xarray as xr


def read(folder: str | Path) -> xr.Dataset:
    """The dataset of a sweep, finished or not.

    Its dimensions are the engine and the fields that vary, and for risks the task learned last and
    the task tested on. A value is NaN where its point is not ``done`` yet, and where it has no
    finite mean, as ``undefined`` then says. Values are loaded when they are used.

    Args:
        folder: what was given as ``--output``.

    Raises:
        ScenarioError: if there is no sweep in the folder, or zarr is not installed.

    Example:
        >>> import tempfile
        >>> from update_magnitude.scenarios import load_document
        >>> from update_magnitude.simulations.sweeps import Axis, Sweep, run
        >>> axes = (Axis("tasks.noise", (0.0, 0.5)), Axis("updates.scale", (0.5, 1.0)))
        >>> sweep = Sweep("scales", load_document("two-close-tasks"), axes, ("law",), 1000, 0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     summary = run(sweep, folder)
        ...     found = read(folder).load()
        >>> dict(found.forgetting.sizes)
        {'engine': 1, 'tasks.noise': 2, 'updates.scale': 2}
        >>> best = found.generalization.sel(engine="law").idxmin("updates.scale")
        >>> best.sel({"tasks.noise": 0.0}).item()
        1.0
    """
    require_installed("zarr")  # with which xarray opens the folder
    import xarray as xr

    try:
        found: xr.Dataset = xr.open_zarr(folder, consolidated=False, chunks=None, zarr_format=3)
    except (OSError, ValueError, KeyError):
        raise ScenarioError(f"{folder}: there is no sweep in it") from None
    if "sweep" not in found.attrs or "done" not in found:
        raise ScenarioError(f"{folder}: there is no sweep in it")
    return _plain(found)[[*MEASURED, "undefined", "done"]]


def _plain(dataset: xr.Dataset) -> xr.Dataset:
    """With texts that xarray can mix with missing ones, as those that zarr hands over cannot be."""
    coords = {
        name: (name, np.array(values.to_numpy().tolist()), values.attrs)
        for name, values in dataset.coords.items()
    }
    return dataset.assign_coords(coords)
