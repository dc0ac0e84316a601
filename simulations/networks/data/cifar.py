"""CIFAR-10 and CIFAR-100 in their two published forms: binary files, and pickles of Python 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks.data.files import (
    UnreadableError,
    content,
    labels,
    lines,
    names,
)
from update_magnitude.simulations.networks.data.images import Split
from update_magnitude.simulations.networks.data.pickles import plain

SIDE = 32
PIXELS = 3 * SIDE * SIDE  # of an image: all red ones, then all green ones, then all blue ones


@dataclass(frozen=True)
class Form:
    """How one of the archives holds its set.

    Attributes:
        folder: that it unpacks to.
        train: the files of the training images, in order.
        test: the file of the test images.
        meta: the file with the names of the classes.
        key: before each image, how many bytes of labels there are, the last of which counts; or
            in a pickle, the name of the list of labels.
        meta_key: in a pickle, the name of the list of names.
    """

    folder: str
    train: tuple[str, ...]
    test: str
    meta: str
    key: int | str
    meta_key: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """The files, from where the folder lies."""
        return tuple(f"{self.folder}/{name}" for name in (*self.train, self.test))


_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
BINARY_10 = Form(
    "cifar-10-batches-bin",
    tuple(f"{name}.bin" for name in _BATCHES),
    "test_batch.bin",
    "batches.meta.txt",
    1,
)
BINARY_100 = Form("cifar-100-binary", ("train.bin",), "test.bin", "fine_label_names.txt", 2)
PICKLED_10 = Form(
    "cifar-10-batches-py", _BATCHES, "test_batch", "batches.meta", "labels", "label_names"
)
PICKLED_100 = Form(
    "cifar-100-python", ("train",), "test", "meta", "fine_labels", "fine_label_names"
)


def read(place: Path, form: Form, classes: Sequence[str]) -> tuple[Split, Split, tuple[str, ...]]:
    """The two splits, and the names of the classes.

    Args:
        place: where the folder of the form lies.
        form: one of those above.
        classes: their names if there is no file that gives them.

    Raises:
        UnreadableError: naming the file that is missing or damaged.
    """
    folder, count = place / form.folder, len(classes)
    one = _pickled if isinstance(form.key, str) else _binary
    train = [one(folder / name, form.key, count) for name in form.train]
    joined = Split(
        np.concatenate([batch.images for batch in train]),
        np.concatenate([batch.labels for batch in train]),
    )
    meta = folder / form.meta
    known = names(meta, _names(meta, form), count) if meta.exists() else tuple(classes)
    return joined, one(folder / form.test, form.key, count), known


def _binary(path: Path, key: Any, classes: int) -> Split:
    data = np.frombuffer(content(path), np.uint8)
    size = key + PIXELS
    if not len(data) or len(data) % size:
        raise UnreadableError(
            path, f"truncated or damaged: {len(data):,} bytes are no multiple of {size:,}"
        )
    records = data.reshape(-1, size)
    found = labels(path, records[:, key - 1], len(records), classes)
    return Split(_images(records[:, key:]), found)


def _pickled(path: Path, key: Any, classes: int) -> Split:
    rows = _entry(path, "data", lambda value: isinstance(value, np.ndarray))
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != PIXELS:
        wrong = f"its images are {rows.dtype} of shape {rows.shape}"
        raise UnreadableError(path, f"{wrong}, not uint8 of shape (n, {PIXELS})")
    listed = _entry(path, key, lambda value: isinstance(value, list))
    return Split(_images(rows), labels(path, listed, len(rows), classes))


def _images(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    planes = rows.reshape(-1, 3, SIDE, SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def _names(path: Path, form: Form) -> list[str]:
    if not form.meta_key:
        return lines(path)
    found = _entry(path, form.meta_key, lambda value: isinstance(value, list))
    return [
        result.decode(errors="replace") if isinstance(result, bytes) else str(result)
        for result in found
    ]


def _entry(path: Path, key: str, right: Callable[[Any], bool]) -> Any:
    """One entry of a pickled dictionary, whose keys are bytes if Python 2 wrote it."""
    found = plain(path)
    if isinstance(found, dict):
        for name in (key.encode(), key):
            if name in found and right(found[name]):
                return found[name]
    raise UnreadableError(path, f"it holds no {key!r} as CIFAR does")
