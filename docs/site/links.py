"""The built site without a browser: links, words for images, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from docs.site.places import SITE

LOADED = (
    *((tag, "src") for tag in ("script", "img", "iframe", "source", "video", "audio", "embed")),
    *((tag, "srcset") for tag in ("img", "source")),
    ("link", "href"),
    ("object", "data"),
)
POINTING = ("next", "prev", "index", "search", "canonical")  # links of a page that load nothing
SIGNS = "{}‖⟨⟩Σ"  # which only formulas have
FILE_NAME = re.compile(r"\.(png|svg|jpe?g)$")
IN_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"';]+")


def problems(site: Path = SITE) -> Iterator[str]:
    """Every dead link, image without words, and file from elsewhere, a line each."""
    for style in sorted(site.rglob("*.css")):
        for loaded in IN_STYLES.findall(style.read_text(encoding="utf-8")):
            yield f"{style.relative_to(site)}: it loads {loaded}"
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site)
        for sentence in _of_page(page, site):
            yield f"{name}: {sentence}"


def _of_page(page: Path, site: Path) -> Iterator[str]:
    soup = _soup(page)
    for image in soup.find_all("img"):
        words = (image.get("alt") or "").strip()
        if not words or words == image.get("src") or FILE_NAME.search(words):
            yield f"an image without alternative text: {image.get('src')}"
    for words in soup.find_all("em"):
        if set(words.get_text()) & set(SIGNS):
            yield f"a formula whose signs are taken for emphasis: {words.get_text()[:60]}"
    for tag, attribute in LOADED:
        for element in soup.find_all(tag):
            address = element.get(attribute) or ""
            if tag == "link" and set(element.get("rel") or []) & set(POINTING):
                continue
            if urlsplit(address).netloc:
                yield f"it loads {address}"
    for link in soup.find_all("a", href=True):
        # Sphinx names the place wrongly where a module's names are public under several others.
        is_back = "viewcode-back" in (link.get("class") or [])
        address = link["href"].partition("#")[0] if is_back else link["href"]
        if (problem := _dead(page, address, site)) is not None:
            yield problem


def _dead(page: Path, address: str, site: Path) -> str | None:
    """Why a link leads nowhere within the site, if it does."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        return f"a dead link: {address}"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in _ids(target):
        return f"a link to no place on its page: {address}"
    return None


@cache
def _ids(page: Path) -> frozenset[str]:
    return frozenset(element["id"] for element in _soup(page).find_all(id=True))


@cache
def _soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
