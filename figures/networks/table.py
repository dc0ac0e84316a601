"""What a run of ``train`` found, in tables."""

from __future__ import annotations

from typing import Any

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
    "published": "hybrid",
    "published_best_threshold": "hybrid, best threshold of others",
    "common": "hybrid-common",
    "common_best_threshold": "hybrid-common, best threshold of others",
    "best_schedule": "best schedule of others",
}


def tables(document: dict[str, Any]) -> str:
    """All that there is to say, as text.

    Args:
        document: as it is written to results.json.
    """
    parts = [_strategies(document), *map(_verdict, document["verdicts"])]
    if "schedules" in document:
        parts.append(_schedules(document["schedules"]))
    if document["reported"]:
        parts.append(_reported(document["reported"]))
    if "bridge" in document:
        parts.append(_bridge(document["bridge"]))
    if "relatedness" in document:
        parts.append(_relatedness(document["relatedness"], document["settings"]["metric"]))
    return "\n\n".join(parts)


def _strategies(document: dict[str, Any]) -> str:
    settings, count = document["settings"], document["settings"]["seeds"]
    lines = [
        f"{document['benchmark']}: {settings['relation']['tasks']} tasks of {document['samples']} "
        f"images, {document['parameters']:,} parameters, {settings['epochs']} epochs, "
        f"{count} seed{'s' if count > 1 else ''}; percent, mean ± standard deviation; "
        f"modules: how many of {document['modules']} train after the first task",
        "",
        "strategy".ljust(NAME)
        + "".join(heading.rjust(16) for heading in HEADINGS.values())
        + "  modules",
    ]
    for name, metrics in document["strategies"].items():
        cells = "".join(_cell(metrics[metric]).rjust(16) for metric in HEADINGS)
        lines.append(f"{name:{NAME}}{cells}{document['trained'][name]:9.1f}")
    return "\n".join(lines)


def _cell(table: dict[str, Any]) -> str:
    if table["mean"] is None:
        return "diverged"
    deviation = table["standard_deviation"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    return f"{100 * table['mean']:.2f}{spread}"


def _verdict(table: dict[str, Any]) -> str:
    same = f" (the same runs as {' and '.join(table['same_as'])}'s)" if table["same_as"] else ""
    lines = [f"{table['statement']}: {table['verdict']}{same}"]
    for pair in table["comparisons"]:
        gain, metric = pair["difference"], HEADINGS[pair["metric"]]
        if gain["mean"] is None:
            continue
        words = f"    {metric} minus {pair['against']}'s: {100 * gain['mean']:+.2f}"
        if gain["low"] is not None:
            words += f", 95% from {100 * gain['low']:+.2f} to {100 * gain['high']:+.2f}"
        lines.append(words)
    return "\n".join(lines)


def _schedules(table: dict[str, Any]) -> str:
    heading = (
        "rule".ljust(RULE) + "Avg.Acc  " + "".join(entry.ljust(26) for entry in AGAINST.values())
    )
    lines = [
        f"of all {table['count']} schedules (all or the specific modules train), Avg.Acc, with 95% "
        "intervals of differences",
        f"(threshold {table['threshold']:g}; of others: chosen for each seed by the mean test "
        "accuracy of the other seeds;",
        "random order: the mean of all schedules that train all modules at as many tasks):",
        "",
        heading.rstrip(),
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


def gain(table: dict[str, Any] | None) -> str:
    """A difference of shares as percent, with its interval.

    Example:
        >>> gain({"mean": 0.01, "low": -0.01, "high": 0.03})
        '+1.00 (-1.00 to +3.00)'
        >>> gain({"mean": 0.0, "low": 0.0, "high": 0.0})
        'the same'
    """
    if table is None or table["mean"] is None:
        return ""
    words = f"{100 * table['mean']:+.2f}"
    if table["low"] is None:
        return words
    if table["low"] == table["mean"] == table["high"] == 0:
        return "the same"
    return f"{words} ({100 * table['low']:+.2f} to {100 * table['high']:+.2f})"


def _reported(table: dict[str, Any]) -> str:
    lines = [f"reported by the paper, of its own runs ({table['source']}):"]
    for name, values in table.items():
        if name != "source":
            cells = f"{values['avg_acc']:.2f}".rjust(16) + f"{values['forgetting']:.2f}".rjust(16)
            lines.append(f"{name:{NAME}}{cells}")
    return "\n".join(lines)


def _bridge(table: dict[str, Any]) -> str:
    distance, floor, cosine = (
        table["relative_distance"],
        table["distance_floor"],
        table["gradient_cosine"],
    )
    lines = [
        "in the place of a linear model (an analogy: see docs/networks.md):",
        f"    n/P = {table['samples_per_parameter']:.2g}; relative distance of consecutive optima "
        + ", ".join(f"{distance[name]:.2f} in the {name} modules" for name in distance)
        + f" (of one task, learned twice: {', '.join(f'{entry:.2f}' for entry in floor.values())})",
        f"    cosine of their gradients: {cosine['start']:.2f} at the start, {cosine['last']:.2f} "
        "at the last task",
    ]
    for key, heading in (("forgetting", "Forgetting"), ("avg_acc", "Avg.Acc")):
        found = table["measures"][key]
        agrees = {True: ": agrees", False: ": disagrees", None: ""}[found["agrees"]]
        seen = {"undecided": "undecided (the interval covers 0)"}.get(
            found["observed"], found["observed"]
        )
        votes = ", ".join(f"{name} by {count}" for name, count in found["seeds"].items())
        lines.append(
            f"    {heading}: theory predicts {found['predicted']} (seeds: {votes}), seen "
            f"{seen}{agrees}"
        )
    return "\n".join(lines)


def _relatedness(table: dict[str, Any], metric: str) -> str:
    count = table["common"][0]["seeds"]
    columns = (words.format(metric=metric).ljust(WIDE) for words in SIGNALS.values())
    heading = "    c   " + "".join(columns).rstrip()
    lines = [
        "gradients of two tasks of the same classes, noise in the place of the share c of the "
        f"second's images; mean of {count} seed{'s' if count > 1 else ''}, 95% interval:",
        "",
        heading,
        *_signal_rows(table, ""),
        "",
        "the same, each class of the second task with the label of the next:",
        "",
        heading,
        *_signal_rows(table, "_renamed"),
    ]
    return "\n".join(lines)


def _signal_rows(table: dict[str, Any], end: str) -> list[str]:
    """A row for each share of noise."""
    columns = [table[name + end] for name in SIGNALS]
    return [
        f"{share:5.2f}   " + "".join(_signal(cell).ljust(WIDE) for cell in cells).rstrip()
        for share, *cells in zip(table["corruption"], *columns, strict=True)
    ]


def _signal(table: dict[str, Any]) -> str:
    if table["mean"] is None:
        return "-"
    words = f"{table['mean']:+.2f}"
    return (
        words if table["low"] is None else f"{words} ({table['low']:+.2f} to {table['high']:+.2f})"
    )
