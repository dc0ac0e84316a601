"""The hybrid strategy, drawn literally: which blocks train is decided by gradient directions.

At each task after the first a signal says how the task relates to the one before. Above the
threshold it counts as related, and the specific blocks train alone; else all blocks train. Signals:

- ``published``: cos(g_t, g_{t−1}), each gradient at the start of its own task (the paper's
  Algorithm 1);
- ``common``: the same cosine with both gradients at the start of the earlier task, θ_{t−2}, which
  is independent of the samples of both;
- ``distance``: at that same point, −⟨g_t′ − g_{t−1}′, g_t″ − g_{t−1}″⟩ over two halves of each
  batch, an unbiased estimate of −‖θ*_t − θ*_{t−1}‖², against −threshold².

g = −Φr/n is the gradient of ‖Φᵀθ − y‖²/(2n), r = y − Φᵀθ. Frozen and initialized training are the
hybrid strategy with thresholds −∞ and ∞, so that all three run on the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from scenarios import SIGNALS, Scenario, ScenarioError
from simulations import dense
from simulations.dense import draw
from simulations.least_norm import least_norm
from simulations.measures import Run

Groups = tuple[tuple[tuple[bool, ...], tuple[int, ...]], ...]  # (specific blocks, scenarios)
CAN_JOIN = ("hybrid", "frozen", "initialized")


class Shape(NamedTuple):
    """What is compiled in."""

    sizes: tuple[int, ...]  # parameters per block
    samples: tuple[int, ...]  # n_t
    groups: Groups  # the scenarios by the blocks that are specific in them

    @property
    def capacity(self) -> int:
        """P, all parameters."""
        return sum(self.sizes)

    @property
    def normals(self) -> int:
        """Normal variates drawn per replicate: what a replicate costs."""
        return self._dense.normals

    @property
    def unit(self) -> int:
        """Replicates per unit, as many as the dense engine has: the draws are the same."""
        return self._dense.unit

    @property
    def _dense(self) -> dense.Shape:
        return dense.Shape(self.sizes, self.samples, ())


class Problem(NamedTuple):
    """The numbers of G scenarios of one shape, T tasks and P parameters."""

    optima: jax.Array  # [G, T, P]
    noise: jax.Array  # [G, T], σ
    scale: jax.Array  # [G, T], α
    cut: jax.Array  # [G], the signal above which the specific blocks train alone
    signal: jax.Array  # [G], which signal, as its place in SIGNALS


class State(NamedTuple):
    """θ and what the next decision needs to know of the past."""

    theta: jax.Array  # θ_{t−1}, [U, G, P]
    before: jax.Array  # θ_{t−2}, the start of the task before, [U, G, P]
    gradients: jax.Array  # of that task there, [3, U, G, P]: of both halves of its batch, of all


def shape_of(scenarios: Sequence[Scenario]) -> Shape:
    """The common shape of scenarios that are to run on the same draws.

    Raises:
        ScenarioError: if one is neither hybrid, frozen nor initialized, if a batch is too small to
            be split, or if a replicate would not fit in memory.
        ValueError: if they differ in blocks or in samples.
    """
    for scenario in scenarios:
        if scenario.updates.strategy not in CAN_JOIN:
            raise ScenarioError(
                f"updates.strategy = {scenario.updates.strategy!r}: beside the hybrid strategy "
                f"only {', '.join(CAN_JOIN)} can run"
            )
        if min(scenario.tasks.samples) < 2:
            raise ScenarioError("tasks.samples: the hybrid strategy splits batches; 2 at least")
    draws = {(scenario.blocks.sizes, scenario.tasks.samples) for scenario in scenarios}
    if len(draws) != 1:
        raise ValueError("scenarios that run together have the same blocks and samples")
    sizes, samples = draws.pop()
    dense.require_memory(sizes, samples)
    groups: dict[tuple[bool, ...], list[int]] = {}
    for row, scenario in enumerate(scenarios):
        few = tuple(name in scenario.updates.specific for name in scenario.blocks.names)
        groups.setdefault(few, []).append(row)
    return Shape(sizes, samples, tuple((few, tuple(rows)) for few, rows in groups.items()))


def problem_of(scenarios: Sequence[Scenario]) -> Problem:
    """The numbers of scenarios, as arrays."""
    return Problem(
        optima=jnp.stack([dense.optima_of(scenario) for scenario in scenarios]),
        noise=jnp.array([scenario.tasks.noise for scenario in scenarios], float),
        scale=jnp.array([scenario.updates.scale for scenario in scenarios], float),
        cut=jnp.array([_cut(scenario) for scenario in scenarios], float),
        signal=jnp.array([SIGNALS.index(scenario.updates.signal) for scenario in scenarios]),
    )


def _cut(scenario: Scenario) -> float:
    updates = scenario.updates
    if updates.strategy != "hybrid":
        return -np.inf if updates.strategy == "frozen" else np.inf
    return -(updates.threshold**2) if updates.signal == "distance" else updates.threshold


def unit_run(key: jax.Array, unit: int, shape: Shape, problem: Problem) -> Run:
    """One unit: R_i(θ_t), and of every task whether all blocks trained, and the signal.

    Args:
        key: the key of the whole run.
        unit: the number of the unit, which has the key ``fold_in(key, unit)``.
        shape: what is compiled in.
        problem: the numbers.

    Returns:
        Risks [U, G, T, T] and records [U, G, 2T]: choices (1: all blocks), then signals; of the
        first task, for which nothing is decided, 1 and 0.
    """
    scenarios = problem.noise.shape[0]
    zero = jnp.zeros((shape.unit, scenarios, shape.capacity), problem.optima.dtype)
    state, risks, choices, signals = State(zero, zero, jnp.stack([zero] * 3)), [], [], []
    for task, samples in enumerate(shape.samples):
        normals = draw(key, unit, task, (shape.unit, (shape.capacity + 1) * samples))
        state, risk, choice, signal = learn(state, normals, task, problem, shape, samples)
        risks.append(risk)
        choices.append(choice)
        signals.append(signal)
    return Run(jnp.stack(risks, axis=2), jnp.stack([*choices, *signals], axis=2))


@partial(jax.jit, static_argnums=(4, 5))
def learn(
    state: State, normals: jax.Array, task: jax.Array, problem: Problem, shape: Shape, samples: int
) -> tuple[State, jax.Array, jax.Array, jax.Array]:
    """One decision and one update of every replicate and scenario.

    Args:
        state: before the task.
        normals: what features and noise are made of, [U, (P + 1) n].
        task: t, counted from 0.
        problem: the numbers.
        shape: what is compiled in.
        samples: n_t.

    Returns:
        The state after the task; R_i(θ_t), [U, G, T]; whether all blocks trained, [U, G]; the
        signal, [U, G].
    """
    drawn = normals.reshape(len(normals), -1, samples)
    features = drawn[:, :-1]
    noise = problem.noise[:, task][None, :, None] * drawn[:, -1:]
    target = problem.optima[:, task][None]

    def residual(theta: jax.Array) -> jax.Array:
        return (target - theta) @ features + noise

    here = residual(state.theta)
    own = _gradients(features, here)
    signal = _signal(problem.signal, own, _gradients(features, residual(state.before)), state)
    signal = jnp.where(task == 0, 0.0, signal)
    every = (signal <= problem.cut[None]) | (task == 0)
    whole = least_norm(features, here)
    part = _specific(features, here, shape)
    delta = jnp.where(every[..., None], whole, part)
    theta = state.theta + problem.scale[:, task][None, :, None] * delta
    risks = ((theta[:, :, None] - problem.optima[None]) ** 2).sum(-1)
    return State(theta, state.theta, own), risks, every.astype(risks.dtype), signal


def _specific(features: jax.Array, residual: jax.Array, shape: Shape) -> jax.Array:
    """The updates that move the specific blocks alone, [U, G, P]."""
    delta = jnp.zeros((*residual.shape[:2], features.shape[1]), residual.dtype)
    for few, rows in shape.groups:
        columns, which = np.flatnonzero(np.repeat(few, shape.sizes)), np.array(rows)
        if len(columns):
            moved = least_norm(features[:, columns], residual[:, which])
            delta = delta.at[:, which[:, None], columns[None]].set(moved)
    return delta


def _gradients(features: jax.Array, residual: jax.Array) -> jax.Array:
    """−Φr/n from the first and the second half of the batch, and from all of it, [3, U, G, P]."""
    half = features.shape[2] // 2
    parts = [
        -residual[..., :half] @ jnp.swapaxes(features[..., :half], 1, 2),
        -residual[..., half:] @ jnp.swapaxes(features[..., half:], 1, 2),
    ]
    counts = (half, features.shape[2] - half)
    return jnp.stack([parts[0] / counts[0], parts[1] / counts[1], sum(parts) / sum(counts)])


def _signal(which: jax.Array, own: jax.Array, common: jax.Array, state: State) -> jax.Array:
    """The signal that each scenario goes by, [U, G]."""
    last = state.gradients
    apart = common - last
    signals = jnp.stack(
        [
            _cosine(own[2], last[2]),
            _cosine(common[2], last[2]),
            -(apart[0] * apart[1]).sum(-1),
        ]
    )
    return jnp.take_along_axis(signals, which[None, None], axis=0)[0]


def _cosine(first: jax.Array, second: jax.Array) -> jax.Array:
    """The cosine of two vectors; 0 where one vanishes."""
    lengths = jnp.sqrt((first**2).sum(-1) * (second**2).sum(-1))
    return (first * second).sum(-1) / jnp.where(lengths > 0, lengths, 1.0)
