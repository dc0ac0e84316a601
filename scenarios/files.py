"""Scenario files, and those that come with the project; what cannot be read is said in one line."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from os import PathLike
from pathlib import Path

from update_magnitude.scenarios.fields import ScenarioError, Tables, near_miss, one_line, shown
from update_magnitude.scenarios.reading import parse
from update_magnitude.scenarios.schema import Scenario

PRESETS = Path(__file__).parent / "presets"
LIBRARY = Path(__file__).parent / "library"


def load(path: str | Path) -> Scenario:
    """Read a scenario from a TOML file.

    Args:
        path: the file, or the name of a preset.

    Raises:
        ScenarioError: naming the file, the key, the value and what would be right.

    Example:
        >>> load("ten-tasks").tasks.count
        10

    Source: docs/scenarios.md.
    """
    try:
        return parse(load_document(path), title=Path(path).stem)
    except ScenarioError as error:
        raise ScenarioError(f"{one_line(str(path)) or 'a scenario'}: {error}") from None


def load_document(path: str | Path) -> Tables:
    """The tables of a scenario file or a preset, not yet checked; the caller names the file."""
    if not isinstance(path, str | PathLike) or not str(path).strip():
        raise ScenarioError(f"{shown(path)} names no file and no preset")
    try:
        return read_toml(preset_path(str(path)) or Path(path))
    except FileNotFoundError:
        hint = _presets_like(Path(path).stem)
        raise ScenarioError(f"no such file, and no preset of that name; {hint}") from None


def preset_names() -> tuple[str, ...]:
    """The names of all presets, sorted."""
    return _names(PRESETS)


def preset_path(name: str) -> Path | None:
    """The file of a preset, or None when no preset has that name."""
    return PRESETS / f"{name}.toml" if name in preset_names() else None


def preset(name: str) -> Scenario:
    """The preset of that name.

    Raises:
        ScenarioError: when there is none.

    Example:
        >>> preset("two-distant-tasks").updates.strategy
        'initialized'
    """
    if name not in preset_names():
        hint = _presets_like(str(name))
        raise ScenarioError(f"{shown(name)}: no preset of that name; {hint}")
    return _read(PRESETS / f"{name}.toml")


def library(name: str) -> Scenario:
    """The problem of that name that claims and figures are about; ``varied`` changes it.

    Raises:
        ScenarioError: when there is none.

    Example:
        >>> library("steady-drift").tasks.count
        10
    """
    if name not in _names(LIBRARY):
        known = ", ".join(_names(LIBRARY))
        raise ScenarioError(f"{shown(name)}: not in the library; {known} are")
    return _read(LIBRARY / f"{name}.toml")


def read_toml(file: Path) -> Tables:
    """The tables of a TOML file; raises as ``read_text`` and ``toml_tables`` do."""
    return toml_tables(read_text(file))


def read_text(file: Path, most: int | None = None) -> str:
    """The text of a file, of a number of characters at most.

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


def toml_tables(text: str) -> Tables:
    """The tables that a text describes, or a ScenarioError if it is no TOML."""
    try:
        return tomllib.loads(text)
    except ValueError as error:  # of tomllib, or of Python for a number of thousands of digits
        words = _twice(error, text) + one_line(str(error))
        raise ScenarioError(f"not valid TOML: {words}") from None
    except RecursionError:
        raise ScenarioError("not valid TOML: tables or lists are nested too deeply") from None


def _twice(error: ValueError, text: str) -> str:
    """Which key of one line is there twice, if that is the error; tomllib names the line alone."""
    found = re.search(r"overwrite a value \(at (?:line (\d+)|end of document)", str(error))
    if found is None:
        return ""
    lines = text.split("\n")
    key, equals, _ = lines[int(found[1] or len(lines)) - 1].partition("=")
    return f"the key {key.strip()} is there twice: " if equals else ""


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.toml")))


def _presets_like(name: str) -> str:
    return near_miss(name, preset_names()) or f"presets: {', '.join(preset_names())}"


@cache
def _read(file: Path) -> Scenario:
    return load(file)
