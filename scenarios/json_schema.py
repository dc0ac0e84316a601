"""The format of scenario files as JSON Schema, for editors and for programs that write such files.

It says of every key what its values are. What depends on several keys at once, such as lists of one
number per task, names of blocks, and the room that optima need, is checked by ``parse`` alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from update_magnitude.scenarios.keys import DISTANCE, EVIDENCE, KEYS, Schema, keys_of
from update_magnitude.scenarios.reading import STEPS

COSINE: Schema = {"type": "number", "minimum": -1, "maximum": 1}


def scenario_schema() -> Schema:
    """JSON Schema, draft 2020-12, of the tables of a scenario file.

    Example:
        >>> scenario_schema()["required"]
        ['blocks', 'tasks', 'optima', 'updates']
    """
    several = {"properties": {"tasks": {"properties": {"count": {"minimum": 2}}}}}
    with_steps = {"properties": {"optima": {"anyOf": [_needs("gram"), _needs("distance")]}}}
    steps = _table("optima", STEPS, "norm")
    tables = {
        "title": KEYS["title"].schema,
        "blocks": {**KEYS["blocks"].schema, "minProperties": 1},
        "features": _table("features", keys_of("features"), ""),
        "tasks": _table("tasks", keys_of("tasks"), "count samples noise"),
        "optima": {"oneOf": [steps, _table("optima", ("gram",), "gram")]},
        "updates": _table("updates", keys_of("updates"), "strategy") | _several_keys_of_updates(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario file: blocks, tasks, their optima, and how the parameters move",
        **_closed(tables, "blocks tasks optima updates"),
        "if": several,
        "then": with_steps,
    }


def _several_keys_of_updates() -> Schema:
    return {
        "allOf": [
            {
                "if": {"properties": {"strategy": {"const": "custom"}}},
                "then": _needs("trainable"),
                "else": {"properties": {"trainable": False}},
            },
            {
                "if": {"properties": {"signal": {"const": "distance"}}} | _needs("signal"),
                "then": {"properties": {"threshold": DISTANCE.schema}} | _needs("threshold"),
            },
            {
                "if": {"properties": {"signal": {"enum": ["published", "common"]}}},
                "then": {"properties": {"threshold": COSINE}},
            },
            {"dependentRequired": {"steps": ["rate"], "rate": ["steps"]}},
            {
                "if": {"properties": {"signal": {"enum": list(EVIDENCE)}}} | _needs("signal"),
                "then": {
                    "properties": {"strategy": {"const": "hybrid"}, "threshold": False},
                },
            },
        ]
    }


def _table(name: str, keys: Iterable[str], required: str) -> Schema:
    """A table of a scenario file with these keys."""
    return _closed({key: KEYS[f"{name}.{key}"].schema for key in keys}, required)


def _closed(keys: Schema, required: str) -> Schema:
    """A table that has no other keys than these."""
    return {"type": "object", "properties": keys, "additionalProperties": False} | _needs(required)


def _needs(keys: str) -> Schema:
    return {"required": keys.split()}
