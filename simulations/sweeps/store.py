"""The store of a sweep: a zarr group that any number of processes fill, killed or not.

Each point has chunks of its own. They are encoded in memory, written under temporary names and
renamed, the chunk of ``done`` last: a point is either not done, or all there. What a point is does
not depend on who computes it, or when; so nothing goes wrong if two processes write the same one,
and no lock has to be trusted. Claims only keep processes from doing the same work: they are never
waited for. Temporary files and claims lie in a folder within the array ``done``, where no reader of
zarr looks, and go when all is done.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.fields import fail, shown
from update_magnitude.scenarios.packages import require_installed
from update_magnitude.simulations.sweeps.grid import Sweep
from update_magnitude.simulations.sweeps.layout import variables

ROOT = "zarr.json"  # of the group; written first, it says what the folder holds
WORK = Path("done") / ".unfinished"


class Store:
    """A folder that holds, or is to hold, the numbers of a sweep.

    Args:
        folder: where; it is made if need be.
        sweep: what is kept there.
        tasks: the number of tasks, the largest if it varies.
        settings: what else must be the same whenever the sweep is taken up again.

    Raises:
        ScenarioError: if the folder holds anything else, or cannot be written to, or zarr is not
            installed.
    """

    def __init__(self, folder: Path, sweep: Sweep, tasks: int, settings: Mapping[str, str]) -> None:
        require_installed("zarr")
        import zarr

        self._folder = folder
        self._encoded: dict[str, Any] = {}  # files by name, in memory, as zarr encodes them
        self._group = empty_group(self._encoded, sweep, tasks, settings)
        self._metadata = frozenset(self._encoded)
        with self._writing():
            self._begin()
        kept = zarr.open_group(folder, mode="r")
        self._done: Any = kept["done"]
        self._undefined: Any = kept["undefined"]

    def done(self) -> NDArray[np.bool_]:
        """Which points are done, in the shape of the grid."""
        return np.asarray(self._done[...])

    def reasons(self) -> list[str]:
        """Why values of a point have no finite mean, for every point; empty where all have one."""
        return [str(reason) for reason in self._undefined[...].flat]

    def has(self, index: tuple[int, ...]) -> bool:
        """Whether a point is done."""
        return bool(self._done[index])

    def claim(self, work: str) -> bool:
        """Say that this process takes up a piece of work; False if some process has said so."""
        with self._writing():
            try:
                (self._folder / WORK / f"claim-{work}").mkdir(parents=True)
            except (FileExistsError, FileNotFoundError):  # claimed, or all is done and tidied up
                return False
        return True

    def write(self, index: tuple[int, ...], found: Mapping[str, Any]) -> None:
        """Keep a point for good: its numbers by variable, ``done`` among them."""
        for name, value in found.items():
            self._group[name][index] = value
        chunks = sorted(set(self._encoded) - self._metadata, key=lambda name: "done/" in name)
        with self._writing():
            for name in chunks:
                data = self._encoded.pop(name).to_bytes()
                try:
                    self._place(name, data, os.replace)
                except FileNotFoundError:  # others did this point and the last, and tidied up
                    if not self.has(index):
                        raise

    def tidy(self) -> None:
        """Remove what killed runs have left, once all is done."""
        shutil.rmtree(self._folder / WORK, ignore_errors=True)

    def _begin(self) -> None:
        root = self._folder / ROOT
        if not root.exists():
            if self._folder.is_dir() and {path.name for path in self._folder.iterdir()} - {"done"}:
                fail("--output", str(self._folder), "it holds other files; give an empty folder")
            with suppress(FileExistsError):  # another process was faster
                self._place(ROOT, self._encoded[ROOT].to_bytes(), os.link)
        self._compare(_attributes(root.read_bytes()))
        for name in sorted(self._metadata):
            if not (self._folder / name).exists():
                self._place(name, self._encoded[name].to_bytes(), os.replace)

    def _compare(self, kept: Mapping[str, Any]) -> None:
        """Refuse a store that was begun otherwise, naming what differs."""
        own = self._group.attrs.asdict()
        before, now = _settings(kept), _settings(own)
        for key in [*now, *before]:
            if json.dumps(before.get(key)) != json.dumps(now.get(key)):
                begun = f"{self._folder} was begun with {shown(before.get(key))}"
                fail(key, now.get(key), f"{begun}; go on with that, or give another --output")
        if kept["sweep"] != own["sweep"]:
            axes = list(json.loads(own["sweep"])["grid"])
            fail("grid", axes, f"{self._folder} was begun with its keys in another order")

    def _place(self, name: str, data: bytes, how: Callable[[Path, Path], None]) -> None:
        """Write a file under a temporary name, then give it its own."""
        target, work = self._folder / name, self._folder / WORK
        for folder in (work, target.parent):
            folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=work)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        path = Path(temporary)
        try:
            path.chmod(0o644)
            how(path, target)
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            fail("--output", str(self._folder), f"it cannot be written to: {error.strerror}")


def empty_group(
    files: dict[str, Any], sweep: Sweep, tasks: int, settings: Mapping[str, str]
) -> Any:
    """A zarr group in memory with all arrays of a sweep, of which only coordinates have values.

    Args:
        files: what is encoded is put here, by name.
        sweep: what the group is for.
        tasks: the number of tasks, the largest if it varies.
        settings: texts that become attributes.
    """
    import zarr

    attributes = {
        "title": sweep.title,
        "replicates": sweep.replicates,
        "seed": sweep.seed,
        **settings,
        "sweep": json.dumps(sweep.document(), ensure_ascii=False),
    }
    store = zarr.storage.MemoryStore(files)
    group = zarr.create_group(store, attributes=attributes, zarr_format=3)
    grid = len(sweep.shape)
    for variable in variables(sweep, tasks):
        array = group.create_array(
            variable.name,
            shape=variable.shape,
            dtype=variable.dtype,
            chunks=variable.chunks(grid),
            dimension_names=variable.dims,
            fill_value=np.nan if variable.dtype is float else None,
            compressors=None,  # the numbers are noise in all but their first bytes
            attributes=dict(variable.attrs),
        )
        if variable.values is not None:
            array[...] = variable.values
    return group


def _attributes(root: bytes) -> Mapping[str, Any]:
    """The attributes of a group, from its file; none if that is of anything else."""
    try:
        found = json.loads(root)["attributes"]
        return found if "sweep" in found else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _settings(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """All that the numbers of a store depend on, by dotted key."""
    if not attributes:
        return {}
    of_file = _flat(json.loads(attributes["sweep"]), "")
    return {**of_file, **{key: attributes.get(key) for key in ("software", "dtype")}}


def _flat(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {key: value}
    place = f"{key}." if key else ""
    return {
        key: entry for name in value for key, entry in _flat(value[name], f"{place}{name}").items()
    }
