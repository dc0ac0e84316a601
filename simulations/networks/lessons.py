"""Tasks as compiled programs take them: training images on the device, test images in batches."""

from __future__ import annotations

import jax
import numpy as np

from update_magnitude.simulations.networks.tasks import Tasks
from update_magnitude.simulations.networks.training import Lesson, padded


def lesson(tasks: Tasks, task: int) -> Lesson:
    """A task with all of its training images."""
    images, labels = jax.device_put((tasks.images[task], tasks.labels[task]))
    return Lesson(images, labels, whole_number(task), head(tasks, task))


def tests(tasks: Tasks, task: int) -> Lesson:
    """A task with its test images, in as many batches as the largest task needs."""
    most = max(map(len, tasks.test_labels))
    images = padded(tasks.test_images[task], tasks.test_labels[task], most)
    return Lesson(*images, whole_number(task), head(tasks, task))


def head(tasks: Tasks, task: int) -> jax.Array:
    """The head that a task trains: its own, or the one of all."""
    return whole_number(task if tasks.heads > 1 else 0)


def whole_number(value: int) -> jax.Array:
    """A whole number on the device."""
    return jax.device_put(np.int32(value))
