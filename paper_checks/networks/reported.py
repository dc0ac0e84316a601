"""What the paper reports of its own runs, and whether these numbers fit together.

By the definitions that are printed beside them, the metrics of any run of T tasks satisfy

    Task.Acc − Avg.Acc = 1/T Σ_j (a[j, j] − a[T, j]) = (T−1)/T · Forgetting,

for the last task has no part in the sum. That holds seed by seed, and so for means over seeds too,
whatever their standard deviations.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from update_magnitude.simulations.networks.metrics import Document

ROUNDED = 0.005  # points, by which a number with two decimals may be off
BESIDE = ("deviations", "sources")  # tables about the strategies' numbers
FEWEST = 2  # tasks in which there is any forgetting


class ReportedNumber(NamedTuple):
    """A number of the paper, in percent, with what is known of it."""

    benchmark: str
    strategy: str  # "unnamed" where the source names none
    metric: str
    value: float
    deviation: float | None  # over the paper's three seeds
    source: str  # as reported.toml explains


class ReportedIdentity(NamedTuple):
    """What the identity says of the reported metrics of one strategy, in percent."""

    benchmark: str
    strategy: str
    lost: float  # Task.Acc − Avg.Acc
    forgetting: float
    tasks: int | None  # T where it is known
    excess: float | None  # Task.Acc − Avg.Acc − (T−1)/T · Forgetting, where T is known
    implied_tasks: float | None  # the T, not rounded, for which excess is 0, where there is one
    possible: bool  # whether it holds to rounding for the known T, or else for any whole T


def reported(benchmark: str) -> Document | None:
    """What the paper reports of a benchmark, in percent, or None if it has nothing.

    ``source`` says where that was read, and each strategy has its metrics; ``reported_numbers``
    has deviations and the source of each number.
    """
    tables = _tables()
    if benchmark == "source" or benchmark not in tables:
        return None
    return {"source": tables["source"], **_strategies(tables[benchmark])}


def reported_numbers() -> list[ReportedNumber]:
    """All numbers that are known of the paper's runs, each with its deviation and its source.

    Example:
        >>> first = reported_numbers()[0]
        >>> first.benchmark, first.strategy, first.metric, first.value, first.deviation
        ('split-cifar10', 'initialized', 'avg_acc', 75.74, 0.32)
        >>> first.source
        'S1'
    """
    return [
        ReportedNumber(
            *(benchmark, strategy, metric, value),
            table.get("deviations", {}).get(strategy, {}).get(metric),
            table["sources"][strategy][metric],
        )
        for benchmark, table in _benchmarks()
        for strategy, metrics in _strategies(table).items()
        for metric, value in metrics.items()
    ]


def identity_excess(task_acc: float, avg_acc: float, forgetting: float, tasks: int) -> float:
    """Task.Acc − Avg.Acc − (T−1)/T · Forgetting: 0 by the definitions of the three metrics.

    Args:
        task_acc: 1/T Σ_j a[j, j], in any unit that the others have too.
        avg_acc: 1/T Σ_j a[T, j].
        forgetting: 1/(T−1) Σ_{j<T} (a[j, j] − a[T, j]).
        tasks: T, at least 2.

    Example:
        >>> round(identity_excess(79.36, 37.79, 46.68, 20), 2)  # reported; initialized, 20 tasks
        -2.78
    """
    return task_acc - avg_acc - (tasks - 1) / tasks * forgetting


def most_tasks(avg_acc: float, forgetting: float) -> int | None:
    """The most tasks for which Task.Acc, as the identity gives it, is not above 100%.

    Where Task.Acc is not reported this is what the identity says: Avg.Acc + (T−1)/T · Forgetting
    ≤ 100, which bounds T where Forgetting is more than Avg.Acc leaves room for.

    Args:
        avg_acc: in percent.
        forgetting: in percent.

    Returns:
        The largest T, or None if any number of tasks is possible.

    Example:
        >>> most_tasks(75.97, 30.76)  # reported; Permuted MNIST, initialized
        4
        >>> most_tasks(75.74, 23.30) is None  # Split CIFAR-10, initialized
        True
    """
    room = 100 - avg_acc
    return None if forgetting <= room else int(forgetting / (forgetting - room))


def reported_identities() -> list[ReportedIdentity]:
    """What the identity says of all strategies of which the paper reports the three metrics.

    Where T is not known, each is given the benefit of any T: (T−1)/T lies between 1/2 and 1, so
    that Task.Acc − Avg.Acc may not exceed Forgetting, nor fall below half of it.

    Example:
        >>> [row.strategy for row in reported_identities() if row.implied_tasks is None]
        ['hybrid']
    """
    return [
        _identity(benchmark, strategy, metrics, table.get("tasks"))
        for benchmark, table in _benchmarks()
        for strategy, metrics in _strategies(table).items()
        if {"avg_acc", "forgetting", "task_acc"} <= set(metrics)
    ]


def _identity(
    benchmark: str, strategy: str, metrics: dict[str, float], tasks: int | None
) -> ReportedIdentity:
    lost, forgetting = metrics["task_acc"] - metrics["avg_acc"], metrics["forgetting"]
    implied = 1 / (1 - lost / forgetting) if lost < forgetting else None
    # For other T than the whole ones beside the implied one it is further off.
    nearest = {int(implied), int(implied) + 1} if implied else set()
    tried = {tasks} if tasks else {max(FEWEST, count) for count in nearest}
    return ReportedIdentity(
        *(benchmark, strategy, lost, forgetting, tasks),
        identity_excess(**metrics, tasks=tasks) if tasks else None,
        implied,
        any(_is_rounding(identity_excess(**metrics, tasks=count), count) for count in tried),
    )


def _is_rounding(excess: float, tasks: int) -> bool:
    """Whether three rounded numbers may have that excess where there is none."""
    return abs(excess) <= (2 + (tasks - 1) / tasks) * ROUNDED + 1e-9


def _tables() -> Document:
    text = files(__package__).joinpath("reported.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _benchmarks() -> Iterator[tuple[str, Document]]:
    return ((name, table) for name, table in _tables().items() if isinstance(table, dict))


def _strategies(table: Document) -> dict[str, dict[str, float]]:
    """The metrics of each strategy, without what is said about them."""
    return {
        name: metrics
        for name, metrics in table.items()
        if isinstance(metrics, dict) and name not in BESIDE
    }
