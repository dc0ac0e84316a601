"""Reading the store of a sweep as one labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from update_magnitude.scenarios.fields import fail, one_line
from update_magnitude.scenarios.packages import require_installed
from update_magnitude.scenarios.quantities import TASKS
from update_magnitude.simulations.sweeps.files import (
    CHECKSUM,
    CHECKSUMS,
    IDENTITY,
    KEPT,
    MEASURED,
    ROOT,
    DamagedError,
    Index,
    Points,
    checksum,
    chunk_name,
    identity,
    read_file,
    root_attributes,
)
from update_magnitude.simulations.sweeps.grid import Sweep, sweep_of

if TYPE_CHECKING:
    import xarray as xr
    from zarr.core.buffer import Buffer

ReadPoint: TypeAlias = Callable[[str, Index], bytes | None]  # the file of a point in an array
FIRST = (*MEASURED, "undefined", "done")  # variables of stores of the first versions


def read(folder: str | Path) -> xr.Dataset:
    """The dataset of a sweep, finished or not.

    Its dimensions are the engine and the fields that vary, and for risks the task learned last and
    the task tested on. A value is NaN where its point is not ``done`` yet, and where it has no
    finite mean, as ``undefined`` then says. Values are loaded when they are used, and compared with
    their checksums; stores of the first versions have none.

    Args:
        folder: what was given as ``--output``.

    Raises:
        ScenarioError: if there is no sweep in the folder, or zarr is not installed; as a
            ``DamagedError`` if a file is not what was written, naming it and its point, here or
            when values are loaded.

    Example:
        >>> import tempfile
        >>> from update_magnitude.scenarios import load_document
        >>> from update_magnitude.simulations.sweeps import Axis, Sweep, run
        >>> axes = (Axis("tasks.noise", (0.0, 0.5)), Axis("updates.scale", (0.5, 1.0)))
        >>> sweep = Sweep("scales", load_document("two-close-tasks"), axes, ("law",), 1000, 0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     summary = run(sweep, folder)
        ...     kept = read(folder).load()
        >>> dict(kept.forgetting.sizes)
        {'engine': 1, 'tasks.noise': 2, 'updates.scale': 2}
        >>> best = kept.generalization.sel(engine="law").idxmin("updates.scale")
        >>> best.sel({"tasks.noise": 0.0}).item()
        1.0
    """
    require_installed("zarr")  # with which xarray reads the store
    if not isinstance(folder, str | Path):
        fail("folder", folder, "the name of a folder is needed")
    place = Path(folder)
    attributes = root_attributes(place)
    files = (_checked if CHECKSUM in attributes else _unchecked)(place, attributes)
    dataset = _plain(_opened(place, files))
    dataset = dataset[[name for name in KEPT if name in dataset]]
    dataset.done.attrs.pop(IDENTITY, None)
    for name in (CHECKSUM, CHECKSUMS):
        dataset.attrs.pop(name, None)
    return dataset


class _Files(Mapping[str, "Buffer"]):
    """The files of a store by name, as a store of zarr in memory would hold them.

    Others that lie in the folder are not seen.
    """

    def __init__(self, metadata: Mapping[str, bytes], point: ReadPoint, sweep: Sweep) -> None:
        self._metadata, self._point, self._sweep = metadata, point, sweep

    def __getitem__(self, name: str) -> Buffer:
        from zarr.core.buffer import default_buffer_prototype

        data = self._metadata[name] if name in self._metadata else self._chunk(name)
        if data is None:
            raise KeyError(name)
        return default_buffer_prototype().buffer.from_bytes(data)

    def __iter__(self) -> Iterator[str]:
        return iter(self._metadata)

    def __len__(self) -> int:
        return len(self._metadata)

    def _chunk(self, name: str) -> bytes | None:
        variable, _, rest = name.partition("/c/")
        if variable not in KEPT or not rest:
            return None
        index = tuple(map(int, rest.split("/")))[: len(self._sweep.shape)]
        return self._point(variable, index)


def _checked(folder: Path, attributes: Mapping[str, str]) -> _Files:
    """The files of a store, each compared with its checksum."""
    metadata = {ROOT: _root(attributes)}
    for name, expected in json.loads(attributes[CHECKSUMS]).items():
        metadata[name] = _required(folder, name)
        if checksum(metadata[name]).hex() != expected:
            raise DamagedError(folder, name)
    sweep = sweep_of(attributes["title"], json.loads(attributes["sweep"]))
    points = Points(folder, sweep, identity(attributes))
    known: dict[Index, dict[str, bytes] | None] = {}

    def read_point(variable: str, index: Index) -> bytes | None:
        if index not in known:
            known[index] = points.checksums(index) if points.has(index) else None
        expected = known[index]
        return None if expected is None else points.read(variable, index, expected[variable])

    return _Files(metadata, read_point, sweep)


def _unchecked(folder: Path, attributes: Mapping[str, str]) -> _Files:
    """The files of a store without checksums, as the first versions wrote them.

    Only missing metadata, files of the wrong length, and texts that are none are noticed there. A
    file that is missing may stand for a value that is NaN, which was not written.
    """
    try:
        sweep = sweep_of(str(attributes.get("title")), json.loads(attributes["sweep"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(folder, ROOT, "is damaged") from None
    coordinates = ("engine", *(axis.field for axis in sweep.axes), *TASKS)
    names = [f"{array}/{ROOT}" for array in (*coordinates, *FIRST)]
    names += [f"{array}/c/0" for array in coordinates]
    metadata = {name: _required(folder, name) for name in names}
    lengths = {name: _length(folder, name, len(sweep.shape)) for name in (*MEASURED, "done")}

    def read_point(variable: str, index: Index) -> bytes | None:
        name = chunk_name(variable, index)
        data = read_file(folder / name)
        if data is None and not (folder / name).exists():
            return None
        right = variable == "undefined" and _is_text(data or b"")
        if data is None or not (right or len(data) == lengths.get(variable)):
            raise DamagedError(folder, name, place=sweep.place(index))
        return data

    return _Files({ROOT: _root(attributes), **metadata}, read_point, sweep)


def _required(folder: Path, name: str) -> bytes:
    data = read_file(folder / name)
    if data is None:
        raise DamagedError(folder, name)
    return data


def _length(folder: Path, variable: str, grid: int) -> int:
    """Bytes of a file of numbers: one for a truth value, else eight for each number."""
    name = f"{variable}/{ROOT}"
    try:
        count = prod(map(int, json.loads(_required(folder, name))["shape"][grid:]))
    except (ValueError, KeyError, TypeError):
        raise DamagedError(folder, name, "is damaged") from None
    return count if variable == "done" else 8 * count


def _is_text(data: bytes) -> bool:
    """Whether this is one text as zarr writes it: how many there are, its length, and the text."""
    try:
        length = len(data[8:].decode().encode())
    except UnicodeDecodeError:
        return False
    return data[:8] == (1).to_bytes(4, "little") + length.to_bytes(4, "little")


def _root(attributes: Mapping[str, str]) -> bytes:
    group = {"attributes": dict(attributes), "zarr_format": 3, "node_type": "group"}
    return json.dumps(group).encode()


def _opened(folder: Path, files: _Files) -> xr.Dataset:
    import xarray as xr
    import zarr

    store: Any = zarr.storage.MemoryStore(files, read_only=True)  # type: ignore[arg-type]
    try:
        dataset: xr.Dataset = xr.open_zarr(store, consolidated=False, chunks=None, zarr_format=3)
    except DamagedError:
        raise
    except Exception as error:  # of metadata without checksums anything may come
        why = f"cannot be read ({one_line(str(error))})"
        raise DamagedError(folder, "its metadata", why) from None
    return dataset


def _plain(dataset: xr.Dataset) -> xr.Dataset:
    """With texts that xarray can mix with missing ones, as those that zarr hands over cannot be."""
    coords = {
        name: (name, np.array(values.to_numpy().tolist()), values.attrs)
        for name, values in dataset.coords.items()
    }
    return dataset.assign_coords(coords)
