"""Reading TOML files; what cannot be read is said in one line."""

from __future__ import annotations

import tomllib
from os import PathLike
from pathlib import Path
from typing import Any

from update_magnitude.scenarios.fields import near_miss, one_line, shown
from update_magnitude.scenarios.schema import ScenarioError


def load_document(path: str | Path) -> dict[str, Any]:
    """The tables of a scenario file, not yet checked.

    Args:
        path: the file, or the name of a preset.

    Raises:
        ScenarioError: saying why there is nothing to read; the caller names the file.
    """
    from update_magnitude.scenarios.presets import preset_names, preset_path

    if not isinstance(path, str | PathLike) or not str(path).strip():
        raise ScenarioError(f"{shown(path)} names no file and no preset")
    try:
        return read_toml(preset_path(str(path)) or Path(path))
    except FileNotFoundError:
        known = preset_names()
        hint = near_miss(Path(path).stem, known) or f"presets: {', '.join(known)}"
        raise ScenarioError(f"no such file, and no preset of that name; {hint}") from None


def read_toml(file: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        FileNotFoundError: if there is no such file.
        ScenarioError: if it cannot be read, or is no TOML; the caller names the file.
    """
    return toml_tables(read_text(file))


def read_text(file: Path, most: int | None = None) -> str:
    """The text of a file.

    Args:
        file: which one.
        most: characters that it may have; any number if none is given.

    Raises:
        FileNotFoundError: if there is no such file.
        ScenarioError: if it cannot be read, or is larger; the caller names the file.
    """
    try:
        with file.open(encoding="utf-8-sig") as opened:
            text = opened.read(-1 if most is None else most + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError("cannot be read: it is not UTF-8 text") from None
    if most is not None and len(text) > most:
        raise ScenarioError(f"it is too large: such a file has {most // 1024} KiB at most")
    return text


def toml_tables(text: str) -> dict[str, Any]:
    """The tables that a text describes.

    Raises:
        ScenarioError: if it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except ValueError as error:  # of tomllib, or of Python for a number of thousands of digits
        raise ScenarioError(f"not valid TOML: {one_line(str(error))}") from None
    except RecursionError:
        raise ScenarioError("not valid TOML: tables or lists are nested too deeply") from None
