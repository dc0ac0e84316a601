"""Where figures and their data are written, and how: to a temporary name, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from update_magnitude.scenarios import ScenarioError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as Drawing

OUTPUT = Path("figures") / "output"  # in the working directory

# Without dates and versions, the same figure is the same bytes.
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


def require_folder(folder: Path) -> Path:
    """The folder by its full path, made if need be; a file is tried in it first.

    Raises:
        ScenarioError: if it cannot be made, or nothing can be written to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ScenarioError(
            f"--output = {folder}: {error.strerror or error}; name a folder that can be written"
        ) from None
    return folder.resolve()


def require_formats(text: str) -> list[str]:
    """Formats from what was typed, each once.

    Raises:
        ScenarioError: naming what is none.

    Example:
        >>> require_formats("png,svg,")
        ['png', 'svg']
    """
    names = items_of(text)
    for name in names or [text]:
        if name not in METADATA:
            raise ScenarioError(f"--format: {name!r} is no format; known: {', '.join(METADATA)}")
    return names


def items_of(text: str) -> list[str]:
    """What commas separate, each once; what is empty counts for nothing.

    Example:
        >>> items_of("b, a,,b,")
        ['b', 'a']
    """
    return list(dict.fromkeys(item for of in text.split(",") if (item := of.strip())))


def save_drawing(drawing: Drawing, folder: Path, name: str, suffix: str) -> Path:
    """Save a drawing in one format."""
    with _written(folder / f"{name}.{suffix}") as path:
        drawing.savefig(path, format=suffix, metadata=METADATA[suffix])
    return folder / f"{name}.{suffix}"


def save_data(dataset: xr.Dataset, folder: Path, name: str) -> Path:
    """Save a dataset as netCDF."""
    with _written(folder / f"{name}.nc") as path:
        dataset.to_netcdf(path, engine="scipy")
    return folder / f"{name}.nc"


def save_text(text: str, folder: Path, name: str) -> Path:
    """Save text under a full file name."""
    with _written(folder / name) as path:
        path.write_text(text, encoding="utf-8")
    return folder / name


@contextmanager
def _written(target: Path) -> Iterator[Path]:
    """A temporary file that takes the target's name when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
        path.chmod(0o644)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)
