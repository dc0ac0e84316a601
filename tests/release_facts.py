"""What a release must agree on: its version in every place, and complete metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from pathlib import Path

VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
HEADING = re.compile(r"^## (\S+)(?: \(([^)]+)\))?$", re.MULTILINE)
CITED = re.compile(r"^version: [\"']?([^\"'\s]+)[\"']?$", re.MULTILINE)
IN_BIBTEX = re.compile(r"^  version += \{([^}]+)\},$", re.MULTILINE)
TAG = re.compile(r"v\d")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
FIELDS = ("Name", "Version", "Summary", "License-Expression", "License-File", "Requires-Python")


def disagreements(root: Path, tags: Iterable[str]) -> list[str]:
    """Where the version that the package states is contradicted; empty if nowhere."""
    version = found(VERSION, root / "update_magnitude" / "__init__.py")
    if version is None:
        return ["update_magnitude/__init__.py states no __version__"]
    stated = {
        "the first heading of CHANGELOG.md": found(HEADING, root / "CHANGELOG.md"),
        "CITATION.cff": found(CITED, root / "CITATION.cff"),
        "docs/cite.md": found(IN_BIBTEX, root / "docs" / "cite.md"),
    }
    wrong = [
        f"{place} says {other or 'no version'}, the package {version}"
        for place, other in stated.items()
        if other != version
    ]
    return wrong + _tags(root, version, of_versions(tags))


def _tags(root: Path, version: str, tags: list[str]) -> list[str]:
    wrong = [f"the tag at HEAD is {tag}, not v{version}" for tag in tags if tag != f"v{version}"]
    dated = DATE.fullmatch(found(HEADING, root / "CHANGELOG.md", 2) or "")
    if tags and not dated:
        wrong.append(
            "HEAD has a tag, but the first heading of CHANGELOG.md has no date (YYYY-MM-DD)"
        )
    return wrong


def of_versions(tags: Iterable[str]) -> list[str]:
    """The tags that are versions: v and a digit."""
    return sorted(tag for tag in tags if TAG.match(tag))


def found(pattern: re.Pattern[str], path: Path, group: int = 1) -> str | None:
    """What a pattern finds first in a file; None where it, or the file, is missing."""
    hit = pattern.search(path.read_text("utf-8")) if path.exists() else None
    return hit.group(group) if hit else None


def missing(metadata: Message, pythons: Iterable[str]) -> list[str]:
    """What the metadata of a distribution lack, and which Pythons they do not name."""
    lacks = [field for field in FIELDS if not metadata[field]]
    if not (metadata["Author"] or metadata["Author-email"]):
        lacks.append("Author")
    if "text/markdown" not in (metadata["Description-Content-Type"] or ""):
        lacks.append("Description-Content-Type of Markdown")
    if len(_description(metadata)) < 500:
        lacks.append("a description: the README")
    named = metadata.get_all("Classifier") or []
    wanted = [f"Programming Language :: Python :: {python}" for python in pythons]
    return lacks + [f"Classifier {entry!r}" for entry in wanted if entry not in named]


def _description(metadata: Message) -> str:
    return metadata["Description"] or str(metadata.get_payload())
