"""Pages from templates, and numbers as they are shown in tables."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from update_magnitude.paper_checks.contents import PredictionRow

TEMPLATES = Path(__file__).with_name("templates")


def render(name: str, **values: Any) -> str:
    """A page in Markdown from its template."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["plain"] = plain
    return made


def plain(words: str) -> str:
    """Words in which no sign is taken for markup of Markdown, nor for the end of a cell."""
    for sign in "\\*_<[]`|$":
        words = words.replace(sign, f"\\{sign}")
    return words


def cells(rows: Iterable[PredictionRow]) -> list[dict[str, str]]:
    """Predictions as the entries of a table."""
    return [
        {
            "scenario": row["scenario"],
            "quantity": row["quantity"],
            "engine": row["engine"],
            "prediction": _prediction(row),
            "estimate": _estimate(row),
            "z": "" if row["z"] is None else f"{row['z']:+.2f}",
            "resolution": _resolution(row),
            "verdict": row["verdict"],
        }
        for row in rows
    ]


def _resolution(row: PredictionRow) -> str:
    """In percent, and of what, where that is not the prediction itself."""
    if row["resolution"] is None:
        return ""
    share = f"{100 * row['resolution']:.2g}%"
    return f"{share} of {row['resolution_yardstick']}" if row["resolution_yardstick"] else share


def _prediction(row: PredictionRow) -> str:
    """The predicted number, or the order that is predicted."""
    if row["prediction"] is None:
        return "none"
    sign = {"above": "> ", "below": "< "}.get(row["ordering"] or "", "")
    return f"{sign}{row['prediction']:.5g}"


def _estimate(row: PredictionRow) -> str:
    if row["estimate"] is None or row["standard_error"] is None:
        return "none"
    return f"{row['estimate']:.5g} ± {row['standard_error']:.1g}"
