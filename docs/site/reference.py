"""Reference pages: the Python API, the command, the format of scenario files, the symbols."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from typer.cli import get_docs_for_click

import update_magnitude
from docs.site.pages import render
from update_magnitude.commands import command
from update_magnitude.theory.theorems import theorems

ROOMS = ("scenarios", "theory", "simulations", "simulations.sweeps", "paper_checks", "figures")


def pages() -> Iterator[tuple[str, str]]:
    """Every page of reference, by its file."""
    yield "reference/python.md", render("python.md", names=_names(), rooms=_rooms())
    yield "reference/command.md", render("command.md", text=_command())
    yield "reference/symbols.md", render("symbols.md", symbols=_symbols())


def _names() -> list[tuple[str, bool]]:
    """What ``import update_magnitude`` offers, and whether each is a class."""
    own = list(update_magnitude._HOMES)
    return [(name, isinstance(getattr(update_magnitude, name), type)) for name in own]


def _rooms() -> list[tuple[str, str, list[tuple[str, bool]]]]:
    """What each room offers beside those, with the first sentence that it says of itself."""
    found = []
    known = {getattr(update_magnitude, name) for name in update_magnitude._HOMES}
    for room in ROOMS:
        module = import_module(f"update_magnitude.{room}")
        offered = [
            (name, isinstance(value, type))
            for name, value in vars(module).items()
            if callable(value)
            and not name.startswith("_")
            and value not in known
            and getattr(value, "__module__", "").startswith("update_magnitude.")
        ]
        known |= {getattr(module, name) for name, _ in offered}
        if offered:
            found.append((room, (module.__doc__ or "").splitlines()[0], sorted(offered)))
    return found


def _command() -> str:
    """What typer writes about a command and all its parts."""
    whole = command()
    context = whole.make_context("update-magnitude", [], resilient_parsing=True)
    text = get_docs_for_click(obj=whole, ctx=context, name="update-magnitude")
    # Examples are indented, which is code only after an empty line.
    return text.replace("Examples:\n", "Examples:\n\n").partition("\n")[2]


def _symbols() -> list[dict[str, Any]]:
    """Every symbol of a formula: how it is written, what it means, and where it is used."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for theorem in theorems().values():
        for name, (text, _, meaning) in theorem.symbols.items():
            entry = found.setdefault(
                (name, meaning), {"name": name, "text": text, "meaning": meaning, "used": []}
            )
            entry["used"].append(theorem.name)
    return sorted(found.values(), key=lambda entry: (entry["name"].lower(), entry["meaning"]))
