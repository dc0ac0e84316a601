"""Small made-up data sets in the files of ``benchmarks.carried``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.carried import packed, path_of
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.networks.data import DATA_SETS, Images, Split

TRAIN, TEST = 40, 20  # images of each class


def made_up(name: str, seed: int = 0) -> Images:
    """Images in which neighbours and the colours of a pixel are alike; grey ones are mostly 0."""
    known, random = DATA_SETS[name], np.random.default_rng(seed)

    def split(count: int) -> Split:
        labels = np.tile(np.arange(known.classes, dtype=np.int32), count)
        shape = (len(labels), *known.shape)
        greys = random.integers(-9, 10, (*shape[:3], 1)).cumsum(1).cumsum(2)
        greys -= 200 * (known.shape[2] == 1)
        noise = random.integers(0, 20, shape) + 20 * labels[:, None, None, None]
        return Split(np.clip(greys + noise, 0, 255).astype(np.uint8), labels)

    return Images(name, split(TRAIN), split(TEST), known.names)


def write_carried(folder: Path, *names: str) -> Path:
    """The files of some sets, of both that the accelerator script trains on if none is named."""
    for name in names or ("mnist", "cifar10"):
        write_whole(path_of(name, folder), packed(made_up(name)))
    return folder
