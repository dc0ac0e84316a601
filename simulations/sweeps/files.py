"""The files of a store: their names and checksums, and what is said where one is damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.quantities import ERROR, MEASURES, SENTENCES

if TYPE_CHECKING:
    from update_magnitude.simulations.sweeps.grid import Sweep

Index: TypeAlias = tuple[int, ...]  # of a point: into the engines, then into each axis

ROOT = "zarr.json"  # of the group; written first, it says what the folder holds
CHECKSUM, CHECKSUMS = "checksum", "checksums"  # attributes of the group
IDENTITY = "store"  # an attribute of the array ``done``
SETTINGS = ("sweep", "software", "dtype")  # attributes that the numbers of a store depend on
SIZE = 8  # bytes of a checksum
MEASURED = tuple(name + suffix for name in MEASURES for suffix in ("", ERROR))
KEPT = (*MEASURED, *SENTENCES, "done")  # variables of which every point has a file


class DamagedError(ScenarioError):
    """A file of a store is not what was written."""

    def __init__(self, folder: Path, name: str, why: str = "", place: str = "") -> None:
        why = why or _why_unreadable(folder / name)
        super().__init__(folder, name, why, place)  # so that it passes between processes

    def __str__(self) -> str:
        folder, name, why, place = self.args
        where = f"at {place}: " if place else ""
        return f"{folder}: {where}{name} {why}; run the sweep again into this folder to repair it"


def chunk_name(variable: str, index: Index) -> str:
    """The file of a point in an array: its index, and 0 for each axis within the point.

    Example:
        >>> chunk_name("forgetting", (0, 2)), chunk_name("risk", (0, 2))
        ('forgetting/c/0/2', 'risk/c/0/2/0/0')
    """
    within = {"risk": 2, "risk_standard_error": 2, CHECKSUMS: 1}.get(variable, 0)
    return "/".join([variable, "c", *map(str, index), *["0"] * within])


def checksum(*parts: bytes) -> bytes:
    """A checksum of some bytes, which depends on where each part ends."""
    digest = blake2b(digest_size=SIZE)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()


def identity(attributes: Mapping[str, object]) -> str:
    """What tells a store from all others: a checksum of what its numbers depend on."""
    return checksum(_text({key: attributes.get(key) for key in SETTINGS})).hex()


def point_checksum(store: str, name: str, data: bytes) -> bytes:
    """The checksum of a file of a point, which no file of other points or stores has."""
    return checksum(store.encode(), name.encode(), data)


def attributes_checksum(attributes: Mapping[str, object]) -> str:
    """The checksum of all attributes of a group but the one that holds it."""
    return checksum(_text({key: attributes[key] for key in attributes if key != CHECKSUM})).hex()


def read_file(path: Path) -> bytes | None:
    """What a file holds; None if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def root_attributes(folder: Path) -> dict[str, str]:
    """What the store in a folder is of, with the checksums of its metadata; or a ScenarioError."""
    path = folder / ROOT
    data = read_file(path)
    if data is None:
        if path.exists():
            raise DamagedError(folder, ROOT)
        raise ScenarioError(f"{folder}: there is no sweep in it: {ROOT} is missing")
    try:
        attributes = json.loads(data).get("attributes", {})
        is_checked = {CHECKSUM, CHECKSUMS} & set(attributes)
        is_whole = attributes.get(CHECKSUM) == attributes_checksum(attributes)
    except (ValueError, TypeError, AttributeError):
        raise DamagedError(folder, ROOT, "is damaged") from None
    if is_checked and not is_whole:
        raise DamagedError(folder, ROOT, "is damaged")
    if "sweep" not in attributes:
        raise ScenarioError(f"{folder}: there is no sweep in it")
    return dict(attributes)


class Points:
    """The files of the points of a store, each compared with its checksum when it is read."""

    def __init__(self, folder: Path, sweep: Sweep, store: str) -> None:
        self._folder, self._sweep, self._store = folder, sweep, store

    def has(self, index: Index) -> bool:
        """Whether a point has the mark ``done``, the last of its files to be written."""
        try:
            (self._folder / chunk_name("done", index)).stat()
        except FileNotFoundError:
            return False
        except OSError:
            raise self._damaged("done", index) from None
        return True

    def checksums(self, index: Index) -> dict[str, bytes]:
        """The checksums of a point that is done, by variable."""
        data = read_file(self._folder / chunk_name(CHECKSUMS, index))
        if data is None or len(data) != SIZE * len(KEPT):
            raise self._damaged(CHECKSUMS, index)
        parts = (data[SIZE * place :][:SIZE] for place in range(len(KEPT)))
        return dict(zip(KEPT, parts, strict=True))

    def read(self, variable: str, index: Index, expected: bytes) -> bytes:
        """The file of a point in an array, if it has the checksum that is expected."""
        name = chunk_name(variable, index)
        data = read_file(self._folder / name)
        if data is None or point_checksum(self._store, name, data) != expected:
            raise self._damaged(variable, index)
        return data

    def is_damaged(self, index: Index) -> bool:
        """Whether a point is said to be done, and any of its files is not what was written."""
        try:
            if self.has(index):
                for variable, expected in self.checksums(index).items():
                    self.read(variable, index, expected)
        except DamagedError:
            return True
        return False

    def _damaged(self, variable: str, index: Index) -> DamagedError:
        name = chunk_name(variable, index)
        return DamagedError(self._folder, name, place=self._sweep.place(index))


def _why_unreadable(path: Path) -> str:
    try:
        path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "is damaged"


def _text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
