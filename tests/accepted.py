"""Whether a command that a page shows would be accepted, found out without running it."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import typer

from tests.pages import ROOT
from update_magnitude import commands

EXTRA = re.compile(r"(?:update-magnitude|\.)\[([\w,-]+)\]")


class RefusedError(AssertionError):
    """A command that would not be accepted, and why."""


def accept(words: list[str]) -> None:
    """Raise an error unless the program, what it is to do, and its options exist."""
    program, *rest = words
    known = {
        "update-magnitude": _own,
        "make": _make,
        "python": _python,
        "pip": _packages,
        "uv": _uv,
        "git": _nothing,
        "cd": _nothing,
        "test": _nothing,
    }
    if program not in known:
        raise RefusedError(f"unknown program: {' '.join(words)}")
    known[program](rest)


def _own(arguments: list[str]) -> None:
    """Have the parser of the very subcommand read the arguments."""
    command, name, context = commands.command(), "update-magnitude", None
    try:
        while True:
            context = command.make_context(name, list(arguments), parent=context)
            if not hasattr(command, "commands"):
                return
            words = [*context._protected_args, *context.args]
            name, command, arguments = command.resolve_command(context, words)
    except typer.Exit:  # such as after --version
        return
    except Exception as error:  # click's, of whichever click typer has
        raise RefusedError(f"update-magnitude {' '.join(arguments)}: {error!r}") from None


def _make(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for word in words:
        name, equals, _ = word.partition("=")
        pattern = rf"^{re.escape(name)}\s*\?=" if equals else rf"^{re.escape(name)}:"
        if not re.search(pattern, makefile, re.MULTILINE):
            raise RefusedError(f"make {word}: not in the Makefile")


def _python(words: list[str]) -> None:
    if words[0] != "-m":
        return _source(ROOT / words[0], words[1:])
    if words[1] == "update_magnitude":
        return _own(words[2:])
    try:
        spec = importlib.util.find_spec(words[1])
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        raise RefusedError(f"python -m {words[1]}: no such module")
    source = Path(spec.origin or "")
    if source.is_relative_to(ROOT / "benchmarks"):
        return _source(source, words[2:])
    return None


def _source(file: Path, words: list[str]) -> None:
    """Each option stands in the source of the program, which may need what is not installed."""
    if not file.is_file():
        raise RefusedError(f"{file}: no such file")
    for word in words:
        if word.startswith("-") and f'"{word.partition("=")[0]}"' not in file.read_text("utf-8"):
            raise RefusedError(f"{file}: no option {word}")


def _uv(words: list[str]) -> None:
    if words[0] == "run":
        return accept([word for word in words[1:] if word != "--no-sync"])
    return _packages(words)


def _packages(words: list[str]) -> None:
    """Extras that are named exist, and so do files of requirements and constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for before, word in zip(["", *words], words, strict=False):
        extras = EXTRA.search(word)
        missing = set(extras[1].split(",") if extras else ()) - set(
            project["optional-dependencies"]
        )
        if missing:
            raise RefusedError(f"no extra {', '.join(sorted(missing))}")
        if before in ("-r", "--constraint", "--requirement") and not (ROOT / word).is_file():
            raise RefusedError(f"{word}: no such file")


def _nothing(words: list[str]) -> None:
    del words
