"""Reading files that others wrote: what is wrong with one is said in one line that names it."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line

PIECE = 2**22  # bytes that are read at once


class UnreadableError(ScenarioError):
    """A file that is missing, damaged, or something else than its name says."""

    def __init__(self, path: Path, wrong: str) -> None:
        super().__init__(f"{one_line(str(path))}: {one_line(wrong)}")
        self.path, self.wrong = path, wrong


def content(path: Path, most: int = sys.maxsize) -> bytes:
    """The bytes of a file, unpacked if its name ends in .gz.

    Args:
        path: the file.
        most: bytes after which to stop, so that no file can fill the memory. Default: all.

    Raises:
        UnreadableError: if it is missing, cannot be read, or is no complete gzip file.
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
    """The lines of a text file that are not empty.

    Raises:
        UnreadableError: if it cannot be read, or is no text.
    """
    try:
        text = content(path).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError(path, "it is not UTF-8 text") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def labels(path: Path, values: Any, count: int, classes: int) -> NDArray[np.int32]:
    """Labels, one for each image.

    Args:
        path: the file that they are from.
        values: whole numbers, in an array or a list.
        count: how many images they belong to.
        classes: how many classes there are; labels are below that.

    Raises:
        UnreadableError: if they are anything else.

    Example:
        >>> labels(Path("labels"), [0, 2], 2, 3)
        array([0, 2], dtype=int32)
    """
    try:
        found = np.asarray(values)
    except ValueError:  # lists of unequal lengths
        found = np.empty(0)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise UnreadableError(path, "its labels are no list of whole numbers")
    if len(found) != count:
        raise UnreadableError(path, f"there are {len(found):,} labels for {count:,} images")
    wrong = found[(found < 0) | (found >= classes)]
    if len(wrong):
        raise UnreadableError(path, f"label {wrong[0]} is out of range: 0 to {classes - 1}")
    return found.astype(np.int32)


def names(path: Path, found: Sequence[str], classes: int) -> tuple[str, ...]:
    """The names of the classes.

    Raises:
        UnreadableError: if they are too few or too many.

    Example:
        >>> names(Path("classes.txt"), ["cat", "dog"], 2)
        ('cat', 'dog')
    """
    if len(found) != classes:
        raise UnreadableError(path, f"it names {len(found)} classes, not {classes}")
    return tuple(found)
