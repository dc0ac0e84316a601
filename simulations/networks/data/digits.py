"""The 8 x 8 digits that scikit-learn carries with it: real images that need no file."""

from __future__ import annotations

import numpy as np

from update_magnitude.scenarios.packages import installed
from update_magnitude.simulations.networks.data.images import Split

MOST = 16  # of a pixel, as published: how many of 4 x 4 scanned ones are dark
EVERY = 4  # one in so many images of each class is for testing


def read() -> tuple[Split, Split, tuple[str, ...]]:
    """The digits in a split that never changes, for there is no official one.

    In the order in which scikit-learn has them, every fourth image of each class is a test image;
    so each class has the same share in both splits. Values 0 to 16 become 0 to 255.

    Raises:
        ScenarioError: if scikit-learn is not installed.
    """
    data = installed("sklearn.datasets").load_digits()
    images = np.round(data.images * (255 / MOST)).astype(np.uint8)[..., None]
    labels = np.asarray(data.target, np.int32)
    place = np.empty(len(labels), int)  # of each image among those of its class
    for label in np.unique(labels):
        here = labels == label
        place[here] = np.arange(here.sum())
    test = place % EVERY == EVERY - 1
    train = Split(images[~test], labels[~test])
    return train, Split(images[test], labels[test]), tuple("0123456789")
