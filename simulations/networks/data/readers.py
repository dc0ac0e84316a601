"""The form in which each data set is published: IDX, CIFAR's binary files, the lists of CUB.

A reader takes the folder in which the files of a set lie, and how many classes there are. It
returns both splits, and the names of the classes where the files have them, and raises an
``UnreadableError`` that names the file that is missing or damaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.packages import installed
from update_magnitude.simulations.networks.data.files import (
    Split,
    UnreadableError,
    content,
    labels,
    lines,
    names,
)
from update_magnitude.simulations.networks.data.pictures import thumbnail

Parts = tuple[Split, Split, tuple[str, ...] | None]  # train, test, and the names of the classes

MOST_GREY, EVERY = 16, 4  # of a pixel of digits; one in so many images of each class is for testing
MOST = 10**6  # entries of an IDX file: a header that says more would fill the memory
IDX_SIDE, CIFAR_SIDE, CUB_SIDE = 28, 32, 64  # of an image; that of CUB after resizing
BYTES = 0x08  # the type of the entries, the third byte of an IDX file
PIXELS = 3 * CIFAR_SIDE**2  # of an image: all red ones, then all green ones, then all blue ones
CUB = "CUB_200_2011"
LISTS = ("images.txt", "image_class_labels.txt", "train_test_split.txt", "classes.txt")
CUB_MARKS = tuple(f"{CUB}/{name}" for name in LISTS)


def digits() -> Parts:
    """The 8 x 8 digits that scikit-learn carries with it, in a split that never changes.

    There is no official one: in the order in which scikit-learn has them, every fourth image of
    each class is a test image; so each class has the same share in both splits. Values 0 to 16
    become 0 to 255.
    """
    data = installed("sklearn.datasets").load_digits()
    images = np.round(data.images * (255 / MOST_GREY)).astype(np.uint8)[..., None]
    given = np.asarray(data.target, np.int32)
    place = np.empty(len(given), int)  # of each image among those of its class
    for label in np.unique(given):
        here = given == label
        place[here] = np.arange(here.sum())
    test = place % EVERY == EVERY - 1
    return Split(images[~test], given[~test]), Split(images[test], given[test]), None


def spellings(part: str) -> tuple[str, ...]:
    """The names that the IDX file of a part goes by, the published one first."""
    kind = "idx3-ubyte" if part.endswith("images") else "idx1-ubyte"
    return tuple(f"{part}{dash}{kind}{end}" for dash in "-." for end in (".gz", ""))


IDX_MARKS = tuple(
    name
    for part in ("train-images", "train-labels", "t10k-images", "t10k-labels")
    for name in spellings(part)
)


def idx(place: Path, classes: int) -> Parts:
    """MNIST and Fashion-MNIST, in four IDX files."""

    def file(part: str) -> Path:
        paths = [place / name for name in spellings(part)]
        return next((path for path in paths if path.exists()), paths[0])

    def split(half: str) -> Split:
        images = _idx_array(file(f"{half}-images"), (IDX_SIDE, IDX_SIDE))
        path = file(f"{half}-labels")
        return Split(images[..., None], labels(path, _idx_array(path, ()), len(images), classes))

    return split("train"), split("t10k"), None


def _idx_array(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The entries of an IDX file, [n, *shape]: a header of big-endian numbers, then bytes."""
    start = 4 + 4 * (1 + len(shape))
    header = content(path, start)
    if header[:4] != bytes((0, 0, BYTES, 1 + len(shape))):
        what = "images" if shape else "labels"
        raise UnreadableError(path, f"it is no IDX file of {what}: bad magic number")
    if len(header) < start:
        raise UnreadableError(path, "truncated within its header")
    count, *sides = np.frombuffer(header, ">u4", offset=4).tolist()
    if count > MOST:
        raise UnreadableError(path, f"its header says {count:,} entries")
    if tuple(sides) != shape:
        given, right = (" x ".join(map(str, numbers)) for numbers in (sides, shape))
        raise UnreadableError(path, f"its images are {given} pixels, not {right}")
    size = start + count * math.prod(shape)
    data = content(path, size + 1)  # one more than there should be shows what is too long
    if len(data) < size:
        raise UnreadableError(path, f"truncated after {len(data):,} of {size:,} bytes")
    if len(data) > size:
        raise UnreadableError(path, f"longer than the {size:,} bytes that its header says")
    return np.frombuffer(data, np.uint8, offset=start).reshape(count, *shape)


class Cifar(NamedTuple):
    """The binary files of CIFAR-10 or CIFAR-100, of which all but the names must be there."""

    folder: str
    train: tuple[str, ...]
    test: str
    names: str  # of the classes
    before: int  # bytes of labels before each image, the last of which counts

    @property
    def marks(self) -> tuple[str, ...]:
        """The files, from where the folder lies."""
        return tuple(f"{self.folder}/{name}" for name in (*self.train, self.test))

    def read(self, place: Path, classes: int) -> Parts:
        """Both splits, and the names of the classes if their file is there."""
        folder, path = place / self.folder, place / self.folder / self.names
        train = [self._batch(folder / name, classes) for name in self.train]
        joined = Split(
            np.concatenate([batch.images for batch in train]),
            np.concatenate([batch.labels for batch in train]),
        )
        known = names(path, lines(path), classes) if path.exists() else None
        return joined, self._batch(folder / self.test, classes), known

    def _batch(self, path: Path, classes: int) -> Split:
        data = np.frombuffer(content(path), np.uint8)
        size = self.before + PIXELS
        if not len(data) or len(data) % size:
            raise UnreadableError(
                path, f"truncated or damaged: {len(data):,} bytes are no multiple of {size:,}"
            )
        rows = data.reshape(-1, size)
        planes = rows[:, self.before :].reshape(-1, 3, CIFAR_SIDE, CIFAR_SIDE)
        images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
        return Split(images, labels(path, rows[:, self.before - 1], len(rows), classes))


CIFAR_10 = Cifar(
    "cifar-10-batches-bin",
    tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    "test_batch.bin",
    "batches.meta.txt",
    1,
)
CIFAR_100 = Cifar("cifar-100-binary", ("train.bin",), "test.bin", "fine_label_names.txt", 2)


def cub(place: Path, classes: int) -> Parts:
    """Caltech-UCSD Birds-200-2011: photographs, listed in text files.

    Each is turned upright, its shorter side resized, the middle of the longer one kept.
    """
    folder = place / CUB
    paths, numbers, halves, titles = (_table(folder / name) for name in LISTS)
    for name, table in zip(LISTS[1:3], (numbers, halves), strict=True):
        if list(table) != list(paths):
            raise UnreadableError(folder / name, f"it lists other images than {LISTS[0]}")
    named = [title.partition(".")[2].replace("_", " ") or title for title in titles.values()]
    known = names(folder / LISTS[3], named, classes)
    if wrong := set(halves.values()) - {"0", "1"}:
        text = f"{min(wrong)[:60]!r} is neither 0 (test) nor 1 (train)"
        raise UnreadableError(folder / LISTS[2], text)
    try:  # the list counts from 1
        counted = [int(number) - 1 for number in numbers.values()]
    except ValueError:
        raise UnreadableError(folder / LISTS[1], "its labels are no whole numbers") from None
    given = labels(folder / LISTS[1], counted, len(paths), classes)
    files = _photographs(folder, list(paths.values()))

    def split(half: str) -> Split:
        chosen = [place for place, value in enumerate(halves.values()) if value == half]
        images = np.empty((len(chosen), CUB_SIDE, CUB_SIDE, 3), np.uint8)
        for row, number in enumerate(chosen):
            images[row] = thumbnail(files[number], CUB_SIDE)
        return Split(images, given[chosen])

    return split("1"), split("0"), known


def _table(path: Path) -> dict[str, str]:
    """What a list says of each number: its lines are a number, a space, and the rest."""
    table: dict[str, str] = {}
    for line in lines(path):
        number, _, rest = line.partition(" ")
        if not number.isdecimal() or not rest or number in table:
            raise UnreadableError(path, f"the line {line[:60]!r} is not a new number and a word")
        table[number] = rest
    if not table:
        raise UnreadableError(path, "it is empty")
    return table


def _photographs(folder: Path, given: Sequence[str]) -> list[Path]:
    """The files of the photographs, none of which lies outside."""
    for text in given:
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts:
            raise UnreadableError(folder / LISTS[0], f"{text[:60]!r} leads out of the folder")
    return [folder / "images" / text for text in given]
