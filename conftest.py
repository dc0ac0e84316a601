"""What tests and doctests of all rooms share: checked shapes, and one name for every module."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path
from types import ModuleType

import jaxtyping
import pytest

from tests.shapes import PACKAGES, of_arrays

ROOT = Path(__file__).parent
LINKS = [path for path in (ROOT / "update_magnitude").iterdir() if path.is_symlink()]
ROOMS = {path.resolve(): path for path in LINKS}

jaxtyping.jaxtyped = of_arrays(jaxtyping.jaxtyped)
jaxtyping.install_import_hook(PACKAGES, "tests.shapes.checked")  # before any of them is imported


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


class _Unwrapped(doctest.DocTestFinder):
    """Finds the examples of functions whose arguments are checked, as of all others."""

    def _from_module(self, module: ModuleType | None, object: object) -> bool:
        return _is_from(self, module, inspect.unwrap(object))


_is_from = doctest.DocTestFinder._from_module
doctest.DocTestFinder._from_module = _Unwrapped._from_module
