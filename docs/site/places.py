"""Where things lie."""

from pathlib import Path

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
OUTPUT = DOCS / "output"
PAGES = OUTPUT / "pages"  # what Sphinx reads
SITE = OUTPUT / "site"  # what it makes
