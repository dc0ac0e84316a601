"""Files that keep where a run stands, replaced as a whole after every task.

A first line of JSON says which run it is of and what was measured; the parameters follow as
equinox writes them: plain arrays, nothing that is executed when read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import equinox as eqx
import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.benchmarks import Settings
from update_magnitude.simulations.networks.tasks import Tasks

IMAGES = "images"  # the key of their digest


def identity(settings: Settings, tasks: Tasks) -> dict[str, Any]:
    """What makes a run what it is: its settings, and a digest of its images and labels."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (tasks.images, tasks.labels, *tasks.test_images, *tasks.test_labels):
        digest.update(np.ascontiguousarray(part).data)
    return settings.document() | {IMAGES: digest.hexdigest()}


def save(path: Path, run: dict[str, Any], records: Any, arrays: Any) -> None:
    """Replace what is kept; a kill leaves the old file or the new one.

    Args:
        path: of the file.
        run: that it is of, as ``identity`` says.
        records: what was measured, as JSON would have it.
        arrays: a tree of arrays.
    """
    with _written(path) as file:
        head = {"settings": run, "records": records}
        file.write(json.dumps(head).encode() + b"\n")
        eqx.tree_serialise_leaves(file, arrays)


def load(path: Path, run: dict[str, Any], like: Any) -> tuple[Any, Any] | None:
    """The records and the arrays that are kept, or None.

    Args:
        path: of the file.
        run: that it must be of, as ``identity`` says.
        like: arrays of the same shapes.

    Raises:
        ScenarioError: if it is of other settings or images, or damaged.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline())
            kept, records = head["settings"], head["records"]
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        _require_same(path, kept, run)
        try:
            return records, eqx.tree_deserialise_leaves(file, like)
        except (ValueError, RuntimeError, EOFError):
            raise _damaged(path) from None


@contextmanager
def _written(target: Path) -> Iterator[IO[bytes]]:
    """A temporary file that takes the target's name when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        path.chmod(0o644)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)


def _require_same(path: Path, kept: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, value in wanted.items():
        if kept.get(key) == value:
            continue
        found = f"with {key} = {kept.get(key)!r}, not {value!r}"
        if key == IMAGES:
            found = "on other images"
        raise ScenarioError(
            f"{path}: keeps a run {found}; choose another --output, or delete it to begin anew"
        )


def _damaged(path: Path) -> ScenarioError:
    return ScenarioError(f"{path}: is damaged; delete it to begin anew")
