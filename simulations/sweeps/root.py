"""The attributes of a store's group: what the store is of, with the checksums of its metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.sweeps.files import (
    CHECKSUM,
    CHECKSUMS,
    ROOT,
    DamagedError,
    attributes_checksum,
    read_file,
    why_unreadable,
)


def root_attributes(folder: Path) -> dict[str, Any]:
    """The attributes of the group in a folder.

    Raises:
        DamagedError: if they are not what was written.
        ScenarioError: if there is no sweep in the folder.
    """
    path = folder / ROOT
    data = read_file(path)
    if data is None:
        if path.exists():
            raise DamagedError(folder, ROOT, why_unreadable(path))
        raise ScenarioError(f"{folder}: there is no sweep in it: {ROOT} is missing")
    try:
        attributes = json.loads(data).get("attributes", {})
        is_checked = {CHECKSUM, CHECKSUMS} & set(attributes)
        is_whole = attributes.get(CHECKSUM) == attributes_checksum(attributes)
    except (ValueError, TypeError, AttributeError):
        raise DamagedError(folder, ROOT, "is damaged") from None
    if is_checked and not is_whole:
        raise DamagedError(folder, ROOT, "is damaged")
    if "sweep" not in attributes:
        raise ScenarioError(f"{folder}: there is no sweep in it")
    return dict(attributes)


def has_checksums(attributes: Mapping[str, Any]) -> bool:
    """Whether a store has checksums; those begun by the first versions have none."""
    return CHECKSUM in attributes
