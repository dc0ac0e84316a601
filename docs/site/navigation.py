"""What stands in the bar at the side, and in which order."""

from __future__ import annotations

import re
from pathlib import Path

# The bar: its headings, and the pages below each.
BAR = {
    "Begin": ("tutorials/index", "how-to/index", "choose"),
    "Concepts": ("model", "verdicts", "engines", "networks", "paper-and-ours"),
    "Evidence": (
        "paper",
        "How claims are tested <claims>",
        "Every claim, and its evidence <claims/index>",
        "theorems/index",
        "network-results",
        "related",
        "gallery",
    ),
    "Reference": (
        "start",
        "derive",
        "How to use it from Python <python>",
        "All names in Python <reference/python>",
        "reference/command",
        "scenarios",
        "candidates",
        "sweeps",
        "explore",
        "reference/symbols",
    ),
    "The project": (
        "known-issues",
        "benchmarks",
        "architecture",
        "contributing",
        "changelog",
        "cite",
    ),
}
LISTS = ("tutorials/index.md", "how-to/index.md")  # which list what lies beside them
LISTED = re.compile(r"^- \[[^\]]+\]\((?:\.\./)*(?:[\w-]+/)?([\w-]+)\.\w+\)", re.MULTILINE)
WITHOUT_BAR = ("theorems", "claims")  # folders of many pages, which their first page lists


def with_navigation(page: str, text: str) -> str:
    """A page with the lists that it adds to the bar, or with the mark that it is not in it."""
    folder = Path(page).parent.name
    if page == "index.md":
        return text + "".join(_list(entries, heading) for heading, entries in BAR.items())
    if page in LISTS:
        return text + _list(LISTED.findall(text))
    if folder in WITHOUT_BAR and not page.endswith("index.md"):
        return f"---\norphan: true\n---\n\n{text}"
    return text


def _list(entries: tuple[str, ...] | list[str], heading: str = "") -> str:
    caption = f":caption: {heading}\n" if heading else ""
    lines = "\n".join(entries)
    return f"\n```{{toctree}}\n:hidden:\n:maxdepth: 1\n{caption}\n{lines}\n```\n"
