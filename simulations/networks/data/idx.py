"""IDX files, in which MNIST and Fashion-MNIST are published."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from update_magnitude.simulations.networks.data.files import UnreadableError, content, labels
from update_magnitude.simulations.networks.data.images import Split

MOST = 10**6  # entries: a header that says more would fill the memory
SIDE = 28  # of an image, in pixels
BYTES = 0x08  # the type of the entries, the third byte of a file
PARTS = ("train-images", "train-labels", "t10k-images", "t10k-labels")


def spellings(part: str) -> tuple[str, ...]:
    """The names that the file of a part goes by, the published one first.

    Example:
        >>> spellings("t10k-labels")[::2]
        ('t10k-labels-idx1-ubyte.gz', 't10k-labels.idx1-ubyte.gz')
    """
    kind = "idx3-ubyte" if part.endswith("images") else "idx1-ubyte"
    return tuple(f"{part}{dash}{kind}{end}" for dash in "-." for end in (".gz", ""))


MARKS = tuple(name for part in PARTS for name in spellings(part))


def read(place: Path, classes: Sequence[str]) -> tuple[Split, Split, tuple[str, ...]]:
    """The two splits that lie in a folder, and the names of the classes.

    Raises:
        UnreadableError: naming the file that is missing or damaged.
    """
    train, test = (_split(place, split, len(classes)) for split in ("train", "t10k"))
    return train, test, tuple(classes)


def _split(place: Path, split: str, classes: int) -> Split:
    images = array(_file(place, f"{split}-images"), (SIDE, SIDE))
    path = _file(place, f"{split}-labels")
    return Split(images[..., None], labels(path, array(path, ()), len(images), classes))


def _file(place: Path, part: str) -> Path:
    paths = [place / name for name in spellings(part)]
    return next((path for path in paths if path.exists()), paths[0])


def array(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The bytes of an IDX file.

    Args:
        path: the file.
        shape: of one entry.

    Returns:
        All entries, [n, *shape].

    Raises:
        UnreadableError: if the header, the shape or the length is anything else.
    """
    start = 4 + 4 * (1 + len(shape))
    header = content(path, start)
    if header[:4] != bytes((0, 0, BYTES, 1 + len(shape))):
        what = "images" if shape else "labels"
        raise UnreadableError(path, f"it is no IDX file of {what}: bad magic number")
    if len(header) < start:
        raise UnreadableError(path, "truncated within its header")
    count, *entry = struct.unpack(f">{1 + len(shape)}I", header[4:])
    if count > MOST:
        raise UnreadableError(path, f"its header says {count:,} entries")
    if tuple(entry) != shape:
        found, right = (" x ".join(map(str, item)) for item in (entry, shape))
        raise UnreadableError(path, f"its images are {found} pixels, not {right}")
    return _entries(path, start, (count, *shape))


def _entries(path: Path, start: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    size = start + math.prod(shape)
    data = content(path, size + 1)  # one more than there should be shows what is too long
    if len(data) < size:
        raise UnreadableError(path, f"truncated after {len(data):,} of {size:,} bytes")
    if len(data) > size:
        raise UnreadableError(path, f"longer than the {size:,} bytes that its header says")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
