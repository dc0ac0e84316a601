"""The law engine: draws every update from its exact distribution, result L, in a few variates.

Given θ_{t−1}, write d = θ*_t − θ_{t−1}, N = ‖d_C‖² + σ² and k = min(m, n). The update is, in law,

    Δ = √β s d̂_S + √((1 − β)s² + (N/c) χ²_{k−1}) τ,    s = ‖d_S‖√β + ζ√(N/c),

with independent β = χ²_k/(χ²_k + χ²_{m−k}), c = χ²_{|m−n|+1}, χ²_{k−1}, ζ ~ N(0, 1), and τ uniform
on the unit sphere of ℝ^m orthogonal to d_S. The proof, in short:

- The residual is Φ_Sᵀd_S + w with w = Φ_Cᵀd_C + ε ~ N(0, N I), independent of Φ_S. So
  Δ = Q d_S + η: Q projects on the span V of the columns of Φ_S, and η is the solution for w.
- Rotations of ℝ^m do not change the law of Φ_S: V is a uniform subspace of dimension k, independent
  of the Gram matrix of Φ_S, and the share β = ‖Q d̂_S‖² of a direction has a beta distribution.
- Nor do rotations of ℝ^n: ‖η‖² is ‖w‖² (or, for m < n, N χ²_m) times one diagonal entry of an
  inverse Gram matrix, whose reciprocal is a Schur complement: the squared distance of one column
  (or row) of Φ_S from the span of the k − 1 others, which is χ²_{|m−n|+1}. The direction of η is
  uniform in V. Hence η = z√(N/c) with z a standard normal vector of V.
- Along the unit vector of Q d̂_S, signal and noise add up to s. The rest of the noise, of squared
  length (N/c) χ²_{k−1}, is orthogonal to that vector and to d_S. Rotations about d_S make the
  direction of all that is orthogonal to d_S uniform.

Beyond the span of the optima only the length of θ matters to a risk, and directions there are
exchangeable. So the state is T coordinates and one length per block, and an update takes T + 1
normals per block (the span, and where θ was beyond it) and one χ² for the rest of τ: nothing grows
with the samples or with the parameters. docs/model.md tells it at length.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp

from update_magnitude.scenarios import Scenario
from update_magnitude.simulations.engines.base import Engine, Run, without_records
from update_magnitude.simulations.engines.law_problem import (
    SHARED,
    Problem,
    Shape,
    Task,
    problem_of,
    shape_of,
)
from update_magnitude.simulations.numerics.chi_square import chi_square
from update_magnitude.simulations.numerics.normals import normal, settled


class Law(Engine[Shape, Problem]):
    """Updates drawn from their exact distribution, result L."""

    name = "law"

    def shape_of(self, scenarios: Sequence[Scenario]) -> Shape:
        """The number of tasks and of blocks; see ``law_problem.shape_of``."""
        return shape_of(scenarios)

    def problem_of(self, scenarios: Sequence[Scenario]) -> Problem:
        """The numbers of scenarios; see ``law_problem.problem_of``."""
        return problem_of(scenarios)

    def unit_run(
        self, key: jax.Array, unit: jax.Array | int, shape: Shape, problem: Problem
    ) -> Run:
        """R_i(θ_t) for every replicate of one unit; no records."""
        own = jax.random.fold_in(key, unit)

        def learn(error: jax.Array, now: tuple[jax.Array, Task]) -> tuple[jax.Array, jax.Array]:
            number, tasks = now
            directions, lengths = jax.random.split(jax.random.fold_in(own, number))
            normals = settled(normal(directions, error[0].size, error.dtype))
            normals = normals.reshape(error.shape[1:])
            return jax.vmap(partial(_learn, lengths, normals))(error, tasks, problem.optima)

        size = (len(problem.optima), shape.unit, *problem.optima.shape[2:])
        start = jnp.zeros(size, problem.optima.dtype)
        _, risks = jax.lax.scan(learn, start, (jnp.arange(shape.tasks), problem.tasks))
        return without_records(jnp.moveaxis(risks, (0, 1, 2), (2, 1, 0)))


def update(error: jax.Array, normals: jax.Array, lengths: jax.Array, task: Task) -> jax.Array:
    """One update of one replicate, in law.

    The state is θ − θ* of the task just learned: where an update is exact, so are its risks.

    Args:
        error: θ_{t−1} − θ*_{t−1}, [B, D]: coordinates in the span, then what is beyond it.
        normals: standard normals, [B, D].
        lengths: χ² variates with the degrees of freedom of the task, [4 + B].
        task: the numbers of task t.

    Returns:
        θ_t − θ*_t, [B, D].

    Source: docs/model.md, result L.
    """
    moving, held = _drift(error, task)
    length = jnp.sqrt((moving**2).sum())
    towards = jnp.where(length > 0, moving / _divisor(length), task.pivot)

    captured, missed, spread, under = lengths[:SHARED]
    whole = _divisor(captured + missed)
    beta, rest = captured / whole, missed / whole  # β and 1 − β, each with all its digits
    noise = ((held**2).sum() + task.noise**2) / _divisor(under)
    extra = (task.pivot * normals).sum() * jnp.sqrt(noise)  # ζ√(N/c)
    along = length * jnp.sqrt(beta) + extra  # s

    sideways = _orthogonal(towards, jnp.where(task.others, normals, 0.0), task.pivot)
    beyond = lengths[SHARED:]
    total = _divisor((sideways**2).sum() + beyond.sum())
    across = task.scale * jnp.sqrt((rest * along**2 + noise * spread) / total)

    kept = (1 - task.scale) + task.scale * rest  # 1 − αβ
    moved = -kept * moving + task.scale * jnp.sqrt(beta) * extra * towards + across * sideways
    after = jnp.where(task.trained[:, None], moved, -held)
    remainder = jnp.sqrt(after[:, -1] ** 2 + across**2 * beyond)
    return after.at[:, -1].set(remainder)


def _learn(
    key: jax.Array, normals: jax.Array, error: jax.Array, task: Task, optima: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """One update of every replicate of a scenario, [U, B, D], and the risks after it, [U, T]."""
    lengths = chi_square(key, task.freedom, len(error))
    error = jax.vmap(update, (0, 0, 1, None))(error, normals, lengths, task)
    gaps = error[:, None] + (task.optimum[None] - optima)[None]
    return error, (gaps**2).sum((2, 3))


def _drift(error: jax.Array, task: Task) -> tuple[jax.Array, jax.Array]:
    """d_S and d_C of d = θ*_t − θ_{t−1}, [B, D] each, with zeros elsewhere."""
    drift = jnp.where(task.reset, task.optimum, task.step - error)
    trained = task.trained[:, None]
    return jnp.where(trained, drift, 0.0), jnp.where(trained, 0.0, drift)


def _orthogonal(towards: jax.Array, vector: jax.Array, pivot: jax.Array) -> jax.Array:
    """A vector orthogonal to the unit vector ``pivot``, carried to one orthogonal to ``towards``.

    By Householder's reflection of pivot to ∓towards: lengths stay what they are, and nothing
    cancels, as it would if the component along ``towards`` were subtracted.
    """
    cosine = (pivot * towards).sum()
    mirror = towards + jnp.where(cosine < 0, -1.0, 1.0) * pivot
    return vector - (mirror * vector).sum() / (1 + jnp.abs(cosine)) * mirror


def _divisor(value: jax.Array) -> jax.Array:
    """The value, or 1 in place of 0 where what is divided is 0 too."""
    return jnp.where(value > 0, value, 1.0)
