"""What the files of a store hold: all bytes of it follow from the sweep and the numbers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from update_magnitude.scenarios.quantities import (
    ERROR,
    MEASURES,
    SENTENCES,
    TASK_MEANINGS,
    TASKS,
    axis_attributes,
)
from update_magnitude.simulations.sweeps.files import (
    CHECKSUM,
    CHECKSUMS,
    IDENTITY,
    KEPT,
    ROOT,
    SIZE,
    Index,
    attributes_checksum,
    checksum,
    chunk_name,
    identity,
    point_checksum,
)
from update_magnitude.simulations.sweeps.grid import Sweep

if TYPE_CHECKING:
    from zarr import Array, Group
    from zarr.core.buffer import Buffer
    from zarr.core.metadata.v3 import ArrayV3Metadata

FILE = "file"  # the axis of the checksums


class Variable(NamedTuple):
    """An array of the store; those without values are filled point by point."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: DTypeLike
    attributes: Mapping[str, str]
    values: NDArray[np.generic] | None = None


class Contents:
    """The files of a sweep's store, as zarr encodes them in memory.

    Attributes:
        attributes: of the group.
        identity: what tells the store from all others.
        metadata: all files but those of the points, by name.
        no_sentence: the file of a point that has no sentence in a variable.
    """

    def __init__(
        self, sweep: Sweep, tasks: int, settings: Mapping[str, str], title: str | None = None
    ) -> None:
        """The contents for the most tasks of a scenario, under a title that may differ."""
        import zarr

        self._files: dict[str, Buffer] = {}
        self.attributes: dict[str, str | int] = {
            "title": sweep.title if title is None else title,
            "replicates": sweep.replicates,
            "seed": sweep.seed,
            **settings,
            "software": f"{settings['software']}, zarr {zarr.__version__}",  # it encodes all files
            "sweep": json.dumps(sweep.document(), ensure_ascii=False),
        }
        self.identity = identity(self.attributes)
        group = zarr.create_group(zarr.storage.MemoryStore(self._files), zarr_format=3)
        self._arrays = {
            variable.name: self._created(group, variable, len(sweep.shape))
            for variable in _variables(sweep, tasks)
        }
        sums = {name: checksum(data).hex() for name, data in self._bytes() if name != ROOT}
        self.attributes[CHECKSUMS] = json.dumps(sums)  # a text, as other formats can keep it too
        self.attributes[CHECKSUM] = attributes_checksum(self.attributes)
        group.update_attributes(dict(self.attributes))
        self.metadata = dict(self._bytes())
        first = (0,) * len(sweep.shape)
        self.no_sentence = self._encoded("undefined", first, "")

    def _bytes(self) -> Iterator[tuple[str, bytes]]:
        return ((name, data.to_bytes()) for name, data in sorted(self._files.items()))

    def _created(self, group: Group, variable: Variable, grid: int) -> Array[ArrayV3Metadata]:
        """An empty array, in chunks of one point; a coordinate has its values."""
        from zarr.codecs import Crc32cCodec

        own = {IDENTITY: self.identity} if variable.name == "done" else {}
        by_point = (*(1,) * grid, *variable.shape[grid:])
        array = group.create_array(
            variable.name,
            shape=variable.shape,
            dtype=variable.dtype,
            chunks=by_point if variable.values is None else variable.shape,
            dimension_names=variable.dims,
            fill_value=np.nan if variable.dtype is float else None,
            # No compression: the numbers are noise in all but their first bytes. Whatever
            # reads zarr checks the checksum. The checksums of others need none of their own.
            compressors=None if variable.name == CHECKSUMS else Crc32cCodec(),
            config={"write_empty_chunks": True},  # or a missing file would look like one
            attributes={**variable.attributes, **own},
        )
        if variable.values is not None:
            array[...] = variable.values
        return array

    def point(self, index: Index, values: Mapping[str, ArrayLike]) -> dict[str, bytes]:
        """The files of a point by name, in the order in which they are to be written."""
        # ``done`` is the last of them.
        files = {chunk_name(name, index): self._encoded(name, index, values[name]) for name in KEPT}
        pairs = files.items()
        sums = b"".join(point_checksum(self.identity, name, data) for name, data in pairs)
        numbers = np.frombuffer(sums, f"<u{SIZE}")
        return {chunk_name(CHECKSUMS, index): self._encoded(CHECKSUMS, index, numbers), **files}

    def _encoded(self, variable: str, index: Index, value: ArrayLike) -> bytes:
        self._arrays[variable][index] = value
        return self._files.pop(chunk_name(variable, index)).to_bytes()

    def is_consolidated(self, root: bytes | None) -> bool:
        """Whether this is the file of the group as ``zarr.consolidate_metadata`` leaves it."""
        import zarr

        files = dict(self._files)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is no part of the specification yet
            zarr.consolidate_metadata(zarr.storage.MemoryStore(files))
        try:
            return bool(json.loads(root or b"") == json.loads(files[ROOT].to_bytes()))
        except ValueError:
            return False


def _variables(sweep: Sweep, tasks: int) -> Iterator[Variable]:
    """All arrays of a store: the coordinates, what is measured, checksums, and ``done``."""
    yield _coordinate("engine", np.array(sweep.engines), {"long_name": "engine that simulated"})
    for axis in sweep.axes:
        yield _coordinate(axis.field, axis.labels, axis_attributes(axis))
    yield _coordinate(FILE, np.array(KEPT), {"long_name": "variable that a checksum belongs to"})
    for name, meaning in zip(TASKS, TASK_MEANINGS, strict=True):
        yield _coordinate(name, np.arange(1, tasks + 1), {"long_name": meaning})
    grid, shape = ("engine", *(axis.field for axis in sweep.axes)), sweep.shape
    for name, meaning in MEASURES.items():
        within = TASKS if name == "risk" else ()
        place = ((*grid, *within), (*shape, *[tasks] * len(within)), float)
        units = {"units": "1", "ancillary_variables": name + ERROR}
        yield Variable(name, *place, {"long_name": meaning, **units})
        of_error = {"long_name": f"standard error of the {meaning}", "units": "1"}
        yield Variable(name + ERROR, *place, of_error)
    for name, meaning in SENTENCES.items():
        yield Variable(name, grid, shape, str, {"long_name": meaning})
    sums = {"long_name": "checksum of the file of the point in each variable"}
    yield Variable(CHECKSUMS, (*grid, FILE), (*shape, len(KEPT)), np.uint64, sums)
    done = {"long_name": "whether the point is simulated and kept"}
    yield Variable("done", grid, shape, bool, done)


def _coordinate(name: str, labels: NDArray[np.generic], attributes: Mapping[str, str]) -> Variable:
    dtype: DTypeLike = str if labels.dtype.kind == "U" else labels.dtype
    return Variable(name, (name,), labels.shape, dtype, attributes, labels)
