"""The store of a sweep: a zarr group that any number of processes fill, killed or not.

Each point has chunks of its own. They are encoded in memory, written under temporary names and
renamed, the chunk of ``done`` last: a point is either not done, or all there. What a point is does
not depend on who computes it, or when; so nothing goes wrong if two processes write the same one,
and no lock has to be trusted. Claims only keep processes from doing the same work: they are never
waited for. Temporary files and claims lie in a folder within the array ``done``, where no reader of
zarr looks, and go when all is done.

All metadata follow from the sweep, so whatever differs is damaged and written anew; every file of a
point has a checksum, and a point that is damaged loses its mark ``done``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import NoReturn

from numpy.typing import ArrayLike

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import fail, shown
from update_magnitude.scenarios.packages import require_installed
from update_magnitude.scenarios.writing import temporary_file
from update_magnitude.simulations.sweeps.contents import Contents
from update_magnitude.simulations.sweeps.files import (
    ROOT,
    DamagedError,
    Index,
    Points,
    chunk_name,
    read_file,
    root_attributes,
)
from update_magnitude.simulations.sweeps.grid import Sweep

WORK = Path("done") / ".unfinished"
CLAIM, TEMPORARY = "claim-", "file-"
WITNESS = "done/zarr.json"  # says which store it belongs to, as the group does
# What systems and editors leave anywhere.
STRAY = (".*", "*~", "#*#", "*.swp", "*.bak", "Thumbs.db", "desktop.ini", "@eaDir", "lost+found")


class Store:
    """A folder that holds, or is to hold, the numbers of a sweep.

    Attributes:
        repaired: files of metadata that were damaged and are written anew.
    """

    def __init__(self, folder: Path, sweep: Sweep, tasks: int, settings: Mapping[str, str]) -> None:
        """Begin or take up a store, or refuse a folder that holds anything else (ScenarioError).

        Args:
            folder: where; it is made if need be.
            sweep: what is kept there.
            tasks: the number of tasks, the largest if it varies.
            settings: what else must be the same whenever the sweep is taken up again.
        """
        require_installed("zarr")
        self._folder, self._shape = folder, sweep.shape
        self._contents = Contents(sweep, tasks, settings)
        self.repaired: list[str] = []
        with self._writing():
            self._begin_group()
            title = root_attributes(folder)["title"]  # it may differ: no number depends on it
            if title != sweep.title:
                self._contents = Contents(sweep, tasks, settings, title)
            self._begin_arrays()
        self.points = Points(folder, sweep, self._contents.identity)

    def done(self) -> int:
        """How many points are done."""
        return sum(self.points.has(index) for index in self._indices())

    def sentences(self, variable: str) -> int:
        """How many points have a sentence in a variable, such as ``undefined``."""
        names = (chunk_name(variable, index) for index in self._indices())
        files = (read_file(self._folder / name) for name in names)
        return sum(data not in (None, self._contents.no_sentence) for data in files)

    def withdraw(self, index: Index) -> None:
        """Say of a point that it is not done."""
        with self._writing():
            (self._folder / chunk_name("done", index)).unlink(missing_ok=True)

    def claim(self, work: str) -> bool:
        """Say that this process takes up a piece of work; False if some process has said so."""
        with self._writing():
            try:
                (self._folder / WORK / f"{CLAIM}{work}").mkdir(parents=True)
            except (FileExistsError, FileNotFoundError):  # claimed, or all is done and tidied up
                return False
        return True

    def write(self, index: Index, values: Mapping[str, ArrayLike]) -> None:
        """Keep a point for good: its numbers by variable, ``done`` among them."""
        with self._writing():
            for name, data in self._contents.point(index, values).items():
                try:
                    self._place(name, data, os.replace)
                except FileNotFoundError:  # others did this point and the last, and tidied up
                    if not self.points.has(index):
                        raise

    def tidy(self) -> None:
        """Remove what killed runs have left, once all is done."""
        work = self._folder / WORK
        for path in work.glob(f"{TEMPORARY}*"):
            path.unlink(missing_ok=True)
        for path in [*work.glob(f"{CLAIM}*"), work]:
            with suppress(OSError):  # another process was faster, or there are files of others
                path.rmdir()

    def _indices(self) -> Iterator[Index]:
        return product(*map(range, self._shape))

    def _begin_group(self) -> None:
        """Write the file of the group, unless it is there; compare it if it is."""
        root = self._contents.metadata[ROOT]
        if not (self._folder / ROOT).exists() and not self._is_ours():
            self._require_empty()
            with suppress(FileExistsError):  # another process was faster
                self._place(ROOT, root, os.link)
        try:
            kept = root_attributes(self._folder)
        except ScenarioError as error:
            if not self._is_ours():
                self._refuse(error)
            self._place(ROOT, root, os.replace)
            self.repaired.append(ROOT)
        else:
            self._compare(kept)

    def _is_ours(self) -> bool:
        """Whether another file than that of the group says that the store is of this sweep."""
        expected: bytes = self._contents.metadata[WITNESS]
        return read_file(self._folder / WITNESS) == expected

    def _refuse(self, error: ScenarioError) -> NoReturn:
        if isinstance(error, DamagedError):
            why = f"{ROOT} is damaged, and so is {WITNESS}, or it is of something else"
        else:
            why = "it was begun with something else"
        fail("--output", str(self._folder), f"{why}; give an empty folder")

    def _require_empty(self) -> None:
        names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        inside = {path.name for path in (self._folder / "done").glob("*")}
        mine = {"done"} if inside <= {WORK.name} else set()  # another of that name is a user's
        others = [
            name
            for name in names
            if name not in mine and not any(fnmatch(name, pattern) for pattern in STRAY)
        ]
        if others and not (self._folder / ROOT).exists():  # nor was another process faster
            why = f"it holds other files ({shown(min(others))}); give an empty folder"
            fail("--output", str(self._folder), why)

    def _begin_arrays(self) -> None:
        """Write all metadata that are missing or damaged."""
        begun = any((self._folder / "done").glob("c/**/*"))  # then all of them were there
        for name, data in self._contents.metadata.items():
            kept = read_file(self._folder / name)
            if kept == data or (name == ROOT and self._contents.is_consolidated(kept)):
                continue
            self._place(name, data, os.replace)
            if begun or kept is not None:
                self.repaired.append(name)

    def _compare(self, kept: Mapping[str, str]) -> None:
        """Refuse a store that was begun otherwise, naming what differs."""
        own = self._contents.attributes
        before, now = _settings(kept), _settings(own)
        for key in [*now, *before]:
            if json.dumps(before.get(key)) != json.dumps(now.get(key)):
                begun = f"{self._folder} was begun with {shown(before.get(key))}"
                fail(key, now.get(key), f"{begun}; go on with that, or give another --output")
        if kept["sweep"] != own["sweep"]:
            axes = list(json.loads(str(own["sweep"]))["grid"])
            fail("grid", axes, f"{self._folder} was begun with its keys in another order")

    def _place(self, name: str, data: bytes, how: Callable[[Path, Path], None]) -> None:
        """Write a file under a temporary name, then give it its own."""
        target, work = self._folder / name, self._folder / WORK
        for folder in (work, target.parent):
            folder.mkdir(parents=True, exist_ok=True)
        # What a power failure takes is noticed by its checksum: nothing waits for the disk.
        with temporary_file(work, data, TEMPORARY, flush=False) as path:
            how(path, target)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = "" if error.filename is None else f" ({error.filename})"
            why = f"it cannot be read and written to: {error.strerror}{name}"
            fail("--output", str(self._folder), why)


def _settings(attributes: Mapping[str, object]) -> dict[str, object]:
    """All that the numbers of a store depend on, by the name that its user knows it by."""
    others = {"software": attributes.get("software"), "--precision": attributes.get("dtype")}
    return _flat(json.loads(str(attributes["sweep"])), "") | others


def _flat(value: object, key: str) -> dict[str, object]:
    """The values in nested tables by their dotted keys."""
    if not isinstance(value, dict):
        return {key: value}
    place, flat = f"{key}." if key else "", dict[str, object]()
    for name in value:
        flat |= _flat(value[name], f"{place}{name}")
    return flat
