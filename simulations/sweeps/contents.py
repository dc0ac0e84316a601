"""What the files of a store hold: all bytes of it follow from the sweep and the numbers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from update_magnitude.simulations.sweeps.files import (
    CHECKSUM,
    CHECKSUMS,
    IDENTITY,
    ROOT,
    SIZE,
    attributes_checksum,
    checksum,
    chunk_name,
    identity,
    point_checksum,
)
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.layout import KEPT, variables


class Contents:
    """The files of a sweep's store, as zarr encodes them in memory.

    Args:
        sweep: what is kept.
        tasks: the number of tasks, the largest if it varies.
        settings: what else the numbers depend on, ``software`` and ``dtype``.
        title: that the store was begun with; that of the sweep, if not given.

    Attributes:
        attributes: of the group.
        identity: what tells the store from all others.
        metadata: all files but those of the points, by name.
    """

    def __init__(
        self, sweep: Sweep, tasks: int, settings: Mapping[str, str], title: str | None = None
    ) -> None:
        import zarr

        self._files: dict[str, Any] = {}
        self.attributes: dict[str, Any] = {
            "title": sweep.title if title is None else title,
            "replicates": sweep.replicates,
            "seed": sweep.seed,
            **settings,
            "software": f"{settings['software']}, zarr {zarr.__version__}",  # it encodes all files
            "sweep": json.dumps(sweep.document(), ensure_ascii=False),
        }
        self.identity = identity(self.attributes)
        group = zarr.create_group(zarr.storage.MemoryStore(self._files), zarr_format=3)
        self._arrays = self._created(group, sweep, tasks)
        sums = {
            name: checksum(data.to_bytes()).hex()
            for name, data in sorted(self._files.items())
            if name != ROOT
        }
        self.attributes[CHECKSUMS] = json.dumps(sums)  # a text, as other formats can keep it too
        self.attributes[CHECKSUM] = attributes_checksum(self.attributes)
        group.update_attributes(self.attributes)
        self.metadata = {name: data.to_bytes() for name, data in sorted(self._files.items())}
        empty = self.point((0,) * len(sweep.shape), {"undefined": ""})
        self.no_sentence = empty[chunk_name("undefined", (0,) * len(sweep.shape))]

    def _created(self, group: Any, sweep: Sweep, tasks: int) -> dict[str, Any]:
        """Empty arrays, of which only coordinates have values."""
        from zarr.codecs import Crc32cCodec

        arrays, grid = {}, len(sweep.shape)
        for variable in variables(sweep, tasks):
            own = {IDENTITY: self.identity} if variable.name == "done" else {}
            array = arrays[variable.name] = group.create_array(
                variable.name,
                shape=variable.shape,
                dtype=variable.dtype,
                chunks=variable.chunks(grid),
                dimension_names=variable.dims,
                fill_value=np.nan if variable.dtype is float else None,
                # No compression: the numbers are noise in all but their first bytes. Whatever
                # reads zarr checks the checksum. The checksums of others need none of their own.
                compressors=None if variable.name == CHECKSUMS else Crc32cCodec(),
                config={"write_empty_chunks": True},  # or a missing file would look like one
                attributes={**variable.attrs, **own},
            )
            if variable.values is not None:
                array[...] = variable.values
        return arrays

    def point(self, index: tuple[int, ...], values: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of a point by name, in the order in which they are to be written.

        Args:
            index: of the point.
            values: some or all of its numbers, by variable.
        """
        files: dict[str, bytes] = {}
        for variable in values:
            files |= self._encoded(variable, index, values[variable])
        if not set(values) >= set(KEPT):
            return files
        names = [chunk_name(variable, index) for variable in KEPT]  # ``done`` is the last of them
        sums = b"".join(point_checksum(self.identity, name, files[name]) for name in names)
        own = self._encoded(CHECKSUMS, index, np.frombuffer(sums, f"<u{SIZE}"))
        return own | {name: files[name] for name in names}

    def _encoded(self, variable: str, index: tuple[int, ...], value: Any) -> dict[str, bytes]:
        self._arrays[variable][index] = value
        name = chunk_name(variable, index)
        return {name: self._files.pop(name).to_bytes()}

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
