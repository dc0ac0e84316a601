"""Reading files that others wrote: what is wrong with one is said in one line that names it."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line

PIECE = 2**22  # bytes that are read at once


@dataclass(frozen=True)
class Split:
    """Images that belong together."""

    images: NDArray[np.uint8]  # [n, height, width, channels], from 0 (dark) to 255
    labels: NDArray[np.int32]  # [n], the class of each, counted from 0


@dataclass(frozen=True)
class Images:
    """A data set that was read."""

    name: str  # that of ``DATA_SETS``
    train: Split  # the images that its authors give to train with
    test: Split  # those that they keep to test with
    classes: tuple[str, ...]  # what each label means


class UnreadableError(ScenarioError):
    """A file that is missing, damaged, or something else than its name says."""

    def __init__(self, path: Path, wrong: str) -> None:
        super().__init__(f"{one_line(str(path))}: {one_line(wrong)}")
        self.path, self.wrong = path, wrong


def content(path: Path, most: int = sys.maxsize) -> bytes:
    """The bytes of a file, unpacked if its name ends in .gz.

    No more than ``most`` are read, so that no file can fill the memory.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return b"".join(_pieces(file, most))
    except FileNotFoundError:
        raise UnreadableError(path, "no such file") from None
    except gzip.BadGzipFile:
        raise UnreadableError(path, "it is no gzip file, or a damaged one") from None
    except (EOFError, zlib.error):
        raise UnreadableError(path, "the gzip file is truncated or damaged") from None
    except OSError as error:
        raise UnreadableError(path, f"cannot be read: {error.strerror}") from None


def _pieces(file: gzip.GzipFile | BufferedReader, most: int) -> Iterator[bytes]:
    """What a file holds, piece by piece: asked for all of it, Python first reserves ``most``."""
    while most and (piece := file.read(min(most, PIECE))):
        most -= len(piece)
        yield piece


def lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    try:
        text = content(path).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError(path, "it is not UTF-8 text") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def labels(path: Path, values: ArrayLike, count: int, classes: int) -> NDArray[np.int32]:
    """Labels of a file, one for each of ``count`` images, below ``classes``."""
    try:
        given = np.asarray(values)
    except ValueError:  # lists of unequal lengths
        given = np.empty(0)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise UnreadableError(path, "its labels are no list of whole numbers")
    if len(given) != count:
        raise UnreadableError(path, f"there are {len(given):,} labels for {count:,} images")
    wrong = given[(given < 0) | (given >= classes)]
    if len(wrong):
        raise UnreadableError(path, f"label {wrong[0]} is out of range: 0 to {classes - 1}")
    return given.astype(np.int32)


def names(path: Path, given: Sequence[str], classes: int) -> tuple[str, ...]:
    """The names of the classes that a file gives, as many as there are classes."""
    if len(given) != classes:
        raise UnreadableError(path, f"it names {len(given)} classes, not {classes}")
    return tuple(given)
