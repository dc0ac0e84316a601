"""The scenarios that come with the project, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from update_magnitude.scenarios.fields import near_miss, shown
from update_magnitude.scenarios.reading import load
from update_magnitude.scenarios.schema import Scenario, ScenarioError

FOLDER = Path(__file__).parent / "presets"
LIBRARY = Path(__file__).parent / "library"


def preset_names() -> tuple[str, ...]:
    """The names of all presets, sorted."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def preset_path(name: str) -> Path | None:
    """The file of a preset, or None when no preset has that name."""
    return FOLDER / f"{name}.toml" if name in preset_names() else None


def preset(name: str) -> Scenario:
    """The preset of that name.

    Raises:
        ScenarioError: when there is none.

    Example:
        >>> preset("two-distant-tasks").updates.strategy
        'initialized'
    """
    known = preset_names()
    if name not in known:
        hint = near_miss(str(name), known) or f"presets: {', '.join(known)}"
        raise ScenarioError(f"{shown(name)}: no preset of that name; {hint}")
    return _read(name)


def library(name: str) -> Scenario:
    """The problem of that name that claims and figures are about; ``varied`` changes it.

    Raises:
        ScenarioError: when there is none.

    Example:
        >>> library("steady-drift").tasks.count
        10
    """
    known = sorted(file.stem for file in LIBRARY.glob("*.toml"))
    if name not in known:
        raise ScenarioError(f"{shown(name)}: not in the library; {', '.join(known)} are")
    return _read_library(name)


@cache
def _read(name: str) -> Scenario:
    return load(name)


@cache
def _read_library(name: str) -> Scenario:
    return load(LIBRARY / f"{name}.toml")
