"""Caltech-UCSD Birds-200-2011: photographs of birds, listed in text files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from update_magnitude.simulations.networks.data.files import UnreadableError, labels, lines, names
from update_magnitude.simulations.networks.data.images import Split
from update_magnitude.simulations.networks.data.pictures import thumbnail

SIDE = 64  # of an image after resizing
FOLDER = "CUB_200_2011"
LISTS = ("images.txt", "image_class_labels.txt", "train_test_split.txt", "classes.txt")
MARKS = tuple(f"{FOLDER}/{name}" for name in LISTS)
WITHIN = "images"  # the folder of the photographs


def read(place: Path, classes: int) -> tuple[Split, Split, tuple[str, ...]]:
    """The two splits, and the names of the classes.

    Each photograph is turned upright, its shorter side resized to ``SIDE``, the middle of the
    longer one kept.

    Args:
        place: where the folder of the archive lies.
        classes: how many there are.

    Raises:
        UnreadableError: naming the file that is missing or damaged.
    """
    folder = place / FOLDER
    paths, numbers, halves, titles = (_table(folder / name) for name in LISTS)
    for name, table in zip(LISTS[1:3], (numbers, halves), strict=True):
        if list(table) != list(paths):
            raise UnreadableError(folder / name, f"it lists other images than {LISTS[0]}")
    found = [_title(text) for text in titles.values()]
    known = names(folder / LISTS[3], found, classes)
    inside = _halves(folder / LISTS[2], halves)
    of = labels(folder / LISTS[1], _counted(folder / LISTS[1], numbers), len(paths), classes)
    files = _files(folder, paths)
    train, test = (_split(files, of.tolist(), inside, half) for half in ("1", "0"))
    return train, test, known


def _table(path: Path) -> dict[str, str]:
    """What a list says of each number: its lines are a number, a space, and the rest."""
    found = {}
    for line in lines(path):
        number, _, rest = line.partition(" ")
        if not number.isdecimal() or not rest or number in found:
            raise UnreadableError(path, f"the line {line[:60]!r} is not a new number and a word")
        found[number] = rest
    if not found:
        raise UnreadableError(path, "it is empty")
    return found


def _title(text: str) -> str:
    """The name of a class without its number.

    Example:
        >>> _title("001.Black_footed_Albatross")
        'Black footed Albatross'
    """
    return text.partition(".")[2].replace("_", " ") or text


def _halves(path: Path, table: Mapping[str, str]) -> list[str]:
    if wrong := set(table.values()) - {"0", "1"}:
        raise UnreadableError(path, f"{min(wrong)[:60]!r} is neither 0 (test) nor 1 (train)")
    return list(table.values())


def _counted(path: Path, table: Mapping[str, str]) -> list[int]:
    """Labels, which the list counts from 1."""
    try:
        return [int(value) - 1 for value in table.values()]
    except ValueError:
        raise UnreadableError(path, "its labels are no whole numbers") from None


def _files(folder: Path, table: Mapping[str, str]) -> list[Path]:
    for text in table.values():
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts:
            raise UnreadableError(folder / LISTS[0], f"{text[:60]!r} leads out of the folder")
    return [folder / WITHIN / text for text in table.values()]


def _split(
    files: Sequence[Path], entries: Sequence[int], halves: Sequence[str], half: str
) -> Split:
    chosen = [number for number, value in enumerate(halves) if value == half]
    images = np.empty((len(chosen), SIDE, SIDE, 3), np.uint8)
    for row, number in enumerate(chosen):
        images[row] = thumbnail(files[number], SIDE)
    return Split(images, np.array([entries[number] for number in chosen], np.int32))
