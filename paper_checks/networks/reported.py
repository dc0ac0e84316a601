"""The numbers that the paper reports of its own runs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Reported:
    """What the paper reports of a benchmark, in percent, and where that was read."""

    source: str
    values: dict[str, dict[str, float]]  # by strategy: avg_acc and forgetting


def reported(benchmark: str) -> Reported | None:
    """The paper's numbers, or None if it has none for a benchmark.

    Example:
        >>> reported("split-cifar10").values["hybrid"]["avg_acc"]
        80.55
        >>> reported("split-digits") is None
        True
    """
    text = files(__package__).joinpath("reported.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    if benchmark not in found:
        return None
    return Reported(found["source"], found[benchmark])
