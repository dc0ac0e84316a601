"""From tables to a scenario; whatever is wrong with it is found here, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import Changes, ScenarioError, Tables, fail
from update_magnitude.scenarios.geometry import ROUNDING, dimensions, gram_rank
from update_magnitude.scenarios.keys import EVIDENCE, KEYS, REQUIRED, Frame, keys_of
from update_magnitude.scenarios.schema import (
    Blocks,
    Features,
    Optima,
    Scenario,
    Tasks,
    Updates,
    require_scenario,
)

STEPS = ("norm", "distance", "direction")  # keys of optima that steps give
MAY_BE_MISSING = ("features", "features.variance", "updates.weights")  # tables that may be left out


def parse(document: Mapping[str, object], title: str = "untitled") -> Scenario:
    """Read a scenario from the tables of a scenario file; NumPy's numbers and arrays will do.

    Raises:
        ScenarioError: naming the key, the value and what would be right.

    Example:
        >>> from update_magnitude import scenarios
        >>> two = scenarios.preset("two-close-tasks")
        >>> parse(two.document()) == two
        True
    """
    tables = fields.plain(document)
    fields.table(tables, "", ("blocks", "tasks", "optima", "updates"), ("title", "features"))
    blocks = _blocks(tables["blocks"])
    tasks = _tasks(tables["tasks"], blocks)
    frame = Frame(blocks.names, tasks.count)
    scenario = Scenario(
        title=KEYS["title"].read(tables.get("title", title), "title", frame),
        blocks=blocks,
        features=Features(**_values(tables.get("features", {}), "features", frame)),
        tasks=tasks,
        optima=_optima(tables["optima"], blocks, frame),
        updates=_updates(tables["updates"], frame),
    )
    object.__setattr__(scenario, "written", {"title": scenario.title, **tables})
    return scenario


def varied(scenario: Scenario, changes: Changes) -> Scenario:
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

    Source: docs/scenarios.md.
    """
    require_scenario(scenario)
    tables = scenario.document() if scenario.written is None else scenario.written
    return parse(changed(tables, changes), scenario.title)


def changed(document: Mapping[str, object], changes: Changes) -> Tables:
    """A copy of the tables of a scenario file with some fields changed, not yet checked.

    Example:
        >>> changed({"tasks": {"count": 2}}, {"tasks.count": 3})
        {'tasks': {'count': 3}}
    """
    for name, value in (("document", document), ("changes", changes)):
        if not isinstance(value, Mapping):
            fail(name, value, "a table of values by their keys is needed")
    copied: Tables = fields.plain(document)
    for key, value in fields.plain(changes).items():
        *path, last = str(key).split(".")
        table: object = copied
        for depth, name in enumerate(path):
            if isinstance(table, dict) and ".".join(path[: depth + 1]) in MAY_BE_MISSING:
                table.setdefault(name, {})
            table = table.get(name) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            fail(key, value, "there is no such key in this scenario")
        table[last] = value
    return copied


def _values(table: object, name: str, frame: Frame, among: Sequence[str] = ()) -> Tables:
    """The values of a table by its keys, or by some of them; those left out have their defaults."""
    keys = {key: row for key, row in keys_of(name).items() if not among or key in among}
    required = [key for key, row in keys.items() if row.default is REQUIRED]
    given = fields.table(table, name, required, [key for key in keys if key not in required])
    values = {key: given.get(key, row.default) for key, row in keys.items()}
    return {
        key: keys[key].read(value, f"{name}.{key}", frame)
        for key, value in values.items()
        if value is not None or keys[key].default is not None
    }


def _blocks(table: object) -> Blocks:
    if not isinstance(table, Mapping) or not table:
        fail("blocks", table, "a table of at least one block, such as { shared = 40 }, is needed")
    for name in table:
        if not isinstance(name, str):
            fail("blocks", name, "the name of a block is a text")
    names = tuple(table)
    return Blocks(names, KEYS["blocks"].read(table, "blocks", Frame(names, 0)))


def _tasks(table: object, blocks: Blocks) -> Tasks:
    keys = keys_of("tasks")
    given = fields.table(table, "tasks", tuple(keys))
    count = keys["count"].read(given["count"], "tasks.count", Frame(blocks.names, 0))
    return Tasks(**_values(table, "tasks", Frame(blocks.names, count)))


def _optima(table: object, blocks: Blocks, frame: Frame) -> Optima:
    if isinstance(table, Mapping) and "gram" in table:
        return _optima_of_gram(table, blocks, frame)
    if frame.tasks == 1 and isinstance(table, Mapping):
        table = {"distance": dict.fromkeys(frame.blocks, 0.0), **table}  # one task: no steps
    optima = Optima(**_values(table, "optima", frame, STEPS))
    sizes = zip(blocks.names, blocks.sizes, optima.norm, optima.distance, strict=True)
    for name, size, norm, steps in sizes:
        needed = dimensions(norm, steps, optima.direction)
        if needed > size:
            fail(
                f"blocks.{name}",
                size,
                f"its optima span {needed} dimensions (direction {optima.direction!r}), "
                f"so it needs at least {needed} parameters",
            )
    return optima


def _optima_of_gram(table: Mapping[str, Any], blocks: Blocks, frame: Frame) -> Optima:
    for name in STEPS:
        if name in table:
            right = "it excludes optima.gram; give one or the other"
            fail(f"optima.{name}", table[name], right)
    grams = _values(table, "optima", frame, ("gram",))["gram"]
    for name, size, gram in zip(blocks.names, blocks.sizes, grams, strict=True):
        reason = _no_gram(np.array(gram), size)
        if reason:
            fail(f"optima.gram.{name}", table["gram"][name], reason)
    return Optima(gram=grams)


def _no_gram(matrix: NDArray[np.float64], size: int) -> str:
    """Why no optima in a block of that size have these inner products; empty if some have."""
    scale = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > ROUNDING * scale:
        return "a Gram matrix is symmetric"
    least = float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[0])
    if least < -ROUNDING * scale:
        return f"a Gram matrix is positive semidefinite, but its least eigenvalue is {least:.3g}"
    rank = gram_rank(matrix)
    if rank > size:
        return f"its rank is {rank}, but the block has only {size} parameters"
    return ""


def _updates(table: Any, frame: Frame) -> Updates:
    values = {"specific": frame.blocks[-1:], **_values(table, "updates", frame)}
    strategy, trainable = values["strategy"], values.get("trainable")
    if trainable is None and strategy == "custom":
        raise ScenarioError(
            "updates.trainable is missing; strategy 'custom' needs one list of block names per task"
        )
    if trainable is not None and strategy != "custom":
        written = list(map(list, trainable))
        fail("updates.trainable", written, f"it has no meaning under strategy {strategy!r}")
    _require_steps(table, values, frame)
    if strategy == "hybrid":
        _require_no_magnitude(table, values, frame)
    elif values["signal"] in EVIDENCE:
        right = f"it has a meaning under strategy 'hybrid' alone, not under {strategy!r}"
        fail("updates.signal", values["signal"], right)
    if strategy == "least-forgetting" and _is_given(values, "weights", frame):
        right = "strategy 'least-forgetting' takes them from the variances of the features"
        fail("updates.weights", table["weights"], right)
    _require_threshold(values["signal"], values.get("threshold"))
    return Updates(**{"threshold": 0.0, **values})


def _is_given(values: Tables, name: str, frame: Frame) -> bool:
    """Whether a key of updates says anything but what it says where it is left out."""
    key = f"updates.{name}"
    return bool(values.get(name) != KEYS[key].left_out(key, frame))


def _require_steps(table: Tables, values: Tables, frame: Frame) -> None:
    """Refuse steps without their rate, a rate without steps, and a penalty beside them."""
    for name, other in (("steps", "rate"), ("rate", "steps")):
        if name in values and other not in values:
            raise ScenarioError(f"updates.{other} is missing; updates.{name} needs it")
    if "steps" in values and _is_given(values, "penalty", frame):
        right = "steps of descent have no penalty; leave out updates.penalty or updates.steps"
        fail("updates.penalty", table["penalty"], right)


def _require_no_magnitude(table: Tables, values: Tables, frame: Frame) -> None:
    """Refuse what says how far blocks move where the data decide on it."""
    evidence = values["signal"] in EVIDENCE
    for name in ("penalty", "weights", "steps", *(["threshold"] * evidence)):
        if _is_given(values, name, frame):
            right = "the strategy 'hybrid' decides from the data how blocks move; remove this key"
            fail(f"updates.{name}", table[name], right)


def _require_threshold(signal: str, threshold: float | None) -> None:
    """Refuse what is no distance where the signal is one, and no cosine where it is one."""
    key = "updates.threshold"
    if signal == "distance":
        if threshold is None:
            raise ScenarioError(
                f"{key} is missing; signal 'distance' needs the distance up to which a task counts "
                "as near"
            )
        fields.length(threshold, key, "a distance is at least 0")
    elif signal not in ("predicted", *EVIDENCE) and not -1 <= (threshold or 0.0) <= 1:
        fail(key, threshold, "a cosine lies between -1 and 1")
