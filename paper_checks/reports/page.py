"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from update_magnitude.paper_checks.reports.numbers import HEADINGS, Row, cells, foremost
from update_magnitude.paper_checks.reports.sentences import (
    how_to_repeat,
    on_paper,
    reasons,
    verdict_sentence,
)

STYLE = Path(__file__).with_name("page.css")
NUMBERS = ("prediction", "estimate ± SE", "z", "resolution")


def page(report: dict[str, Any], plots: dict[str, str]) -> str:
    """The report of ``document``, with the pictures of its claims.

    Args:
        report: as plain data.
        plots: SVG elements, by the name of the claim.
    """
    return "\n".join(_parts(report, plots)) + "\n"


def _parts(report: dict[str, Any], plots: dict[str, str]) -> Iterator[str]:
    title = escape(report["title"])
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>"
    yield f"</head>\n<body>\n<h1>{title}</h1>\n<p>{escape(verdict_sentence(report))}</p>"
    yield from _on_paper(report)
    yield "<h2>All claims</h2>"
    yield from _overview(report["claims"])
    for claim in report["claims"]:
        yield from _claim(claim, plots.get(claim["name"]))
    versions = ", ".join(f"{name} {of}" for name, of in report["versions"].items())
    yield f"<h2>To repeat it</h2>\n<pre>{escape(how_to_repeat(report))}</pre>"
    yield f"<p>{escape(versions)}.</p>\n</body>\n</html>"


def _on_paper(report: dict[str, Any]) -> Iterator[str]:
    """The places at which a claim of the paper was tested."""
    found = on_paper(report)
    if not found:
        return
    yield "<h2>Where what the paper claims holds, and where it fails</h2>"
    yield '<table class="overview">\n<tbody>'
    for claim, places in found:
        name, says = escape(claim["name"]), escape(claim["paper"])
        yield f'<tr><td colspan="4"><a href="#{name}">{name}</a>. {says}</td></tr>'
        for scenario, value, word in places:
            mark = f'<span class="badge {"holds" if word == "holds" else "fails"}">{word}</span>'
            cells_of = ("", escape(scenario), escape(value), mark)
            yield f"<tr>{''.join(f'<td>{of}</td>' for of in cells_of)}</tr>"
    yield "</tbody>\n</table>"


def _overview(claims: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield '<table class="overview">\n<tbody>'
    for claim in claims:
        link = f'<a href="#{escape(claim["name"])}">{escape(claim["name"])}</a>'
        yield f"<tr><td>{link}</td><td>{escape(claim['statement'])}</td>"
        yield f"<td>{_badge(claim['verdict'])}</td></tr>"
    yield "</tbody>\n</table>"


def _claim(claim: dict[str, Any], plot: str | None) -> Iterator[str]:
    name = escape(claim["name"])
    yield f'<section id="{name}">\n<h2>{name} {_badge(claim["verdict"])}</h2>'
    yield f"<p><strong>{escape(claim['statement'])}.</strong></p>"
    yield f'<p class="source">Source: {escape(claim["source"])}.</p>'
    if claim["explanation"]:
        yield f"<p>{escape(claim['explanation'])}</p>"
    for of in claim["theorems"]:
        regime = f", {escape(of['regime'])}" if of["regime"] else ""
        caption = f"{escape(of['statement'])}{regime} (<code>{escape(of['name'])}</code>)"
        yield f'<figure class="formula">{of["mathml"]}<figcaption>{caption}</figcaption></figure>'
    if plot:
        caption = "Dots: law engine. Squares: literal draws. Lines, where there are any: theory."
        yield f'<figure class="plot">{plot}<figcaption>{caption}</figcaption></figure>'
    yield from (f"<p>{escape(reason)}</p>" for reason in reasons(claim))
    first, rest = foremost(claim["predictions"])
    yield from _table(first)
    if rest:
        yield f"<details><summary>{len(rest)} more predictions</summary>"
        yield from _table(rest)
        yield "</details>"
    if claim["scenarios"]:
        yield "<details><summary>The scenarios</summary><dl>"
        for title, setting in claim["scenarios"].items():
            shown = json.dumps(setting, ensure_ascii=False)
            yield f"<dt>{escape(title)}</dt><dd><code>{escape(shown)}</code></dd>"
        yield "</dl></details>"
    yield "</section>"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    """Predictions; on a narrow screen each is a block of its own, whose entries have labels."""
    yield '<table class="predictions">\n<thead><tr>'
    yield "".join(f"<th{_side(name)}>{escape(name)}</th>" for name in HEADINGS)
    yield "</tr></thead>\n<tbody>"
    for row in rows:
        entries = zip(HEADINGS, cells(row), strict=True)
        yield f"<tr>{''.join(_entry(name, cell) for name, cell in entries)}</tr>"
    yield "</tbody>\n</table>"


def _entry(name: str, cell: str) -> str:
    inside = _badge(cell) if name == "verdict" else escape(cell)
    return f'<td{_side(name)} data-label="{escape(name)}">{inside}</td>'


def _side(name: str) -> str:
    return ' class="number"' if name in NUMBERS else ""


def _badge(verdict: str) -> str:
    return f'<span class="badge {escape(verdict)}">{escape(verdict)}</span>'
