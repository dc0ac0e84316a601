"""Sweeps: a scenario over a grid of its fields, kept in a store that any number of runs fill.

``reading`` reads a sweep file, ``grid`` lays out its points, ``pieces`` cuts them into work,
``contents`` is what is kept of them, ``files`` names it and compares it with its checksums,
``store`` keeps it, ``running`` simulates what is missing, and ``dataset`` reads it back. A sweep is
no engine: it asks the engines for numbers, and uses xarray and zarr, imported where they are used.
The rest of the room never imports this folder.
"""

from update_magnitude.scenarios.axes import Axis as Axis
from update_magnitude.simulations.sweeps.dataset import read as read
from update_magnitude.simulations.sweeps.files import DamagedError as DamagedError
from update_magnitude.simulations.sweeps.grid import Sweep as Sweep
from update_magnitude.simulations.sweeps.reading import load as load
from update_magnitude.simulations.sweeps.running import Summary as Summary
from update_magnitude.simulations.sweeps.running import run as run
from update_magnitude.simulations.sweeps.running import sweep as sweep
