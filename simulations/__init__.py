"""Engines that run a scenario: nothing but its definition, drawn and computed literally.

The dense engine draws every feature and every noise, solves every least-squares problem, and
averages over replicates. This room uses jax and numpy alone, reads scenarios, and never imports
theory: that theory and simulation share nothing is what makes their agreement evidence.

Results for a seed depend on the seed, the shape of the scenario and the number of replicates, and
on nothing else. jax is imported with the first simulation, not with the room.
"""

from simulations.simulation import Estimate as Estimate
from simulations.simulation import Experiment as Experiment
from simulations.simulation import Simulation as Simulation
from simulations.simulation import simulate as simulate
