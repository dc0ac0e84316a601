"""How the numbers of a prediction are written in a report."""

from __future__ import annotations

from typing import Literal, NamedTuple

from update_magnitude.paper_checks.contents import PredictionRow
from update_magnitude.paper_checks.table import percentage
from update_magnitude.paper_checks.verdicts import ITSELF

HEADINGS = (
    "scenario",
    "quantity",
    "engine",
    "regime",
    "prediction",
    "estimate ± SE",
    "z",
    "resolution",
    "verdict",
)
NUMBERS = ("prediction", "estimate ± SE", "z", "resolution")
SHOWN = 10  # predictions of a claim that a report shows first, the least certain ones


class Table(NamedTuple):
    """Predictions as rows of a table, which templates write out."""

    headings: tuple[str, ...]
    foremost: list[dict[str, str]]  # cells by their headings, of what is shown first
    rest: list[dict[str, str]]
    rows: list[dict[str, str]]  # all of them, in their order
    numbers: tuple[str, ...] = NUMBERS  # the headings of what is set like numbers


def table(rows: list[PredictionRow], first: Literal["scenario", "claim"] = "scenario") -> Table:
    """The predictions of a claim or of a scenario.

    Args:
        rows: as documents.
        first: what the first column shows, ``scenario`` or ``claim``.
    """
    headings = (first, *HEADINGS[1:])

    def written(chosen: list[PredictionRow]) -> list[dict[str, str]]:
        return [dict(zip(headings, (row[first], *cells(row)[1:]), strict=True)) for row in chosen]

    first_rows, rest = foremost(rows)
    return Table(headings, written(first_rows), written(rest), written(rows))


def cells(row: PredictionRow) -> tuple[str, ...]:
    """One prediction, as entries under ``HEADINGS``."""
    return (
        row["scenario"],
        row["quantity"],
        row["engine"],
        row["regime"],
        _predicted(row),
        _estimated(row),
        "–" if row["z"] is None else f"{row['z']:+.2f}",
        _resolution(row),
        row["verdict"],
    )


def foremost(rows: list[PredictionRow]) -> tuple[list[PredictionRow], list[PredictionRow]]:
    """The predictions to show first, in their order, and the rest."""
    if len(rows) <= SHOWN:
        return rows, []
    ranked = sorted(rows, key=_concern, reverse=True)[:SHOWN]
    first = [row for row in rows if any(row is entry for entry in ranked)]
    return first, [row for row in rows if not any(row is entry for entry in ranked)]


def _concern(row: PredictionRow) -> tuple[int, float]:
    order = ("holds", "inconclusive", "refuted")
    z = 0.0 if row["z"] is None or row["ordering"] else abs(row["z"])
    return order.index(row["verdict"]), z


def _resolution(row: PredictionRow) -> str:
    """The resolution, and what it is relative to where that is not the prediction itself."""
    if row["resolution"] is None:
        return "–"
    known, unit = percentage(row["resolution"]), row["resolution_yardstick"]
    return known if unit == ITSELF else f"{known} of {unit}"


def _predicted(row: PredictionRow) -> str:
    if row["prediction"] is None:
        return "none"
    sign = {"above": "> ", "below": "< ", None: ""}[row["ordering"]]
    return f"{sign}{row['prediction']:.5g}"


def _estimated(row: PredictionRow) -> str:
    if row["estimate"] is None:
        return "none"
    error = row["standard_error"]
    return f"{row['estimate']:.5g}" + ("" if error is None else f" ± {error:.1g}")
