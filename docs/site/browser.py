"""The built site in a real browser: loads nothing from elsewhere, can be read and searched."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from docs.site.places import OUTPUT

# Pages that are looked at closely: at two widths, light and dark.
LOOKED_AT = (
    "index.html",
    "tutorials/from-scenario-to-verdict.html",
    "how-to/index.html",
    "choose.html",
    "model.html",
    "paper.html",
    "claims/small-distances.html",
    "theorems/index.html",
    "theorems/optimal-count-forgetting.html",
    "reference/python.html",
    "reference/command.html",
    "network-results.html",
)
WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")
SERIOUS = ("serious", "critical")
# What a newcomer would type, and a page that must be among the first results.
QUESTIONS = {
    "optimal-count-forgetting": "theorems/optimal-count-forgetting.html",
    "Theorem IV.4": "claims/best-count.html",
    "optimal count": "theorems/optimal-count-forgetting.html",
    "verify theorem": "how-to/verify-my-theorem.html",
    "holds": "verdicts.html",
    "several machines": "how-to/several-machines.html",
}
RESULTS = 10
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class NoBrowserError(RuntimeError):
    """There is no browser to test with."""


def problems(site: Path) -> Iterator[str]:
    """What a browser finds wrong, a line each; screenshots go to ``docs/output/screenshots``."""
    with _served(site) as address, _browser() as browser:
        for scheme in SCHEMES:
            for width in WIDTHS:
                yield from _at(browser, address, scheme, width)
        for words, page in QUESTIONS.items():
            if page not in (found := _results(browser, address, words)):
                yield f"search for “{words}”: {page} is not among the first: {', '.join(found)}"
        yield from _by_keyboard(browser, address)


def _at(browser: Browser, address: str, scheme: str, width: int) -> Iterator[str]:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url),
    )
    for name in LOOKED_AT:
        page.goto(f"{address}/{name}")
        where = f"{name} ({scheme}, {width} pixels)"
        yield from (f"{where}: {one}" for one in [*wrong, *_seen(page, width)])
        wrong.clear()
        picture = f"{name.replace('/', '-').removesuffix('.html')}-{scheme}-{width}.png"
        page.screenshot(path=OUTPUT / "screenshots" / picture, full_page=True)
    context.close()


def _seen(page: Page, width: int) -> Iterator[str]:
    """What is too wide, and what axe finds that keeps people from reading."""
    across = page.evaluate("document.scrollingElement.scrollWidth")
    if across > width:
        yield f"it is {across} pixels wide"
    for found in Axe().run(page).response["violations"]:
        if found["impact"] in SERIOUS:
            places = ", ".join(str(node["target"]) for node in found["nodes"][:3])
            yield f"{found['help']} ({found['id']}): {places}"


def _results(browser: Browser, address: str, words: str) -> list[str]:
    """The first pages that the site's search finds."""
    page = browser.new_page()
    page.goto(f"{address}/search.html?q={words.replace(' ', '+')}")
    with suppress(TimeoutError):  # nothing was found: there are no links
        page.wait_for_selector("#search-results ul.search li a", timeout=20_000)
        page.wait_for_function(
            "document.querySelector('#search-results .search-summary')?.textContent.length > 0"
        )
    links = page.eval_on_selector_all(
        "#search-results ul.search > li > a", "all => all.map(one => one.href)"
    )
    page.close()
    return [
        link.split("#")[0].split("?")[0].removeprefix(f"{address}/") for link in links[:RESULTS]
    ]


def _by_keyboard(browser: Browser, address: str) -> Iterator[str]:
    """The tab key leads to links that show that they are reached, and past the bar to the text."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/index.html")
    page.keyboard.press("Tab")
    if "skip" not in (page.evaluate("document.activeElement.textContent") or "").lower():
        yield "index.html: the first tab does not reach a link past the bar"
    for _ in range(3):
        page.keyboard.press("Tab")
    style = page.evaluate(
        "(({outlineStyle, boxShadow}) => outlineStyle + boxShadow)"
        "(getComputedStyle(document.activeElement))"
    )
    if style == "nonenone":
        yield "index.html: what the tab key reaches does not show it"
    page.close()


@contextmanager
def _browser() -> Iterator[Browser]:
    own = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        if own is None and not Path(playwright.chromium.executable_path).exists():
            words = "`playwright install chromium` brings one, or install Chromium"
            raise NoBrowserError(f"no browser on this machine: {words}")
        browser = playwright.chromium.launch(executable_path=own, args=["--no-sandbox"])
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of what is asked for."""


@contextmanager
def _served(site: Path) -> Iterator[str]:
    """The site on the loopback address."""
    handler = functools.partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
