"""The prior of the strategy that goes by evidence: what may be true before data are seen.

How much there is to learn per parameter differs from block to block, and noise has a share of what
is seen. What both may be is a prior, of which points are used; their common scale drops out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

SPREAD = 1.5  # the standard deviation of log τ_1/τ_2
SHARES = (-7.0, 1.5)  # between which log N/Σ τ_b v_b p_b is uniform
RATIOS, LEVELS, POINTS = 13, 18, 64  # in a grid of two blocks, of shares, and of more blocks


class Prior(NamedTuple):
    """Points of the prior."""

    ratio: Float[jax.Array, "ratios blocks"]  # τ_b, up to their common scale
    weight: Float[jax.Array, "ratios"]  # the logarithm of how much each counts
    share: Float[jax.Array, "shares"]  # N/Σ τ_b v_b p_b, which all count alike


def points_of(blocks: int) -> int:
    """How many ratios the prior has points for."""
    return (1, RATIOS)[blocks - 1] if blocks <= 2 else POINTS


def prior_of(
    blocks: int, ratios: int = RATIOS, levels: int = LEVELS, points: int = POINTS
) -> Prior:
    """Points of the prior: a grid for two blocks, a sequence of Halton's for more.

    Logarithms of τ_b are independent, of such a variance that log τ_1/τ_2 has that of the prior.
    """
    if blocks <= 2:
        places = np.linspace(-3, 3, ratios) if blocks == 2 else np.zeros(1)
        logs = SPREAD * places[:, None] * np.array([0.5, -0.5])[None, :blocks]
        weight = -(places**2) / 2
    else:
        from scipy.stats.qmc import Halton

        sequence = Halton(blocks, scramble=False).fast_forward(1)  # its first point is 0
        logs = SPREAD / np.sqrt(2) * np.asarray(jax.scipy.special.ndtri(sequence.random(points)))
        weight = np.zeros(points)
    low, high = SHARES
    shares = np.exp(low + (high - low) * (np.arange(levels) + 0.5) / levels)
    return Prior(*(jnp.asarray(values, float) for values in (np.exp(logs), weight, shares)))
