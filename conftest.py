"""Doctests of a room run through the package, under the one name that its modules have."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent
LINKS = [path for path in (ROOT / "update_magnitude").iterdir() if path.is_symlink()]
ROOMS = {path.resolve(): path for path in LINKS}


def pytest_configure(config: pytest.Config) -> None:
    """Read ``pytest theory/theorems.py`` as ``pytest update_magnitude/theory/theorems.py``."""
    config.args = [_through_the_package(argument) for argument in config.args]


def _through_the_package(argument: str) -> str:
    name, separator, test = argument.partition("::")
    path = Path(name).absolute()
    for room, link in ROOMS.items():
        if path.is_relative_to(room):
            return f"{link / path.relative_to(room)}{separator}{test}"
    return argument
