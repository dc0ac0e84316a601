"""From TOML to a scenario; whatever is wrong with it is found here, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import fail
from update_magnitude.scenarios.files import load_document
from update_magnitude.scenarios.geometry import ROUNDING, dimensions, gram_rank
from update_magnitude.scenarios.schema import (
    DIRECTIONS,
    SIGNALS,
    STRATEGIES,
    Blocks,
    Optima,
    Scenario,
    ScenarioError,
    Tasks,
    Updates,
    require_scenario,
)

MOST_TASKS = 1_000  # whose risks are a table of a million


def load(path: str | Path) -> Scenario:
    """Read a scenario from a TOML file.

    Args:
        path: the file, or the name of a preset.

    Raises:
        ScenarioError: naming the file, the key, the value and what would be right.

    Example:
        >>> load("ten-tasks").tasks.count
        10
    """
    try:
        return parse(load_document(path), title=Path(path).stem)
    except ScenarioError as error:
        raise ScenarioError(f"{fields.one_line(str(path)) or 'a scenario'}: {error}") from None


def parse(document: Mapping[str, Any], title: str = "untitled") -> Scenario:
    """Read a scenario from nested tables.

    Args:
        document: the tables of a scenario file (docs/scenarios.md); numbers and lists may also be
            NumPy's numbers and arrays.
        title: the title of a scenario that gives none.

    Raises:
        ScenarioError: naming the key, the value and what would be right.

    Example:
        >>> from update_magnitude import scenarios
        >>> two = scenarios.preset("two-close-tasks")
        >>> parse(two.document()) == two
        True
    """
    tables = fields.plain(document)
    fields.table(tables, "", ("blocks", "tasks", "optima", "updates"), ("title",))
    blocks = _blocks(tables["blocks"])
    tasks = _tasks(tables["tasks"])
    scenario = Scenario(
        title=fields.text(tables.get("title", title), "title"),
        blocks=blocks,
        tasks=tasks,
        optima=_optima(tables["optima"], blocks, tasks),
        updates=_updates(tables["updates"], blocks, tasks),
    )
    object.__setattr__(scenario, "written", {"title": scenario.title, **tables})
    return scenario


def varied(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with some of its fields changed.

    Args:
        scenario: the scenario to start from; it stays as it is.
        changes: new values by dotted key, as in a scenario file.

    Raises:
        ScenarioError: when a changed value cannot be, or the key leads nowhere.

    Example:
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> varied(close, {"optima.distance.specific": 2.0}).optima.distance[1]
        (2.0,)
    """
    require_scenario(scenario)
    tables = scenario.document() if scenario.written is None else scenario.written
    return parse(changed(tables, changes), scenario.title)


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the tables of a scenario file with some of its fields changed, not yet checked.

    Args:
        document: the tables; they stay as they are.
        changes: new values by dotted key.

    Raises:
        ScenarioError: when a key leads nowhere.

    Example:
        >>> changed({"tasks": {"count": 2}}, {"tasks.count": 3})
        {'tasks': {'count': 3}}
    """
    for name, value in (("document", document), ("changes", changes)):
        if not isinstance(value, Mapping):
            fail(name, value, "a table of values by their keys is needed")
    copied: dict[str, Any] = fields.plain(document)
    for key, value in fields.plain(changes).items():
        *path, last = str(key).split(".")
        table: Any = copied
        for name in path:
            table = table.get(name) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            fail(key, value, "there is no such key in this scenario")
        table[last] = value
    return copied


def _blocks(value: Any) -> Blocks:
    if not isinstance(value, Mapping) or not value:
        fail("blocks", value, "a table of at least one block, such as { shared = 40 }, is needed")
    for name in value:
        if not isinstance(name, str):
            fail("blocks", name, "the name of a block is a text")
    sizes = (
        fields.whole(size, f"blocks.{name}", 1, "a block has at least 1 parameter")
        for name, size in value.items()
    )
    return Blocks(names=tuple(value), sizes=tuple(sizes))


def _tasks(value: Any) -> Tasks:
    fields.table(value, "tasks", ("count", "samples", "noise"), ())
    count = fields.whole(
        value["count"], "tasks.count", 1, "a sequence has at least 1 task", most=MOST_TASKS
    )
    samples = fields.each(value["samples"], "tasks.samples", count, "one per task")
    noise = fields.each(value["noise"], "tasks.noise", count, "one per task")
    return Tasks(
        count=count,
        samples=tuple(
            fields.whole(n, "tasks.samples", 1, "a task has at least 1 sample") for n in samples
        ),
        noise=tuple(
            fields.length(s, "tasks.noise", "noise is a standard deviation, at least 0")
            for s in noise
        ),
    )


def _optima(value: Any, blocks: Blocks, tasks: Tasks) -> Optima:
    if isinstance(value, Mapping) and "gram" in value:
        for name in ("norm", "distance", "direction"):
            if name in value:
                fail(
                    f"optima.{name}", value[name], "it excludes optima.gram; give one or the other"
                )
        fields.table(value, "optima", ("gram",), ())
        grams = fields.per_block(value["gram"], "optima.gram", blocks.names)
        return Optima(
            gram=tuple(
                _gram(gram, f"optima.gram.{name}", size, tasks.count)
                for name, size, gram in zip(blocks.names, blocks.sizes, grams, strict=True)
            )
        )
    needed, optional = ("norm", "distance"), ("direction",)
    if tasks.count == 1 and isinstance(value, Mapping):
        value = {"distance": dict.fromkeys(blocks.names, 0.0), **value}  # one task: no steps
    fields.table(value, "optima", needed, optional)
    norms = fields.per_block(value["norm"], "optima.norm", blocks.names)
    distances = fields.per_block(value["distance"], "optima.distance", blocks.names)
    optima = Optima(
        norm=tuple(
            fields.length(norm, f"optima.norm.{name}", "a norm is at least 0")
            for name, norm in zip(blocks.names, norms, strict=True)
        ),
        distance=tuple(
            _steps(steps, f"optima.distance.{name}", tasks.count)
            for name, steps in zip(blocks.names, distances, strict=True)
        ),
        direction=fields.choice(
            value.get("direction", "orthogonal"), "optima.direction", DIRECTIONS
        ),
    )
    _check_room(optima, blocks)
    return optima


def _steps(value: Any, key: str, count: int) -> tuple[float, ...]:
    each = fields.each(value, key, count - 1, "one per step, count - 1 of them")
    return tuple(fields.length(step, key, "a distance is at least 0") for step in each)


def _check_room(optima: Optima, blocks: Blocks) -> None:
    """Refuse a block too small to hold its first optimum and its steps."""
    for name, size, norm, steps in zip(
        blocks.names, blocks.sizes, optima.norm, optima.distance, strict=True
    ):
        needed = dimensions(norm, steps, optima.direction)
        if needed > size:
            fail(
                f"blocks.{name}",
                size,
                f"its optima span {needed} dimensions (direction {optima.direction!r}), "
                f"so it needs at least {needed} parameters",
            )


def _gram(value: Any, key: str, size: int, count: int) -> tuple[tuple[float, ...], ...]:
    rows = value if isinstance(value, list | tuple) else [value]
    square = len(rows) == count and all(
        isinstance(row, list | tuple) and len(row) == count for row in rows
    )
    if not square:
        fail(key, value, f"a Gram matrix has {count} rows of {count} inner products, one per task")
    gram = tuple(tuple(fields.number(entry, key) for entry in row) for row in rows)
    matrix = np.array(gram)
    scale = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > ROUNDING * scale:
        fail(key, value, "a Gram matrix is symmetric")
    least = float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[0])
    if least < -ROUNDING * scale:
        fail(
            key,
            value,
            f"a Gram matrix is positive semidefinite, but its least eigenvalue is {least:.3g}",
        )
    rank = gram_rank(matrix)
    if rank > size:
        fail(key, value, f"its rank is {rank}, but the block has only {size} parameters")
    return gram


def _updates(value: Any, blocks: Blocks, tasks: Tasks) -> Updates:
    optional = ("scale", "specific", "trainable", "signal", "threshold")
    fields.table(value, "updates", ("strategy",), optional)
    strategy = fields.choice(value["strategy"], "updates.strategy", STRATEGIES)
    scale = fields.each(value.get("scale", 1.0), "updates.scale", tasks.count, "one per task")
    specific = value.get("specific", [blocks.names[-1]])
    trainable = value.get("trainable")
    if trainable is None and strategy == "custom":
        raise ScenarioError(
            "updates.trainable is missing; strategy 'custom' needs one list of block names per task"
        )
    if trainable is not None and strategy != "custom":
        fail("updates.trainable", trainable, f"it has no meaning under strategy {strategy!r}")
    signal = fields.choice(value.get("signal", SIGNALS[0]), "updates.signal", SIGNALS)
    return Updates(
        strategy=strategy,
        scale=tuple(fields.number(alpha, "updates.scale") for alpha in scale),
        specific=fields.block_names(specific, "updates.specific", blocks.names),
        trainable=None if trainable is None else _trainable(trainable, blocks, tasks),
        signal=signal,
        threshold=_threshold(value, signal),
    )


def _threshold(updates: Any, signal: str) -> float:
    """The threshold of the hybrid strategy: a cosine, a difference of risks, or a distance."""
    key = "updates.threshold"
    if signal == "distance":
        if "threshold" not in updates:
            raise ScenarioError(
                f"{key} is missing; signal 'distance' needs the distance up to which a task counts "
                "as near"
            )
        return fields.length(updates["threshold"], key, "a distance is at least 0")
    threshold = fields.number(updates.get("threshold", 0.0), key)
    if signal != "predicted" and not -1 <= threshold <= 1:
        fail(key, threshold, "a cosine lies between -1 and 1")
    return threshold


def _trainable(value: Any, blocks: Blocks, tasks: Tasks) -> tuple[tuple[str, ...], ...]:
    key = "updates.trainable"
    if not isinstance(value, list | tuple) or len(value) != tasks.count:
        fail(key, value, f"one list of block names per task is needed, {tasks.count} lists")
    return tuple(fields.block_names(names, key, blocks.names) for names in value)
