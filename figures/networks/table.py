"""What a run of ``train`` came to, in tables: the words of ``tables.txt`` with numbers in them."""

from __future__ import annotations

from update_magnitude.scenarios.templates import render
from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.strategies import RULES as STRATEGY_OF

HEADINGS = {"avg_acc": "Avg.Acc", "forgetting": "Forgetting", "task_acc": "Task.Acc"}
AGAINST = {
    "initialized": "minus initialized",
    "frozen": "minus frozen",
    "random_order": "minus random order",
}
SIGNALS = {
    "published": "{metric}, own starts",
    "common": "{metric}, common point",
    "distance": "estimated distance",
}
RULES = {
    form + end: strategy + words
    for form, strategy in STRATEGY_OF.items()
    for end, words in (("", ""), ("_best_threshold", ", best threshold of others"))
} | {"best_schedule": "best schedule of others"}


def tables(document: Document) -> str:
    """All that there is to say of what is written to results.json, as text."""
    parts = dict.fromkeys(("moved", "schedules", "bridge", "relatedness")) | document
    names = {"headings": HEADINGS, "against": AGAINST, "signals": SIGNALS, "rules": RULES}
    shown = {"gain": gain, "spread": _spread, "percent": _percent, "signal": _signal}
    shown |= {"relative": _relative}
    text = render("figures/networks/tables.txt", **parts, **names, **shown, seeds=_seeds)
    return "\n".join(line.rstrip() for line in text.splitlines())


def gain(difference: Document | None) -> str:
    """A difference of shares as percent, with its interval, or "the same"."""
    if difference is None or difference["mean"] is None:
        return ""
    if difference["low"] == difference["mean"] == difference["high"] == 0:
        return "the same"
    return _with_interval(difference, 100)


def _with_interval(measured: Document, scale: int) -> str:
    words = f"{scale * measured['mean']:+.2f}"
    if measured["low"] is None:
        return words
    return f"{words} ({scale * measured['low']:+.2f} to {scale * measured['high']:+.2f})"


def _signal(measured: Document) -> str:
    return "-" if measured["mean"] is None else _with_interval(measured, 1)


def _spread(measured: Document) -> str:
    if measured["mean"] is None:
        return "diverged"
    deviation = measured["standard_deviation"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    return f"{100 * measured['mean']:.2f}{spread}"


def _percent(share: float | None) -> str:
    return "  -    " if share is None else f"{100 * share:7.2f}"


def _relative(error: float | None) -> str:
    return "     -   " if error is None else f"{error:9.3g}"


def _seeds(count: int) -> str:
    return f"{count} seed{'s' if count > 1 else ''}"
