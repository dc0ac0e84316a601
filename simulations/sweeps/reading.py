"""From TOML to a sweep; whatever is wrong with it is found here, before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from update_magnitude.scenarios import Axis, ScenarioError, fields, load_document
from update_magnitude.scenarios.axes import WHOLE
from update_magnitude.scenarios.fields import fail
from update_magnitude.scenarios.files import preset_path, read_toml
from update_magnitude.simulations.engines import NAMES
from update_magnitude.simulations.resources import MEMORY
from update_magnitude.simulations.streams import MOST_SEED
from update_magnitude.simulations.sweeps.grid import MOST_POINTS, Sweep

FIELD = re.compile(r"[\w-]+(\.[\w-]+)*")
Toml: TypeAlias = Any  # whatever a user may have written

SCALES = ("linear", "log")
DIGITS = 12  # of the values of a range: what any machine computes alike


def load(path: str | Path, *, memory: int = MEMORY, dtype: str | None = None) -> Sweep:
    """Read a sweep from a TOML file, and check every point of it.

    Args:
        path: the file (docs/sweeps.md).
        memory: bytes that the arrays of a run may take; no number depends on it.
        dtype: ``float64`` or ``float32``; the widest that the device has, if not given.

    Raises:
        ScenarioError: naming the file, the key, the value and what would be right.
    """
    if not isinstance(path, str | Path):
        fail("a sweep", path, "the name of a file is needed")
    file = Path(path)
    try:
        sweep = replace(_sweep(read_toml(file), file), memory=memory, dtype=dtype)
        _ = sweep.points  # laid out here, where what is wrong belongs to the file
    except FileNotFoundError:
        raise ScenarioError(f"{fields.one_line(str(path))}: no such file") from None
    except ScenarioError as error:
        raise ScenarioError(f"{fields.one_line(str(path))}: {error}") from None
    return sweep


def _sweep(document: Mapping[str, Toml], file: Path) -> Sweep:
    for name in ("sweep", "grid"):
        if name not in document:
            raise ScenarioError(f"{name} is missing; a sweep file needs it")
    settings = document["sweep"]
    fields.table(settings, "sweep", ("replicates",), ("seed", "engines", "scenario"))
    rest = {key: value for key, value in document.items() if key not in ("sweep", "grid")}
    scenario = _scenario(settings["scenario"], rest, file) if "scenario" in settings else rest
    return Sweep(
        title=fields.text(scenario.get("title", file.stem), "title"),
        scenario=scenario,
        axes=_axes(document["grid"]),
        engines=_engines(settings.get("engines", ["law"])),
        replicates=fields.whole(settings["replicates"], "sweep.replicates", 2, "at least 2"),
        seed=fields.whole(
            settings.get("seed", 0), "sweep.seed", 0, "a seed is at least 0", most=MOST_SEED
        ),
    )


def _scenario(name: Toml, rest: Mapping[str, Toml], file: Path) -> dict[str, Toml]:
    """The tables of a scenario of its own: a preset, or a file named from where the sweep lies."""
    for key, value in rest.items():
        if key != "title":
            fail(key, value, "sweep.scenario excludes it; give one or the other")
    text = fields.text(name, "sweep.scenario")
    try:
        return {**load_document(text if preset_path(text) else file.parent / text), **rest}
    except ScenarioError as error:
        fail("sweep.scenario", name, str(error))


def _engines(value: Toml) -> tuple[str, ...]:
    right = f"a list of engines ({', '.join(NAMES)}) is needed"
    names = fields.distinct(value, "sweep.engines", right)
    return tuple(fields.choice(name, "sweep.engines", NAMES) for name in names)


def _axes(value: Toml) -> tuple[Axis, ...]:
    if not isinstance(value, Mapping) or not value:
        fail("grid", value, "a table of fields is needed, such as tasks.noise = [0.0, 0.5]")
    axes = tuple(_axis(field, values) for field, values in _fields(value, ""))
    for number, axis in enumerate(axes):
        for other in axes[:number]:
            short, long = sorted((f"{axis.field}.", f"{other.field}."), key=len)
            if long.startswith(short):
                fail(f"grid.{axis.field}", list(axis.values), f"grid.{other.field} varies it too")
    return axes


def _fields(table: Mapping[str, Toml], place: str) -> Iterator[tuple[str, Toml]]:
    """The fields of a grid by dotted key: TOML reads a key of several words as nested tables."""
    for name, value in table.items():
        nested = isinstance(value, Mapping) and not {"from", "to"} & set(value)
        if nested:
            yield from _fields(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value


def _axis(field: str, values: Toml) -> Axis:
    key = f"grid.{field}"
    if not FIELD.fullmatch(field):
        fail(key, values, "a field is written as in tasks.noise: letters, digits, _ and -")
    if isinstance(values, Mapping):
        values = _range(values, key, bool(WHOLE.fullmatch(field)))
    right = "a list of values, or { from, to, count } is needed"
    return Axis(field, tuple(fields.distinct(values, key, right)))


def _range(value: Mapping[str, Toml], key: str, whole: bool) -> list[float] | list[int]:
    """The values of { from, to, count, scale }, in a number of digits that all machines share."""
    fields.table(value, key, ("from", "to", "count"), ("scale",))
    count = fields.whole(value["count"], f"{key}.count", 2, "at least 2", most=MOST_POINTS)
    first, last = (fields.number(value[end], f"{key}.{end}") for end in ("from", "to"))
    scale = fields.choice(value.get("scale", "linear"), f"{key}.scale", SCALES)
    if scale == "log" and min(first, last) <= 0:
        fail(key, value, "a log scale runs between numbers above 0")
    space = np.geomspace if scale == "log" else np.linspace
    numbers: list[float] = space(first, last, count).tolist()
    if whole:
        return list(dict.fromkeys(round(number) for number in numbers))
    return [float(f"{number:.{DIGITS}g}") for number in numbers]
