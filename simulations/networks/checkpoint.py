"""Files that keep where a run stands, replaced as a whole after every task.

A first line of JSON says which settings it is of and what was measured; the parameters follow as
equinox writes them: plain arrays, nothing that is executed when read.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import equinox as eqx

from scenarios import ScenarioError
from simulations.networks.benchmarks import Settings


def save(path: Path, settings: Settings, records: Any, arrays: Any) -> None:
    """Replace what is kept; a kill leaves the old file or the new one.

    Args:
        path: of the file.
        settings: that it is of.
        records: what was measured, as JSON would have it.
        arrays: a tree of arrays.
    """
    with _written(path) as file:
        head = {"settings": settings.document(), "records": records}
        file.write(json.dumps(head).encode() + b"\n")
        eqx.tree_serialise_leaves(file, arrays)


def load(path: Path, settings: Settings, like: Any) -> tuple[Any, Any] | None:
    """The records and the arrays that are kept, or None.

    Args:
        path: of the file.
        settings: that it must be of.
        like: arrays of the same shapes.

    Raises:
        ScenarioError: if it is of other settings, or damaged.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            head = json.loads(file.readline())
            kept, records = head["settings"], head["records"]
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        _require_same(path, kept, settings.document())
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
        if kept.get(key) != value:
            raise ScenarioError(
                f"{path}: keeps a run with {key} = {kept.get(key)!r}, not {value!r}; choose "
                "another --output, or delete it to begin anew"
            )


def _damaged(path: Path) -> ScenarioError:
    return ScenarioError(f"{path}: is damaged; delete it to begin anew")
