"""Finding the files of a data set and reading them; whatever is wrong ends in what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import one_line
from update_magnitude.simulations.networks.data import digits
from update_magnitude.simulations.networks.data.files import UnreadableError
from update_magnitude.simulations.networks.data.images import Images, Split
from update_magnitude.simulations.networks.data.sets import DATA_SETS, DataSet, Form


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
    if not wanted.forms:
        return Images(name, *digits.read())
    if folder is None:
        raise ScenarioError(
            f"{name} is read from files: say where they are by --data DIR, or fetch them there: "
            f"{remedy(name, None)}"
        )
    return read_from(wanted, places(wanted, folder), folder)


def require_data_folder(folder: Path) -> None:
    """Raise a ScenarioError where the folder of the data is none."""
    if not os.path.isdir(folder):  # where pathlib raises, of what may not be looked into
        there = os.path.exists(folder)
        wrong = "it is a file, not a folder" if there else "there is no such folder"
        raise ScenarioError(f"--data = {one_line(str(folder))}: {wrong}")


def known(name: str) -> DataSet:
    """The data set of a name.

    Raises:
        ScenarioError: if there is none.
    """
    if name not in DATA_SETS:
        raise ScenarioError(f"{one_line(name)!r} is no data set; known: {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def places(wanted: DataSet, folder: Path) -> tuple[Path, Path]:
    """The folders in which the files may lie, in order."""
    return folder / wanted.name, folder


def remedy(name: str, folder: Path | None) -> str:
    """The command that fetches a data set.

    Example:
        >>> remedy("mnist", Path("data"))
        'update-magnitude data fetch mnist --data data'
    """
    return f"update-magnitude data fetch {name} --data {one_line(str(folder or 'DIR'))}"


def found(wanted: DataSet, among: Sequence[Path]) -> tuple[Path, Form] | None:
    """Where the files are, and in which form; None if there are none."""
    for place in among:
        for form in wanted.forms:
            # os.path answers no where pathlib raises: of folders that may not be looked into.
            if any(os.path.exists(place / mark) for mark in form.marks):
                return place, form
    return None


def read_from(wanted: DataSet, among: Sequence[Path], folder: Path) -> Images:
    """Read a data set from the first of some places where its files are.

    Raises:
        ScenarioError: if there are none.
        UnreadableError: if one of them is missing or damaged.
    """
    here = found(wanted, among)
    if here is None:
        raise ScenarioError(
            f"--data = {one_line(str(folder))}: no files of {wanted.name} are there; looked for "
            f"{wanted.layout}; fetch them: {remedy(wanted.name, folder)}"
        )
    place, form = here
    try:
        train, test, classes = form.read(place)
        _require(place, "train", train, wanted.train, wanted)
        _require(place, "test", test, wanted.test, wanted)
    except UnreadableError as error:
        fix = f"fetch it anew: {remedy(wanted.name, folder)}"
        raise UnreadableError(error.path, f"{error.wrong}; {fix}") from None
    return Images(wanted.name, train, test, classes)


def _require(place: Path, name: str, split: Split, count: int, wanted: DataSet) -> None:
    """A part of a set passes for no whole one: experiments would say what they did not do."""
    shape = split.images.shape
    if shape != (count, *wanted.shape):
        raise UnreadableError(
            place,
            f"{shape[0]:,} {name} images of shape {shape[1:]}, but {wanted.title} has "
            f"{count:,} of shape {wanted.shape}",
        )
