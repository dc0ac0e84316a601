"""Build the site: ``python -m docs.site``; open ``docs/output/site/index.html``."""

from __future__ import annotations

import shutil
import sys
import time

from sphinx.cmd.build import build_main

from docs.site.places import OUTPUT, PAGES, SITE
from docs.site.staging import stage


def main() -> int:
    """Bring the pages together and have Sphinx make the site; its exit status."""
    begun = time.monotonic()
    print("deriving and verifying all theorems for their pages", file=sys.stderr)
    shutil.rmtree(OUTPUT, ignore_errors=True)  # no page of an earlier name is left
    stage()
    # A warning, such as a link that leads nowhere, is an error.
    options = ["-W", "--keep-going", "-q", "-j", "2", "-c", str(OUTPUT.parent / "site")]
    status = build_main([*options, "-d", str(OUTPUT / "doctrees"), str(PAGES), str(SITE)])
    if status == 0:
        print(f"{SITE / 'index.html'} ({time.monotonic() - begun:.0f} s)")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
