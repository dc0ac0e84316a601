"""The pages of the documentation, and what stands in their fenced blocks."""

from __future__ import annotations

import re
import shlex
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    ROOT / "docs" / "tutorials" / "index.md",
    ROOT / "docs" / "site" / "templates" / "index.md",
]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`([\w.-]+\.(?:toml|py))`:?$")
MANY = re.compile(r"\b\d{1,3}(_000)+\b")  # replicates: 100_000 and the like
FEW = "1_000"
ASSIGNMENT = re.compile(r"[A-Z_]+=")
OPERATORS = {"&&", "||", "&", "|", ";"}
PROGRAMS = ("update-magnitude", "make", "python", "pip", "uv", "git", "cd")


class Fence(NamedTuple):
    """A fenced block: its language, its text, and the file that the words before it name."""

    language: str
    text: str
    file: str | None


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fences(text: str) -> list[Fence]:
    found = []
    for match in FENCE.finditer(text):
        file = NAME.search(text[: match.start()].rstrip())
        written = file[1] if file and match[1] in ("toml", "python") else None
        found.append(Fence(match[1], match[2], written))
    return found


def with_few(text: str) -> str:
    """The text with fewer replicates."""
    return MANY.sub(FEW, text)


def execute(text: str, names: dict | None = None) -> dict:
    """The names that Python has made, with fewer replicates, after those that there are."""
    names = {} if names is None else names
    exec(compile(with_few(text), "a page of the documentation", "exec"), names)
    return names


def first_word(line: str) -> str:
    """The program that a line calls, after what it sets in the environment."""
    words = [word for word in line.removeprefix("$ ").split() if not ASSIGNMENT.match(word)]
    return words[0].removeprefix(".venv/bin/") if words else ""


def command_lines(text: str) -> list[str]:
    """The lines of a block that are commands; the others are what commands print."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if first_word(line) in PROGRAMS]


def commands(line: str) -> list[list[str]]:
    """The words of each command of a line, without comment, redirections and environment."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    parts = groupby(lexer, key=lambda word: word in OPERATORS)
    return [_plain(list(words)) for operator, words in parts if not operator]


def _plain(words: list[str]) -> list[str]:
    while words and ASSIGNMENT.match(words[0]):
        words = words[1:]
    if ">" in words:
        words = words[: words.index(">")]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]]
