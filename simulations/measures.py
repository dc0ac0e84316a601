"""What is measured on a replicate: its risks, forgetting, generalization and learning error."""

from __future__ import annotations

import jax
import jax.numpy as jnp


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


@jax.jit
def moments(
    risks: jax.Array, contrasts: jax.Array, count: jax.Array | int
) -> tuple[jax.Array, jax.Array]:
    """Mean and summed squared deviations of the measures over the first replicates of a unit.

    Args:
        risks: R_i(θ_t), [U, G, T, T].
        contrasts: linear combinations of the scenarios, [K, G].
        count: how many of the U replicates count.

    Returns:
        Two arrays [K, T² + 3].
    """
    values = jnp.einsum("kg,ugm->ukm", contrasts, measures(risks))
    counts = (jnp.arange(len(values)) < count)[:, None, None]
    mean = jnp.where(counts, values, 0.0).sum(0) / count
    return mean, jnp.where(counts, (values - mean[None]) ** 2, 0.0).sum(0)
