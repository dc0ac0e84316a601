"""Sequences of classification tasks made of a data set.

``split``: each task has classes of its own and a head. ``permuted``: each has all classes, its
pixels in an order of its own, and one head. How far tasks are related is controlled: ``shared``
classes make consecutive tasks alike, ``corruption`` puts noise in the place of later images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations import streams
from update_magnitude.simulations.networks.data import Images, Split

Pixels = NDArray[np.float32]
Labels = NDArray[np.int32]
Places = NDArray[np.intp]
Windows = tuple[tuple[int, ...], ...]  # the classes of each task


@dataclass(frozen=True)
class Relation:
    """How tasks are made and how they are related."""

    kind: str  # split or permuted
    tasks: int
    classes: int  # of a task
    shared: int = 0  # classes that a task has in common with the one before
    corruption: float = 0.0  # the share of the variance of later tasks' images that is noise
    shuffled: bool = False  # whether classes come in an order by chance, and not by their numbers


@dataclass(frozen=True)
class Tasks:
    """T tasks with as many training images each."""

    images: Pixels  # [T, n, H, W, channels], standardized
    labels: Labels  # [T, n]
    test_images: list[Pixels]  # T of [m, H, W, channels]
    test_labels: list[Labels]  # T of [m]
    heads: int  # T, or 1 if all tasks share one
    classes: Windows  # of the data set, by task

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
        """Classes that a head distinguishes."""
        return len(self.classes[0])


def make_tasks(base: Images, relation: Relation, samples: int | None, seed: int) -> Tasks:
    """Tasks made of a data set, with ``samples`` training images each, or as many as all have.

    The seed is of which images a task gets, of permutations and of noise. Raises a ScenarioError if
    the data set has too few classes or images.
    """
    if relation.shuffled:
        base = _renumbered(base, seed)
    windows = _windows(base, relation)
    train = [
        streams.generator(streams.CHOICE, seed, task).permutation(places)
        for task, places in enumerate(_dealt(base.train, relation, windows, seed, is_test=False))
    ]
    test = _dealt(base.test, relation, windows, seed, is_test=True)
    size = min(map(len, train))
    if samples is not None and samples > size:
        raise ScenarioError(f"--samples {samples}: a task has {size} training images at most")
    train = [places[: samples or size] for places in train]
    mean, spread = _standard(base.train)

    def images(split: Split, given: list[Places], noise: str) -> list[Pixels]:
        return [
            _changed((split.images[places] - mean) / spread, relation, seed, task, noise)
            for task, places in enumerate(given)
        ]

    def labels(split: Split, given: list[Places]) -> list[Labels]:
        return [split.labels[places] % relation.classes for places in given]

    return Tasks(
        np.stack(images(base.train, train, streams.TRAIN_NOISE)),
        np.stack(labels(base.train, train)),
        images(base.test, test, streams.TEST_NOISE),
        labels(base.test, test),
        relation.tasks if relation.kind == "split" else 1,
        windows,
    )


def _renumbered(base: Images, seed: int) -> Images:
    """The same images, their classes numbered in an order by chance."""
    order = streams.generator(streams.CLASSES, seed).permutation(len(base.classes))
    number = np.argsort(order).astype(np.int32)  # the new number of each class

    def split(old: Split) -> Split:
        return Split(old.images, number[old.labels])

    classes = tuple(base.classes[place] for place in order)
    return Images(base.name, split(base.train), split(base.test), classes)


def _changed(
    images: NDArray[np.float64], relation: Relation, seed: int, task: int, noise: str
) -> Pixels:
    """Images after the first task's: pixels in another order, or noise in their place."""
    if relation.kind == "permuted" and task:
        pixels = images.reshape(len(images), images.shape[1] * images.shape[2], -1)
        order = streams.generator(streams.PIXELS, seed, task).permutation(pixels.shape[1])
        images = pixels[:, order].reshape(images.shape)
    share = relation.corruption
    if share and task:
        drawn = streams.generator(noise, seed, task).standard_normal(images.shape)
        images = (1 - share) ** 0.5 * images + share**0.5 * drawn
    return images.astype(np.float32)


def _windows(base: Images, relation: Relation) -> Windows:
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
    split: Split, relation: Relation, windows: Windows, seed: int, *, is_test: bool
) -> list[Places]:
    """The images of each task, of those to train with or to test with.

    Tasks that share a class share no image of it: every class is dealt into as many parts as any,
    so that all classes of a task are as large. Permuted tasks differ by their pixels, and have all.
    """
    if relation.kind == "permuted":
        return [np.arange(len(split.labels)) for _ in windows]
    parts = max(sum(label in window for window in windows) for label in range(windows[-1][-1] + 1))
    given: list[list[Places]] = [[] for _ in windows]
    for label in sorted({label for window in windows for label in window}):
        takers = [task for task, window in enumerate(windows) if label in window]
        random = streams.generator(streams.DEAL, seed, int(is_test), label)
        places = random.permutation(np.flatnonzero(split.labels == label))
        for task, part in zip(takers, np.array_split(places, parts), strict=False):
            given[task].append(part)
    return [np.concatenate(part) for part in given]


def _standard(split: Split) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel over the training images."""
    # Channel by channel, in pairs: added up as they lie, colours stick where float32 has no digits.
    channels = np.moveaxis(split.images, -1, 0).astype(np.float32, order="C")
    channels = channels.reshape(len(channels), -1)
    mean, spread = channels.mean(1), channels.std(1)
    return mean.astype(float), np.maximum(spread.astype(float), 1e-6)


def shrunk(base: Images, factor: int) -> Images:
    """Images averaged over squares of pixels; a ScenarioError if these do not fill the image."""
    if factor == 1:
        return base
    height, width = base.train.images.shape[1:3]
    if height % factor or width % factor:
        raise ScenarioError(
            f"--shrink {factor}: images of {height} × {width} cannot be cut into such squares"
        )

    def smaller(split: Split) -> Split:
        shape = (len(split.images), height // factor, factor, width // factor, factor, -1)
        mean = split.images.reshape(shape).mean((2, 4), dtype=np.float32)
        return Split(np.rint(mean).astype(np.uint8), split.labels)

    return Images(base.name, smaller(base.train), smaller(base.test), base.classes)
