"""What came of the peer's runs: metrics, what they are beside ours, and rows of the page's tables.

python -m benchmarks.peer.table docs/networks/peer/split-mnist.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

LEVEL = 0.95  # of intervals
METRICS = ("avg_acc", "forgetting", "task_acc")
NAMES = {
    "ours": "ours: `initialized`",
    "plain": "fine-tuning, a plain loop of PyTorch",
    "naive": "fine-tuning, Avalanche (`Naive`)",
    "ewc": "EWC, Avalanche",
    "si": "SI, Avalanche, mended",
    "mas": "MAS, Avalanche",
}


def summary(accuracy: NDArray[np.float64]) -> dict[str, Any]:
    """The metrics in percent, by seed; of accuracies a[k, j], [seed, T, T]."""
    learned, last = np.diagonal(accuracy, axis1=1, axis2=2), accuracy[:, -1]
    metrics = {
        "avg_acc": last.mean(1),
        "forgetting": (learned - last)[:, :-1].mean(1),
        "task_acc": learned.mean(1),
    }
    return {name: (100 * values).tolist() for name, values in metrics.items()}


def minus(found: dict[str, Any], ours: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Differences of means with their 95% intervals; each side has an order of data of its own."""
    differences = {}
    for name in METRICS:
        first, second = np.array(found[name]), np.array(ours[name])
        mean, count = float(first.mean() - second.mean()), len(second)
        error = float(((first.var(ddof=1) + second.var(ddof=1)) / count) ** 0.5)
        reach = float(student.ppf((1 + LEVEL) / 2, 2 * (count - 1))) * error
        differences[name] = {"mean": mean, "low": mean - reach, "high": mean + reach}
    return differences


def ratio(found: dict[str, Any], ours: dict[str, Any]) -> dict[str, float]:
    """Seconds of a run over those of ours, by clock."""
    return {
        clock: seconds / ours["seconds_per_run"][clock]
        for clock, seconds in found["seconds_per_run"].items()
    }


def rows(document: dict[str, Any]) -> Iterator[str]:
    """A row of the page for us and for each method."""
    for name, found in {"ours": document["ours"], **document["methods"]}.items():
        strength = found.get("strength")
        cells = [
            NAMES[name],
            "" if strength is None else f"{strength:g}",
            *(f"{np.mean(found[m]):.2f} ± {np.std(found[m], ddof=1):.2f}" for m in METRICS),
            f"{found['seconds_per_run']['cpu']:.1f}",
            f"{document['times_ours'][name]['cpu']:.2f}" if name != "ours" else "1",
        ]
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n".join(rows(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
