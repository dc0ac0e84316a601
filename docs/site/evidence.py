"""What the committed run of ``check`` says about each claim and each theorem.

``report.json.gz`` beside this file is ``report.json`` as ``update-magnitude check --output DIR``
writes it, compressed.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

from update_magnitude.paper_checks.claims.standings import Standing, claims_about, standings
from update_magnitude.paper_checks.contents import ClaimRow, PredictionRow, Report

REPORT = Path(__file__).with_name("report.json.gz")


@cache
def report() -> Report:
    """The committed run."""
    whole: Report = json.loads(gzip.decompress(REPORT.read_bytes()))
    return whole


def rows_about(theorem: str) -> list[ClaimRow]:
    """What came out for the claims whose predictions rest on a theorem."""
    names = claims_about(theorem)
    return [claim for claim in report()["claims"] if claim["name"] in names]


@cache
def standings_seen() -> dict[str, Standing]:
    """How each theorem stands, as the committed run has it."""
    return standings([claim["name"] for claim in report()["claims"] if claim["verdict"] != "holds"])


def foremost(claim: ClaimRow, count: int) -> list[PredictionRow]:
    """The predictions that are hardest pressed, which say most.

    Values come first, those furthest off in standard errors before others; then orders, of which
    the least clear says most.
    """

    def pressed(row: PredictionRow) -> tuple[bool, float]:
        distance = abs(row["z"] or 0.0)
        return row["ordering"] is not None, distance if row["ordering"] else -distance

    return sorted(claim["predictions"], key=pressed)[:count]
