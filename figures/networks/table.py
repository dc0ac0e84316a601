"""What a run of ``train`` came to, in tables."""

from __future__ import annotations

from collections.abc import Iterable

from update_magnitude.simulations.networks.metrics import Document
from update_magnitude.simulations.networks.strategies import RULES as STRATEGY_OF

HEADINGS = {"avg_acc": "Avg.Acc", "forgetting": "Forgetting", "task_acc": "Task.Acc"}
NAME, RULE, WIDE = 18, 42, 28  # characters
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
    parts = [_strategies(document), *map(_verdict, document["verdicts"])]
    for name, table in (
        ("schedules", _schedules),
        ("reported", _reported),
        ("bridge", _bridge),
    ):
        if document.get(name):
            parts.append(table(document[name]))
    if "relatedness" in document:
        parts.append(_relatedness(document["relatedness"], document["settings"]["metric"]))
    return "\n\n".join(parts)


def _strategies(document: Document) -> str:
    settings, count = document["settings"], document["settings"]["seeds"]
    lines = [
        f"{document['benchmark']}: {settings['relation']['tasks']} tasks of {document['samples']} "
        f"images, {document['parameters']:,} parameters, {settings['epochs']} epochs, "
        f"{count} seed{'s' if count > 1 else ''}; percent, mean ± standard deviation; "
        f"modules: how many of {document['modules']} train after the first task",
        "",
        "strategy".ljust(NAME) + _right(HEADINGS.values()) + "  modules",
    ]
    for name, metrics in document["strategies"].items():
        cells = _right(_spread(metrics[metric]) for metric in HEADINGS)
        lines.append(f"{name:{NAME}}{cells}{document['trained'][name]:9.1f}")
    return "\n".join(lines)


def _right(cells: Iterable[str]) -> str:
    return "".join(cell.rjust(16) for cell in cells)


def _spread(measured: Document) -> str:
    if measured["mean"] is None:
        return "diverged"
    deviation = measured["standard_deviation"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    return f"{100 * measured['mean']:.2f}{spread}"


def _verdict(verdict: Document) -> str:
    same = verdict["same_as"]
    words = f" (the same runs as {' and '.join(same)}'s)" if same else ""
    lines = [f"{verdict['statement']}: {verdict['verdict']}{words}"]
    for pair in verdict["comparisons"]:
        gained, metric = pair["difference"], HEADINGS[pair["metric"]]
        if gained["mean"] is None:
            continue
        words = f"    {metric} minus {pair['against']}'s: {100 * gained['mean']:+.2f}"
        if gained["low"] is not None:
            words += f", 95% from {100 * gained['low']:+.2f} to {100 * gained['high']:+.2f}"
        lines.append(words)
    return "\n".join(lines)


def _schedules(table: Document) -> str:
    headings = "".join(heading.ljust(26) for heading in AGAINST.values())
    lines = [
        f"of all {table['count']} schedules (all or the specific modules train), Avg.Acc, with 95% "
        "intervals of differences",
        f"(threshold {table['threshold']:g}; of others: chosen for each seed by the mean test "
        "accuracy of the other seeds;",
        "random order: the mean of all schedules that train all modules at as many tasks):",
        "",
        f"{'rule':{RULE}}Avg.Acc  {headings}".rstrip(),
    ]
    for key, name in RULES.items():
        row = table["rules"][key]
        cells = "".join(gain(row["minus"].get(against)).ljust(26) for against in AGAINST)
        lines.append(f"{name:{RULE}}{_percent(row['avg_acc']['mean'])}  {cells}".rstrip())
    best = {name: _percent(value).strip() for name, value in table["best_for_each_seed"].items()}
    lines += [
        "",
        f"best schedule for each seed, known afterwards: {best['mean']}; no rule that chooses "
        "between the two does better.",
        "With seeds shuffled within each schedule, where there is nothing to know: "
        f"{best['by_chance']}",
    ]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "  -    " if share is None else f"{100 * share:7.2f}"


def gain(difference: Document | None) -> str:
    """A difference of shares as percent, with its interval.

    Example:
        >>> gain({"mean": 0.01, "low": -0.01, "high": 0.03})
        '+1.00 (-1.00 to +3.00)'
        >>> gain({"mean": 0.0, "low": 0.0, "high": 0.0})
        'the same'
    """
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


def _reported(table: Document) -> str:
    lines = [f"reported by the paper, of its own runs ({table['source']}):"]
    for name, values in table.items():
        if name != "source":
            cells = _right(f"{values[metric]:.2f}" for metric in ("avg_acc", "forgetting"))
            lines.append(f"{name:{NAME}}{cells}")
    return "\n".join(lines)


def _bridge(table: Document) -> str:
    distances, cosine = table["relative_distance"], table["gradient_cosine"]
    apart = ", ".join(f"{value:.2f} in the {name} modules" for name, value in distances.items())
    twice = ", ".join(f"{value:.2f}" for value in table["distance_floor"].values())
    lines = [
        "in the place of a linear model (an analogy: see docs/networks.md):",
        f"    n/P = {table['samples_per_parameter']:.2g}; relative distance of consecutive optima "
        f"{apart} (of one task, learned twice: {twice})",
        f"    cosine of their gradients: {cosine['start']:.2f} at the start, {cosine['last']:.2f} "
        "at the last task",
    ]
    for key in ("forgetting", "avg_acc"):
        measure = table["measures"][key]
        agrees = {True: ": agrees", False: ": disagrees", None: ""}[measure["agrees"]]
        seen = measure["observed"]
        if seen == "undecided":
            seen += " (the interval covers 0)"
        votes = ", ".join(f"{name} by {count}" for name, count in measure["seeds"].items())
        lines.append(
            f"    {HEADINGS[key]}: theory predicts {measure['predicted']} (seeds: {votes}), seen "
            f"{seen}{agrees}"
        )
    return "\n".join(lines)


def _relatedness(table: Document, metric: str) -> str:
    count = table["common"][0]["seeds"]
    columns = (words.format(metric=metric).ljust(WIDE) for words in SIGNALS.values())
    heading = "    c   " + "".join(columns).rstrip()

    def rows(end: str) -> list[str]:
        """A row for each share of noise."""
        columns = [[_signal(seen) for seen in table[name + end]] for name in SIGNALS]
        return [
            f"{share:5.2f}   " + "".join(cell.ljust(WIDE) for cell in cells).rstrip()
            for share, *cells in zip(table["corruption"], *columns, strict=True)
        ]

    lines = [
        "gradients of two tasks of the same classes, noise in the place of the share c of the "
        f"second's images; mean of {count} seed{'s' if count > 1 else ''}, 95% interval:",
        "",
        heading,
        *rows(""),
        "",
        "the same, each class of the second task with the label of the next:",
        "",
        heading,
        *rows("_renamed"),
    ]
    return "\n".join(lines)


def _signal(measured: Document) -> str:
    return "-" if measured["mean"] is None else _with_interval(measured, 1)
