"""How the numbers of a prediction are written in a report."""

from __future__ import annotations

from typing import Literal, NamedTuple

from update_magnitude.paper_checks.contents import PredictionRow
from update_magnitude.paper_checks.sentences import SEVERITY
from update_magnitude.paper_checks.verdicts import ITSELF

NUMBERS = ("prediction", "estimate ± SE", "z", "resolution")
HEADINGS = ("scenario", "quantity", "engine", "regime", *NUMBERS, "verdict")
SHOWN = 10  # predictions of a claim that a report shows first, the least certain ones


class Table(NamedTuple):
    """Predictions as rows of a table, which templates write out."""

    headings: tuple[str, ...]
    foremost: list[dict[str, str]]  # cells by their headings, of what is shown first
    rest: list[dict[str, str]]
    rows: list[dict[str, str]]  # all of them, in their order
    numbers: tuple[str, ...] = NUMBERS  # the headings of what is set like numbers


def table(rows: list[PredictionRow], first: Literal["scenario", "claim"] = "scenario") -> Table:
    """The predictions of a claim or of a scenario; the first column shows what they differ in."""
    headings = (first, *HEADINGS[1:])

    def written(chosen: list[PredictionRow]) -> list[dict[str, str]]:
        return [dict(zip(headings, (row[first], *cells(row)[1:]), strict=True)) for row in chosen]

    first_rows, rest = foremost(rows)
    return Table(headings, written(first_rows), written(rest), written(rows))


def cells(row: PredictionRow) -> tuple[str, ...]:
    """One prediction, as entries under ``HEADINGS``."""
    error = row["standard_error"]
    bound = {"above": "> ", "below": "< ", None: ""}[row["ordering"]]
    spread = "" if error is None else f" ± {error:.1g}"
    resolution = "–"
    if row["resolution"] is not None:
        unit = row["resolution_yardstick"]
        resolution = percentage(row["resolution"]) + ("" if unit == ITSELF else f" of {unit}")
    return (
        *(row["scenario"], row["quantity"], row["engine"], row["regime"]),
        "none" if row["prediction"] is None else f"{bound}{row['prediction']:.5g}",
        "none" if row["estimate"] is None else f"{row['estimate']:.5g}{spread}",
        "–" if row["z"] is None else f"{row['z']:+.2f}",
        resolution,
        row["verdict"],
    )


def percentage(resolution: float) -> str:
    """A resolution with two decimals; what is too small or too large for them as a bound.

    Example:
        >>> percentage(0.00431), percentage(7e-6), percentage(5e3)
        ('0.43%', '<0.01%', '>999%')
    """
    if 0 < resolution < 0.5e-4:
        return "<0.01%"
    return f"{resolution:.2%}" if resolution < 9.99 else ">999%"


def foremost(rows: list[PredictionRow]) -> tuple[list[PredictionRow], list[PredictionRow]]:
    """The predictions to show first, in their order, and the rest."""

    def concern(place: int) -> tuple[int, float]:
        row = rows[place]
        z = 0.0 if row["z"] is None or row["ordering"] else abs(row["z"])
        return SEVERITY.index(row["verdict"]), z

    ranked = sorted(range(len(rows)), key=concern, reverse=True)
    places = sorted(ranked[:SHOWN]), sorted(ranked[SHOWN:])
    return [rows[k] for k in places[0]], [rows[k] for k in places[1]]
