"""A group of runs while it learns a task: where it began, how far it may move, and its epochs."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from update_magnitude.simulations.networks import restraints, training
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.lessons import whole_number
from update_magnitude.simulations.networks.model import Network
from update_magnitude.simulations.networks.training import Lesson, Restrained

REFIT = 2  # epochs in which the head is fitted again after solutions were averaged


class Part(NamedTuple):
    """Arrays of a group of runs, [size, ...]."""

    networks: Network
    velocity: object  # the state of the optimizer
    path: Network | None  # Σ −g_j Δθ_j so far, where a strategy asks for it
    starts: Network  # at the start of the task
    keys: jax.Array  # of the order of images
    restrained: Restrained


def begun(starts: Network, keys: jax.Array, restrained: Restrained, *, follows_path: bool) -> Part:
    """A group at the start of a task."""
    path = jax.tree.map(jnp.zeros_like, starts) if follows_path else None
    now = jax.tree.map(jnp.copy, starts)  # training takes its memory
    return Part(now, training.reset(starts), path, starts, keys, restrained)


def after_epoch(
    part: Part, lesson: Lesson, number: int, settings: Settings
) -> tuple[Part, jax.Array]:
    """A group after an epoch, and its losses, [size]."""
    networks, velocity, path, losses = training.epoch(
        *(part.networks, part.velocity, part.path, part.keys, part.restrained),
        *(lesson, whole_number(number)),
        size=settings.batch,
        kind=settings.loss,
    )
    return part._replace(networks=networks, velocity=velocity, path=path), losses


def averaged(
    part: Part, lesson: Lesson, settings: Settings, *, tasks: int, shared: bool
) -> tuple[Part, jax.Array]:
    """The running mean over so many tasks in the place of a solution, its head fitted again.

    The head is ``shared`` where all tasks have the same; it is averaged then as the modules are.
    Returns the losses of the last epoch too, [size].
    """
    mean = restraints.averaged(part.networks, part.starts, whole_number(tasks), shared_head=shared)
    none = jnp.zeros((len(part.keys), len(mean.modules)))
    held = restraints.free(mean, none, rate=settings.rate)
    after = part._replace(networks=mean, velocity=training.reset(mean), restrained=held)
    for number in range(settings.epochs, settings.epochs + REFIT):
        after, losses = after_epoch(after, lesson, number, settings)
    return after, losses
