"""Stores without checksums, as the first versions wrote them: they are read, and not gone on with.

Only missing metadata, files of the wrong length, and texts that are none are noticed there. A file
that is missing may stand for a value that is NaN, which was not written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from update_magnitude.scenarios.quantities import TASKS
from update_magnitude.simulations.sweeps.files import (
    DamagedError,
    chunk_name,
    read_file,
    why_unreadable,
)
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.layout import MEASURED

ARRAY = "zarr.json"
FIRST = (*MEASURED, "undefined", "done")  # variables of the first versions


def metadata_of(folder: Path, sweep: Sweep) -> dict[str, bytes]:
    """All files but those of the points and of the group, by name.

    Raises:
        DamagedError: if one is missing.
    """
    coordinates = ("engine", *(axis.field for axis in sweep.axes), *TASKS)
    names = [f"{array}/{ARRAY}" for array in (*coordinates, *FIRST)]
    names += [f"{array}/c/0" for array in coordinates]
    return {name: _required(folder, name) for name in names}


def unchecked_reader(folder: Path, sweep: Sweep) -> Callable[[str, tuple[int, ...]], bytes | None]:
    """A function that reads the file of a point in an array.

    It raises a DamagedError where the file has not the length that it should have, or is no text.
    """
    lengths = {name: _length(folder, name, len(sweep.shape)) for name in (*MEASURED, "done")}

    def read_point(variable: str, index: tuple[int, ...]) -> bytes | None:
        name = chunk_name(variable, index)
        path = folder / name
        data = read_file(path)
        if data is None and not path.exists():
            return None
        right = variable == "undefined" and _is_text(data or b"")
        if data is None or not (right or len(data) == lengths.get(variable)):
            raise DamagedError(folder, name, why_unreadable(path), sweep.place(index))
        return data

    return read_point


def _required(folder: Path, name: str) -> bytes:
    data = read_file(folder / name)
    if data is None:
        raise DamagedError(folder, name, why_unreadable(folder / name))
    return data


def _length(folder: Path, variable: str, grid: int) -> int:
    """Bytes of a file of numbers: one for a truth value, else eight for each number."""
    try:
        count = 1
        for size in json.loads(_required(folder, f"{variable}/{ARRAY}"))["shape"][grid:]:
            count *= int(size)
    except (ValueError, KeyError, TypeError):
        raise DamagedError(folder, f"{variable}/{ARRAY}", "is damaged") from None
    return count if variable == "done" else 8 * count


def _is_text(data: bytes) -> bool:
    """Whether this is one text as zarr writes it: how many there are, its length, and the text."""
    try:
        length = len(data[8:].decode().encode())
    except UnicodeDecodeError:
        return False
    return data[:8] == (1).to_bytes(4, "little") + length.to_bytes(4, "little")
