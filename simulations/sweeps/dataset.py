"""Reading the store of a sweep as one labelled dataset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from update_magnitude.scenarios.fields import fail, one_line
from update_magnitude.scenarios.packages import require_installed
from update_magnitude.simulations.sweeps.files import (
    CHECKSUM,
    CHECKSUMS,
    IDENTITY,
    ROOT,
    DamagedError,
    checksum,
    identity,
    read_file,
    why_unreadable,
)
from update_magnitude.simulations.sweeps.grid import Sweep, sweep_of
from update_magnitude.simulations.sweeps.layout import KEPT
from update_magnitude.simulations.sweeps.points import Points
from update_magnitude.simulations.sweeps.root import has_checksums, root_attributes
from update_magnitude.simulations.sweeps.unchecked import metadata_of, unchecked_reader

if TYPE_CHECKING:
    import xarray as xr

ReadPoint = Callable[[str, tuple[int, ...]], bytes | None]


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
        ...     found = read(folder).load()
        >>> dict(found.forgetting.sizes)
        {'engine': 1, 'tasks.noise': 2, 'updates.scale': 2}
        >>> best = found.generalization.sel(engine="law").idxmin("updates.scale")
        >>> best.sel({"tasks.noise": 0.0}).item()
        1.0
    """
    require_installed("zarr")  # with which xarray reads the store
    if not isinstance(folder, str | Path):
        fail("folder", folder, "the name of a folder is needed")
    place = Path(folder)
    attributes = root_attributes(place)
    files = (_checked if has_checksums(attributes) else _unchecked)(place, attributes)
    found = _plain(_opened(place, files))
    found = found[[name for name in KEPT if name in found]]
    found.done.attrs.pop(IDENTITY, None)
    found.attrs = {key: found.attrs[key] for key in found.attrs if key not in (CHECKSUM, CHECKSUMS)}
    return found


class _Files(Mapping[str, Any]):
    """The files of a store by name, as a store of zarr in memory would hold them.

    Args:
        metadata: all files but those of the points; others that lie in the folder are not seen.
        point: reads the file of a point in an array.
        sweep: that the store is of.
    """

    def __init__(self, metadata: Mapping[str, bytes], point: ReadPoint, sweep: Sweep) -> None:
        self._metadata, self._point, self._sweep = metadata, point, sweep

    def __getitem__(self, name: str) -> Any:
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


def _checked(folder: Path, attributes: Mapping[str, Any]) -> _Files:
    """The files of a store, each compared with its checksum."""
    metadata = {ROOT: _root(attributes)}
    for name, expected in json.loads(attributes[CHECKSUMS]).items():
        data = read_file(folder / name)
        if data is None or checksum(data).hex() != expected:
            raise DamagedError(folder, name, why_unreadable(folder / name))
        metadata[name] = data
    sweep = sweep_of(attributes["title"], json.loads(attributes["sweep"]))
    points = Points(folder, sweep, identity(attributes))
    kept: dict[tuple[int, ...], dict[str, bytes] | None] = {}

    def read_point(variable: str, index: tuple[int, ...]) -> bytes | None:
        if index not in kept:
            kept[index] = points.checksums(index) if points.has(index) else None
        expected = kept[index]
        return None if expected is None else points.read(variable, index, expected[variable])

    return _Files(metadata, read_point, sweep)


def _unchecked(folder: Path, attributes: Mapping[str, Any]) -> _Files:
    """The files of a store that has no checksums; what can be noticed of damage is."""
    try:
        sweep = sweep_of(str(attributes.get("title")), json.loads(attributes["sweep"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(folder, ROOT, "is damaged") from None
    metadata = {ROOT: _root(attributes), **metadata_of(folder, sweep)}
    return _Files(metadata, unchecked_reader(folder, sweep), sweep)


def _root(attributes: Mapping[str, Any]) -> bytes:
    group = {"attributes": dict(attributes), "zarr_format": 3, "node_type": "group"}
    return json.dumps(group).encode()


def _opened(folder: Path, files: _Files) -> xr.Dataset:
    import xarray as xr
    import zarr

    store: Any = zarr.storage.MemoryStore(files, read_only=True)  # type: ignore[arg-type]
    try:
        found: xr.Dataset = xr.open_zarr(store, consolidated=False, chunks=None, zarr_format=3)
    except DamagedError:
        raise
    except Exception as error:  # of metadata without checksums anything may come
        why = f"cannot be read ({one_line(str(error))})"
        raise DamagedError(folder, "its metadata", why) from None
    return found


def _plain(dataset: xr.Dataset) -> xr.Dataset:
    """With texts that xarray can mix with missing ones, as those that zarr hands over cannot be."""
    coords = {
        name: (name, np.array(values.to_numpy().tolist()), values.attrs)
        for name, values in dataset.coords.items()
    }
    return dataset.assign_coords(coords)
