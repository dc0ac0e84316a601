"""The files of a store: their names, their checksums, and how damage to one is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from update_magnitude.scenarios import ScenarioError

ROOT = "zarr.json"  # of the group; written first, it says what the folder holds
CHECKSUM, CHECKSUMS = "checksum", "checksums"  # attributes of the group
IDENTITY = "store"  # an attribute of the array ``done``
SETTINGS = ("sweep", "software", "dtype")  # attributes that the numbers of a store depend on
SIZE = 8  # bytes of a checksum


class DamagedError(ScenarioError):
    """A file of a store is not what was written."""

    def __init__(self, folder: Path, name: str, why: str, place: str = "") -> None:
        super().__init__(folder, name, why, place)  # so that it passes between processes

    def __str__(self) -> str:
        folder, name, why, place = self.args
        where = f"at {place}: " if place else ""
        return f"{folder}: {where}{name} {why}; run the sweep again into this folder to repair it"


def chunk_name(variable: str, index: tuple[int, ...]) -> str:
    """The file of a point in an array.

    Example:
        >>> chunk_name("forgetting", (0, 2)), chunk_name("risk", (0, 2))
        ('forgetting/c/0/2', 'risk/c/0/2/0/0')
    """
    within = {"risk": 2, "risk_standard_error": 2, CHECKSUMS: 1}.get(variable, 0)
    return "/".join([variable, "c", *map(str, index), *["0"] * within])


def checksum(*parts: bytes) -> bytes:
    """A checksum of some bytes, which depends on where each part ends."""
    found = blake2b(digest_size=SIZE)
    for part in parts:
        found.update(len(part).to_bytes(8, "little") + part)
    return found.digest()


def identity(attributes: Mapping[str, Any]) -> str:
    """What tells a store from all others: a checksum of what its numbers depend on."""
    return checksum(_text({key: attributes.get(key) for key in SETTINGS})).hex()


def point_checksum(store: str, name: str, data: bytes) -> bytes:
    """The checksum of a file of a point, which no file of other points or stores has.

    Args:
        store: the identity of the store.
        name: of the file.
        data: what it holds.
    """
    return checksum(store.encode(), name.encode(), data)


def attributes_checksum(attributes: Mapping[str, Any]) -> str:
    """The checksum of all attributes of a group but the one that holds it."""
    return checksum(_text({key: attributes[key] for key in attributes if key != CHECKSUM})).hex()


def read_file(path: Path) -> bytes | None:
    """What a file holds; None if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def why_unreadable(path: Path) -> str:
    """What keeps a file from being read, or that it is damaged."""
    try:
        path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "is damaged"


def _text(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
