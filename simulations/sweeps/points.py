"""Reading the files of the points of a store, each compared with its checksum."""

from __future__ import annotations

from pathlib import Path

from update_magnitude.simulations.sweeps.files import (
    CHECKSUMS,
    SIZE,
    DamagedError,
    chunk_name,
    point_checksum,
    read_file,
    why_unreadable,
)
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.layout import KEPT


class Points:
    """The points of a store.

    Args:
        folder: of the store.
        sweep: that it is of.
        identity: what tells the store from all others.
    """

    def __init__(self, folder: Path, sweep: Sweep, identity: str) -> None:
        self._folder, self._sweep, self._identity = folder, sweep, identity

    def has(self, index: tuple[int, ...]) -> bool:
        """Whether a point is said to be done; its mark is the last of its files to be written.

        Raises:
            DamagedError: if the mark cannot be looked for.
        """
        name = chunk_name("done", index)
        try:
            (self._folder / name).stat()
        except FileNotFoundError:
            return False
        except OSError:
            raise self.damaged(name, index) from None
        return True

    def checksums(self, index: tuple[int, ...]) -> dict[str, bytes]:
        """The checksums of a point that is done, by variable.

        Raises:
            DamagedError: if they cannot be read.
        """
        name = chunk_name(CHECKSUMS, index)
        data = read_file(self._folder / name)
        if data is None or len(data) != SIZE * len(KEPT):
            raise self.damaged(name, index)
        parts = (data[SIZE * place :][:SIZE] for place in range(len(KEPT)))
        return dict(zip(KEPT, parts, strict=True))

    def read(self, variable: str, index: tuple[int, ...], expected: bytes) -> bytes:
        """The file of a point in an array.

        Args:
            variable: the name of the array.
            index: of the point.
            expected: the checksum of the file.

        Raises:
            DamagedError: if it is missing, or not what was written.
        """
        name = chunk_name(variable, index)
        data = read_file(self._folder / name)
        if data is None or point_checksum(self._identity, name, data) != expected:
            raise self.damaged(name, index)
        return data

    def is_damaged(self, index: tuple[int, ...]) -> bool:
        """Whether a point is said to be done, and any of its files is not what was written."""
        try:
            if not self.has(index):
                return False
            for variable, expected in self.checksums(index).items():
                self.read(variable, index, expected)
        except DamagedError:
            return True
        return False

    def damaged(self, name: str, index: tuple[int, ...]) -> DamagedError:
        """The error that says which file of which point is damaged."""
        why = why_unreadable(self._folder / name)
        return DamagedError(self._folder, name, why, self._sweep.place(index))
