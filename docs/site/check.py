"""Test the built site: ``python -m docs.site.check``."""

from __future__ import annotations

import sys
from itertools import chain

from docs.site import browser, links
from docs.site.places import OUTPUT, SITE


def main() -> int:
    """Print every problem; 0 if there is none."""
    if not (SITE / "index.html").exists():
        print("there is no site yet: `make docs` builds it", file=sys.stderr)
        return 2
    (OUTPUT / "screenshots").mkdir(exist_ok=True)
    count = 0
    try:
        for sentence in chain(links.problems(), browser.problems(SITE)):
            count += 1
            print(sentence)
    except browser.NoBrowserError as error:
        print(error, file=sys.stderr)
        return 2
    pages = len(list(SITE.rglob("*.html")))
    print(f"{pages} pages, {len(browser.LOOKED_AT)} of them in a browser: {count} problems")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
