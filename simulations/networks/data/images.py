"""What a data set is once it is read: images as they were published, and their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Split:
    """Images that belong together.

    Attributes:
        images: [n, height, width, channels], from 0 (dark) to 255.
        labels: [n], the class of each, counted from 0.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class Images:
    """A data set that was read.

    Attributes:
        name: that of ``DATA_SETS``.
        train: the images that its authors give to train with.
        test: those that they keep to test with.
        classes: what each label means.
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
