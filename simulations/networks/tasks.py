"""Sequences of classification tasks made of a data set.

``split``: each task tells some classes apart, by a head of its own. ``permuted``: each task has all
classes, its pixels in an order of its own, by one head. How far tasks are related is a controlled
axis, as parameter distance is in the linear models: ``shared`` classes make consecutive tasks
alike (*correlated* splits), ``corruption`` puts noise in the place of the later tasks' images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks import streams
from update_magnitude.simulations.networks.data import Images, Split

Pixels = NDArray[np.float32]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Relation:
    """How tasks are made and how they are related."""

    kind: str  # split or permuted
    tasks: int
    classes: int  # of a task
    shared: int = 0  # classes that a task has in common with the one before
    corruption: float = 0.0  # the share of the variance of later tasks' images that is noise


@dataclass(frozen=True)
class Tasks:
    """T tasks with as many training images each."""

    images: Pixels  # [T, n, H, W, channels], standardized
    labels: Labels  # [T, n]
    test_images: list[Pixels]  # T of [m, H, W, channels]
    test_labels: list[Labels]  # T of [m]
    heads: int  # T, or 1 if all tasks share one
    classes: tuple[tuple[int, ...], ...]  # of the data set, by task

    @property
    def count(self) -> int:
        """T."""
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        height, width, channels = self.images.shape[2:]
        return height, width, channels

    @property
    def outputs(self) -> int:
        """Classes that a head tells apart."""
        return len(self.classes[0])


def make_tasks(base: Images, relation: Relation, samples: int | None, seed: int) -> Tasks:
    """Tasks made of a data set.

    Args:
        base: the data set.
        relation: how they are made.
        samples: training images per task; None for as many as the smallest task has.
        seed: of which images a task gets, of permutations and of noise.

    Raises:
        ScenarioError: if the data set has too few classes or images for it.
    """
    windows = _windows(base, relation)
    deal = _dealt if relation.kind == "split" else _all
    train = [
        _mixed(entry, seed, task) for task, entry in enumerate(deal(base.train, windows, seed, 0))
    ]
    test = deal(base.test, windows, seed, 1)
    size = min(len(places) for places in train)
    if samples is not None:
        if samples > size:
            raise ScenarioError(f"--samples {samples}: a task has {size} training images at most")
        size = samples
    mean, spread = _standard(base.train)
    changes = [_Change(relation, task, base, seed) for task in range(relation.tasks)]

    def images(split: Split, places: NDArray[np.intp], task: int, noise: str) -> Pixels:
        return changes[task]((split.images[places] - mean) / spread, noise)

    def labels(split: Split, places: NDArray[np.intp]) -> Labels:
        return split.labels[places] % relation.classes

    noise, test_noise = streams.TRAIN_NOISE, streams.TEST_NOISE
    return Tasks(
        np.stack(
            [images(base.train, batch[:size], task, noise) for task, batch in enumerate(train)]
        ),
        np.stack([labels(base.train, batch[:size]) for batch in train]),
        [images(base.test, entry, task, test_noise) for task, entry in enumerate(test)],
        [labels(base.test, entry) for entry in test],
        relation.tasks if relation.kind == "split" else 1,
        windows,
    )


class _Change:
    """What is done to the images of one task: pixels in another order, noise in their place."""

    def __init__(self, relation: Relation, task: int, base: Images, seed: int) -> None:
        height, width = base.train.images.shape[1:3]
        moved = relation.kind == "permuted" and task > 0
        random = streams.generator(streams.PIXELS, seed, task)
        self.order = random.permutation(height * width) if moved else None
        self.corruption = relation.corruption if task > 0 else 0.0
        self.seed, self.task = seed, task

    def __call__(self, images: NDArray[np.float64], purpose: str) -> Pixels:
        if self.order is not None:
            rows = images.reshape(len(images), len(self.order), -1)
            images = rows[:, self.order].reshape(images.shape)
        if self.corruption:
            random = streams.generator(purpose, self.seed, self.task)
            noise = random.standard_normal(images.shape)
            images = (1 - self.corruption) ** 0.5 * images + self.corruption**0.5 * noise
        return images.astype(np.float32)


def _windows(base: Images, relation: Relation) -> tuple[tuple[int, ...], ...]:
    """The classes of each task: a window that moves on by what is not shared.

    A class has the label c mod K wherever it appears, so shared classes keep their labels.
    """
    width, known = relation.classes, len(base.classes)
    step = width - relation.shared if relation.kind == "split" else 0
    if not 0 <= relation.shared <= width:
        raise ScenarioError(
            f"--shared {relation.shared}: a task has {width} classes; at most these are shared"
        )
    needed = step * (relation.tasks - 1) + width
    if needed > known:
        raise ScenarioError(
            f"--tasks {relation.tasks}, --classes {width}, --shared {relation.shared}: needs "
            f"{needed} classes, {base.name} has {known}"
        )
    return tuple(tuple(range(step * t, step * t + width)) for t in range(relation.tasks))


def _dealt(
    split: Split, windows: tuple[tuple[int, ...], ...], seed: int, half: int
) -> list[NDArray[np.intp]]:
    """The images of each task; tasks that share a class share no image of it.

    Every class is dealt into as many parts as any, so that all classes of a task are as large.

    Args:
        split: the images.
        windows: the classes of each task.
        seed: of the deal.
        half: 0 for the training images, 1 for the test images.
    """
    parts = max(sum(label in entry for entry in windows) for window in windows for label in window)
    given: list[list[NDArray[np.intp]]] = [[] for _ in windows]
    for label in sorted({label for window in windows for label in window}):
        takers = [task for task, window in enumerate(windows) if label in window]
        random = streams.generator(streams.DEAL, seed, half, label)
        places = random.permutation(np.flatnonzero(split.labels == label))
        for task, part in zip(takers, np.array_split(places, parts), strict=False):
            given[task].append(part)
    return [np.concatenate(entry) for entry in given]


def _all(
    split: Split, windows: tuple[tuple[int, ...], ...], seed: int, half: int
) -> list[NDArray[np.intp]]:
    """All images for each task: permuted tasks differ by their pixels. Arguments as above."""
    del seed, half  # nothing is left to chance
    return [np.arange(len(split.labels)) for _ in windows]


def _mixed(places: NDArray[np.intp], seed: int, task: int) -> NDArray[np.intp]:
    """The training images of a task in random order: with ``--samples`` the first are taken."""
    return streams.generator(streams.CHOICE, seed, task).permutation(places)


def _standard(split: Split) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over the training images."""
    images = split.images.astype(np.float32)
    mean, spread = images.mean((0, 1, 2)), images.std((0, 1, 2))
    return mean.astype(float), np.maximum(spread.astype(float), 1e-6)


def shrunk(base: Images, factor: int) -> Images:
    """Images averaged over squares of pixels, which is faster by the square of the factor.

    Raises:
        ScenarioError: if the squares do not fill the image.
    """
    if factor == 1:
        return base
    height, width = base.train.images.shape[1:3]
    if height % factor or width % factor:
        raise ScenarioError(
            f"--shrink {factor}: images of {height} × {width} cannot be cut into such squares"
        )

    def smaller(split: Split) -> Split:
        cut = split.images.reshape(
            len(split.images), height // factor, factor, width // factor, factor, -1
        )
        return Split(np.rint(cut.mean((2, 4), dtype=np.float32)).astype(np.uint8), split.labels)

    return Images(base.name, smaller(base.train), smaller(base.test), base.classes)
