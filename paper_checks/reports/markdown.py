"""A report as Markdown, with formulas in LaTeX."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from update_magnitude.paper_checks.reports.numbers import HEADINGS, Row, cells
from update_magnitude.paper_checks.reports.sentences import (
    how_to_repeat,
    on_paper,
    reasons,
    verdict_sentence,
)


def markdown(report: dict[str, Any]) -> str:
    """The report of ``document``, written out."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"# {report['title']}\n"
    yield f"{verdict_sentence(report)}\n"
    for about, places in on_paper(report):
        yield f"**{about['name']}**. {_text(about['paper'])}\n"
        for scenario, number, word in places:
            yield f"- {_text(scenario)}: {_text(number)}: {word}"
        yield ""
    yield f"\nTo repeat it: `{how_to_repeat(report)}`, with"
    yield ", ".join(f"{name} {of}" for name, of in report["versions"].items()) + ".\n"
    for claim in report["claims"]:
        yield from _claim(claim)


def _claim(claim: dict[str, Any]) -> Iterator[str]:
    yield f"## {claim['name']}: {claim['verdict']}\n"
    yield f"{_text(claim['statement'])}\n"
    yield f"*Source*: {_text(claim['source'])}.\n"
    if claim["explanation"]:
        yield f"{_text(claim['explanation'])}\n"
    for of in claim["theorems"]:
        regime = f" ({of['regime']})" if of["regime"] else ""
        yield f"`{of['name']}`{regime}:\n\n$${of['latex']}$$\n"
    yield from (f"- {_text(reason)}" for reason in reasons(claim))
    yield ""
    yield _row(HEADINGS)
    yield _row(["---"] * len(HEADINGS))
    yield from (_row(_escaped(row)) for row in claim["predictions"])
    yield "\nThe scenarios:\n"
    for title, setting in claim["scenarios"].items():
        yield f"- {_text(title)}: `{json.dumps(setting, ensure_ascii=False)}`"
    yield ""


def _escaped(row: Row) -> list[str]:
    return [_text(cell).replace("|", r"\|") for cell in cells(row)]


def _text(words: str) -> str:
    """Words in which no sign is taken for markup."""
    return words.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")


def _row(entries: Any) -> str:
    return f"| {' | '.join(entries)} |"
