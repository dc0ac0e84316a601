"""The format of scenario files as JSON Schema, for editors and for programs that write such files.

It says of every key what its values are. What depends on several keys at once, such as lists of one
number per task, names of blocks, and the room that optima need, is checked by ``parse`` alone.
"""

from __future__ import annotations

from typing import Any

from update_magnitude.scenarios.fields import LARGEST, MOST
from update_magnitude.scenarios.reading import MOST_TASKS
from update_magnitude.scenarios.schema import DIRECTIONS, SIGNALS, STRATEGIES

Schema = dict[str, Any]
SIZE: Schema = {"type": "integer", "minimum": 1, "maximum": MOST}
NUMBER: Schema = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
LENGTH: Schema = {"type": "number", "minimum": 0, "maximum": LARGEST}
COSINE: Schema = {"type": "number", "minimum": -1, "maximum": 1}


def scenario_schema() -> Schema:
    """JSON Schema, draft 2020-12, of the tables of a scenario file.

    Example:
        >>> scenario_schema()["required"]
        ['blocks', 'tasks', 'optima', 'updates']
    """
    several = {"properties": {"tasks": {"properties": {"count": {"minimum": 2}}}}}
    with_steps = {"properties": {"optima": {"anyOf": [_needs("gram"), _needs("distance")]}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario file: blocks, tasks, their optima, and how the parameters move",
        **_table(
            {
                "title": {"type": "string", "pattern": r"\S"},
                "blocks": {**_per_block(SIZE), "minProperties": 1},
                "tasks": _tasks(),
                "optima": _optima(),
                "updates": _updates(),
            },
            "blocks tasks optima updates",
        ),
        "if": several,
        "then": with_steps,
    }


def _tasks() -> Schema:
    keys = {
        "count": {"type": "integer", "minimum": 1, "maximum": MOST_TASKS},
        "samples": _one_or_more(SIZE),
        "noise": _one_or_more(LENGTH),
    }
    return _table(keys, "count samples noise")


def _optima() -> Schema:
    matrix = {"type": "array", "minItems": 1, "items": {"type": "array", "items": NUMBER}}
    steps = {
        "norm": _per_block(LENGTH),
        "distance": _per_block(_one_or_more(LENGTH)),
        "direction": {"enum": list(DIRECTIONS)},
    }
    return {"oneOf": [_table(steps, "norm"), _table({"gram": _per_block(matrix)}, "gram")]}


def _updates() -> Schema:
    names = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    keys = {
        "strategy": {"enum": list(STRATEGIES)},
        "scale": _one_or_more(NUMBER),
        "specific": names,
        "trainable": {"type": "array", "minItems": 1, "items": names},
        "signal": {"enum": list(SIGNALS)},
        "threshold": NUMBER,
    }
    return _table(keys, "strategy") | {
        "allOf": [
            {
                "if": {"properties": {"strategy": {"const": "custom"}}},
                "then": _needs("trainable"),
                "else": {"properties": {"trainable": False}},
            },
            {
                "if": {"properties": {"signal": {"const": "distance"}}} | _needs("signal"),
                "then": {"properties": {"threshold": LENGTH}} | _needs("threshold"),
            },
            {
                "if": {"properties": {"signal": {"enum": ["published", "common"]}}},
                "then": {"properties": {"threshold": COSINE}},
            },
        ]
    }


def _table(keys: Schema, required: str) -> Schema:
    """A table that has no other keys than these."""
    return {"type": "object", "properties": keys, "additionalProperties": False} | _needs(required)


def _needs(keys: str) -> Schema:
    return {"required": keys.split()}


def _per_block(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _one_or_more(value: Schema) -> Schema:
    """A value for all tasks or steps, or a list with one for each."""
    return {"anyOf": [value, {"type": "array", "items": value}]}
