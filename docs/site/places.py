"""Where things lie."""

from pathlib import Path

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
OUTPUT = DOCS / "output"
PAGES = OUTPUT / "pages"  # what Sphinx reads
NOTEBOOKS = (
    OUTPUT / "extra" / "tutorials"
)  # to download; Sphinx puts what is in extra beside its pages
SITE = OUTPUT / "site"  # what it makes
