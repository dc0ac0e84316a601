"""What is measured on a replicate: its risks, forgetting, generalization and learning error."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Run(NamedTuple):
    """What one unit of U replicates of G scenarios found."""

    risks: jax.Array  # R_i(θ_t), [U, G, T, T]
    records: jax.Array  # what else the engine records of a replicate, [U, G, E]; E may be 0


def without_records(risks: jax.Array) -> Run:
    """The run of an engine that measures risks alone."""
    return Run(risks, jnp.zeros((*risks.shape[:2], 0), risks.dtype))


def measures(risks: jax.Array) -> jax.Array:
    """All risks, then F_T, G_T and L_T.

    F_T = 1/(T−1) Σ_{i<T} [R_i(θ_T) − R_i(θ_i)], G_T = 1/T Σ_i R_i(θ_T), L_T = 1/T Σ_i R_i(θ_i).

    Args:
        risks: R_i(θ_t), [..., T, T].

    Returns:
        [..., T² + 3]; forgetting is 0 for a single task.
    """
    tasks = risks.shape[-1]
    last, own = risks[..., -1, :], jnp.diagonal(risks, axis1=-2, axis2=-1)
    summaries = [
        (last - own)[..., :-1].sum(-1) / max(1, tasks - 1),
        last.mean(-1),
        own.mean(-1),
    ]
    flat = risks.reshape(*risks.shape[:-2], tasks**2)
    return jnp.concatenate([flat, jnp.stack(summaries, -1)], -1)


def moments(run: Run, contrasts: jax.Array, count: jax.Array | int) -> tuple[jax.Array, jax.Array]:
    """Mean and summed squared deviations of the measures over the first replicates of a unit.

    Args:
        run: risks and records of one unit.
        contrasts: linear combinations of the scenarios, [K, G].
        count: how many of the U replicates count; 0 for none of them.

    Returns:
        Two arrays [K, T² + 3 + E].
    """
    everything = jnp.concatenate([measures(run.risks), run.records], -1)
    values = jnp.einsum("kg,ugm->ukm", contrasts, everything)
    counts = (jnp.arange(len(values)) < count)[:, None, None]
    mean = jnp.where(counts, values, 0.0).sum(0) / jnp.maximum(count, 1)
    return mean, jnp.where(counts, (values - mean[None]) ** 2, 0.0).sum(0)
