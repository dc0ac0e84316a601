"""Engines that run a scenario: one draws everything, one draws no more than it takes.

The dense engine is the definition: it draws every feature and every noise, solves every
least-squares problem, and averages over replicates. The law engine draws each update from its exact
distribution (docs/model.md, result L), at a cost that depends on neither samples nor parameters;
the dense engine is what it is held to. This room uses jax and numpy alone, reads scenarios, and
never imports theory: that theory and simulation share nothing is what makes their agreement
evidence.

Results for a seed depend on the seed, the shape of the scenario and the number of replicates, and
on nothing else. jax is imported with the first simulation, not with the room. A new engine is a
subclass of ``engines.base.Engine``, and a new measure one of ``measures.base.Measure``; ``runner``
runs them all. ``simulate`` returns a labelled dataset, and ``estimates`` the bare numbers. The
folder ``sweeps`` keeps a family on disk; with ``labelled`` it alone uses xarray, and zarr.
"""

from update_magnitude.simulations.labelled import simulate as simulate
from update_magnitude.simulations.results import Estimate as Estimate
from update_magnitude.simulations.results import Simulation as Simulation
from update_magnitude.simulations.simulation import Experiment as Experiment
from update_magnitude.simulations.simulation import estimates as estimates
