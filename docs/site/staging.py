"""All pages of the site in one folder: those of ``docs/``, notebooks, and what is made."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from docs.site import atlas, claims, front, paper, reference
from docs.site.navigation import with_navigation
from docs.site.places import DOCS, NOTEBOOKS, PAGES, ROOT
from update_magnitude.scenarios.writing import write_whole

LINK = re.compile(r"\[([^\[\]]*)\]\(([^)#\s:]+)(#[^)]*)?\)")
# What Markdown leaves as it is: code, the addresses of links, tags and comments.
KEPT = re.compile(
    r"(^```.*?^```$|`[^`]+`|\]\([^)]*\)|</?[a-z][a-z0-9]*(?:\s[^<>\n]*)?>|<!--.*?-->)",
    re.MULTILINE | re.DOTALL,
)
FILE = re.compile(r"\]\((?:\.\./)*files/([^)#\s]+)")
COPIED = ("figures", "networks", "related", "schemas", "sweeps")  # folders that pages link to
OF_THE_REPOSITORY = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
FRONT = "README.md"  # has another first page in its place


def stage() -> None:
    """Bring all pages together in ``PAGES``, which must not be there yet."""
    for name in COPIED:
        ignored = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(DOCS / name, PAGES / name, ignore=ignored)
    made = chain(atlas.pages(), claims.pages(), reference.pages(), _single())
    for name, text in chain(_own_pages(), made):
        _write(PAGES / name, with_navigation(name, text))
        for file in FILE.findall(text):
            write_whole(PAGES / "files" / file, (ROOT / file).read_bytes())
    for source in sorted((DOCS / "tutorials").glob("*.py")):
        notebook = _notebook(source)
        _write(PAGES / "tutorials" / f"{source.stem}.ipynb", notebook)
        _write(NOTEBOOKS / f"{source.stem}.ipynb", notebook)


def _notebook(source: Path) -> str:
    """A tutorial as a notebook, whose first cell has a link to the notebook itself."""
    import jupytext  # of the extra for docs, which tests of pages do without

    page = source.relative_to(DOCS)
    found = jupytext.reads(_linked(source, page, is_code=True), fmt="py:percent")
    found.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    found.metadata["language_info"] = {"name": "python"}
    _describe(found.cells)
    name = f"{source.stem}.ipynb"
    found.cells[0].source += f'\n\n<a href="{name}" download>This page as a notebook</a>'
    return str(jupytext.writes(found, fmt="ipynb"))


def _describe(cells: list[Any]) -> None:
    """Give the figures of a notebook words for those who do not see them: the heading above."""
    heading = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^#+ (?:\d+\. )?(.+)$", cell.source, re.MULTILINE)
            heading = headings[-1] if headings else heading
        else:
            words = f"What the code above draws, under “{heading}”; the text says what to see"
            cell.metadata["mystnb"] = {"image": {"alt": words}}


def _single() -> Iterator[tuple[str, str]]:
    yield "index.md", front.page()
    yield "paper.md", paper.page()


def _own_pages() -> Iterator[tuple[str, str]]:
    """The pages of ``docs/`` and of the repository, with links that lead to places on the site."""
    for path in sorted(DOCS.rglob("*.md")):
        page = path.relative_to(DOCS)
        if page.parts[0] not in ("site", "output"):
            yield str(page), _linked(path, page)
    for source, name in OF_THE_REPOSITORY.items():
        yield name, _linked(ROOT / source, Path(name))


def _linked(source: Path, page: Path, *, is_code: bool = False) -> str:
    """The text of a page, whose links to files of the repository lead to their copies."""
    up = "../" * (len(page.parts) - 1)

    def link(match: re.Match[str]) -> str:
        words, address, heading = match[1], match[2], match[3] or ""
        target = (source.parent / address).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            return match[0]
        # A site has no page for a folder.
        return words if target.is_dir() else f"[{words}]({up}{_place(target)}{heading})"

    text = source.read_text(encoding="utf-8")
    return LINK.sub(link, text if is_code else literal(text))


def literal(text: str) -> str:
    """Markdown in which the underscores and stars of formulas are no emphasis.

    Pages emphasize with stars alone, and write formulas as θ*_t − θ_{t−1}.
    """
    parts = KEPT.split(text)
    parts[::2] = [part.replace("_", "\\_").replace("θ*", "θ\\*") for part in parts[::2]]
    return "".join(parts)


def _place(target: Path) -> str:
    """Where a file of the repository is on the site."""
    inside = str(target.relative_to(ROOT))
    if inside == FRONT:
        return "index.md"
    if inside in OF_THE_REPOSITORY:
        return OF_THE_REPOSITORY[inside]
    if not target.is_relative_to(DOCS):
        return f"files/{inside}"
    page = target.relative_to(DOCS)
    is_tutorial = page.parts[0] == "tutorials" and page.suffix == ".py"
    return str(page.with_suffix(".ipynb") if is_tutorial else page)


def _write(path: Path, text: str) -> None:
    write_whole(path, text.encode())
