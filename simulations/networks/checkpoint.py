"""Files that keep where a run stands, replaced as a whole after every task.

A first line of JSON says which run it is of and what was measured, with a checksum of the whole
file; the parameters follow as equinox writes them: plain arrays, nothing that is executed when
read. A file that is damaged is moved aside, and the run begins anew. Files of earlier versions,
which have no checksum, are taken as they are if they can be read.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import TypeVar

import equinox as eqx
import numpy as np

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.networks.benchmarks import DEFAULTS, Settings
from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.results import Records, records_of
from update_magnitude.simulations.networks.tasks import Tasks

IMAGES = "images"  # the key of their digest
CHECKSUM = "checksum"
Tree = TypeVar("Tree")  # of arrays


def identity(settings: Settings, tasks: Tasks) -> Document:
    """What makes a run what it is: its settings, and a digest of its images and labels."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (tasks.images, tasks.labels, *tasks.test_images, *tasks.test_labels):
        digest.update(np.ascontiguousarray(part).data)
    return settings.document() | {IMAGES: digest.hexdigest()}


def save(path: Path, run: Document, records: Records, arrays: object) -> None:
    """Replace what is kept of a run with this identity; a kill leaves the old file or the new."""
    body = io.BytesIO()
    eqx.tree_serialise_leaves(body, arrays)
    head = {"settings": run, "records": records.document()}
    line = json.dumps({**head, CHECKSUM: _checksum(head, body.getvalue())}).encode()
    write_whole(path, line + b"\n" + body.getvalue())


def load(path: Path, run: Document, like: Tree) -> tuple[Records, Tree] | None:
    """The records and the arrays, of the shapes of ``like``, that are kept; None if there are none.

    A file that is damaged is moved aside, which stderr says; one of another run is a ScenarioError.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return _read(path, data, run, like)
    except _DamagedError:
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        print(
            f"warning: {path} is damaged; it is now {aside.name}, and training begins anew",
            file=sys.stderr,
        )
        return None


class _DamagedError(Exception):
    """A file is not what was written."""


def _read(path: Path, data: bytes, run: Document, like: Tree) -> tuple[Records, Tree]:
    line, _, body = data.partition(b"\n")
    try:
        head = json.loads(line)
        expected = head.pop(CHECKSUM, None)
        kept, records = dict(head["settings"]), records_of(head["records"])
    except Exception:  # of a damaged file anything may come
        raise _DamagedError from None
    if expected is not None and expected != _checksum(head, body):
        raise _DamagedError
    require_same(path, kept, run)
    try:
        return records, eqx.tree_deserialise_leaves(io.BytesIO(body), like)
    except Exception:
        raise _DamagedError from None


def _checksum(head: Document, body: bytes) -> str:
    digest = hashlib.blake2b(json.dumps(head).encode(), digest_size=16)
    digest.update(body)
    return digest.hexdigest()


def require_same(path: Path, kept: Document, wanted: Document) -> None:
    """Raise a ScenarioError that names a setting in which a run that is kept differs."""
    for key in dict.fromkeys((*wanted, *kept)):
        value, old = (settings.get(key, DEFAULTS.get(key)) for settings in (wanted, kept))
        if old == value:
            continue
        other = f"with {key} = {old!r}, not {value!r}"
        if key == IMAGES:
            other = "on other images"
        raise ScenarioError(
            f"{path}: keeps a run {other}; choose another --output, or delete it to begin anew"
        )
