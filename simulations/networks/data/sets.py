"""The data sets by name: what each is, where it is published, finding its files and reading them.

Whatever is wrong with the files ends in what to do.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line
from update_magnitude.simulations.networks.data import readers
from update_magnitude.simulations.networks.data.files import Images, Split, UnreadableError


@dataclass(frozen=True)
class DataSet:
    """A data set that can be read."""

    name: str  # as in commands
    shape: tuple[int, int, int]  # height, width and channels of an image
    names: tuple[str, ...]  # of the classes, where no file gives them
    marks: tuple[str, ...] = field(repr=False)  # its files; where one is, the set is
    read: Callable[[Path, int], readers.Parts] | None = field(repr=False)
    title: str  # its name in full
    train: int  # how many images there are to train with
    test: int  # how many there are to test with
    source: str  # who made it
    layout: str  # which files are looked for, in a sentence
    address: str = ""  # of its home, before the names of its files
    archive: str = ""  # the folder that the file there unpacks to; nothing if used as it is
    sums: Mapping[str, str] = field(default_factory=dict)  # MD5, of each file there

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
        """The set, from the place where its files are; ``folder`` is that of the data."""
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
    """Read a data set, one of ``DATA_SETS``, from the folder of the data; digits need none.

    Files are looked for in the folder of the set's name, then in ``folder`` itself. MNIST and
    Fashion-MNIST name their files alike: what lies in ``folder`` itself is taken to be the one that
    is asked for. A ScenarioError names the set or the file that is missing or damaged, and the fix.

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


def _listed() -> dict[str, DataSet]:
    """What ``sets.toml`` lists, with the reader of each form."""
    text = files(__package__).joinpath("sets.toml").read_text(encoding="utf-8")
    listed = {}
    for name, table in tomllib.loads(text).items():
        marks, read = FORMS.get(table.pop("form", ""), ((), None))
        count = table.pop("classes", 0)
        names = table.pop("names", [f"class {number}" for number in range(count)])
        height, width, channels = table.pop("shape")
        shape = height, width, channels
        listed[name] = DataSet(name, shape, tuple(names), marks, read, **table)
    return listed


FORMS = {
    "idx": (readers.IDX_MARKS, readers.idx),
    "cifar10": (readers.CIFAR_10.marks, readers.CIFAR_10.read),
    "cifar100": (readers.CIFAR_100.marks, readers.CIFAR_100.read),
    "cub": (readers.CUB_MARKS, readers.cub),
}
DATA_SETS = _listed()
