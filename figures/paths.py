"""Where figures and their data are written, and how: all files of one figure, or none."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.writing import write_together, write_whole

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
    """The folder by its full path, made if need be; a file is tried in it first."""
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
    return list(dict.fromkeys(item for entry in text.split(",") if (item := entry.strip())))


def drawing_bytes(drawing: Drawing, suffix: str) -> bytes:
    """The file of a drawing in one format."""
    file = io.BytesIO()
    drawing.savefig(file, format=suffix, metadata=METADATA[suffix])
    return file.getvalue()


def data_bytes(dataset: xr.Dataset) -> bytes:
    """The netCDF file of a dataset."""
    return bytes(dataset.to_netcdf(engine="scipy"))


def save_data(dataset: xr.Dataset, folder: Path, name: str) -> Path:
    """Save a dataset as netCDF."""
    return write_whole(folder / f"{name}.nc", data_bytes(dataset))


def save_figure(
    dataset: xr.Dataset, drawing: Drawing, folder: Path, name: str, formats: Sequence[str]
) -> list[Path]:
    """Save a drawing in some formats with its data, the first file, beside it: all or none."""
    files = {f"{name}.nc": data_bytes(dataset)}
    files |= {f"{name}.{suffix}": drawing_bytes(drawing, suffix) for suffix in formats}
    return write_together(folder, files)
