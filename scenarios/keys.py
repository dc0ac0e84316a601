"""Every key of a scenario file, once: its values, their bounds, what would be right, what it means.

Reading, the tables of a scenario, the JSON Schema, the axes of families and the arrays along them
go by this table; unknown and missing keys are refused in ``fields``. A new key needs a row here and
a field of the same name in ``schema``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

from update_magnitude.scenarios import fields
from update_magnitude.scenarios.fields import LARGEST, MOST, fail

DIRECTIONS = ("orthogonal", "persistent", "returning")
DISTRIBUTIONS = ("normal", "sign", "uniform")  # of features, standardized
SIGNALS = ("published", "common", "distance", "predicted")  # which choose the blocks that move
POOLED = "pooled-evidence"  # of all tasks so far
EVIDENCE = ("evidence", POOLED)  # which choose how far each block moves
STRATEGIES = (
    "initialized",
    "frozen",
    "reinitialized",
    "custom",
    "hybrid",
    "least-forgetting",
)
MOST_TASKS = 1_000  # whose risks are a table of a million

REQUIRED = ...  # of a key that cannot be left out

Schema = dict[str, Any]  # of JSON


class Frame(NamedTuple):
    """What the form of a value depends on."""

    blocks: tuple[str, ...]  # their names
    tasks: int


@dataclass(frozen=True)
class Kind:
    """What a single value may be: as JSON Schema, and as a reader that refuses all else."""

    schema: Schema
    read: Callable[[object, str, Frame], object]


def whole(why: str, most: int = MOST) -> Kind:
    """A whole number, at least 1."""

    def read(value: object, key: str, frame: Frame) -> int:
        return fields.whole(value, key, 1, why, most)

    return Kind({"type": "integer", "minimum": 1, "maximum": most}, read)


def number(not_negative: str = "") -> Kind:
    """A finite number; one that is at least 0 if a reason for that is given."""

    def read(value: object, key: str, frame: Frame) -> float:
        if not_negative:
            return fields.length(value, key, not_negative)
        return fields.number(value, key)

    least = 0 if not_negative else -LARGEST
    return Kind({"type": "number", "minimum": least, "maximum": LARGEST}, read)


def positive(why: str) -> Kind:
    """A finite number above 0."""

    def read(value: object, key: str, frame: Frame) -> float:
        size = fields.length(value, key, why)
        if size == 0:
            fail(key, value, why)
        return size

    return Kind({"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}, read)


def word(among: tuple[str, ...]) -> Kind:
    """One of some words."""

    def read(value: object, key: str, frame: Frame) -> str:
        return fields.choice(value, key, among)

    return Kind({"enum": list(among)}, read)


def _text(value: object, key: str, frame: Frame) -> str:
    return fields.text(value, key)


def _names(value: object, key: str, frame: Frame) -> tuple[str, ...]:
    blocks = ", ".join(frame.blocks)
    if not isinstance(value, list | tuple):
        fail(key, value, f"a list of block names is needed ({blocks})")
    for name in value:
        if name not in frame.blocks:
            fail(key, value, f"there is no block {name!r}; blocks: {blocks}")
    if len(set(value)) != len(value):
        fail(key, value, "a block is named twice")
    return tuple(value)


def _names_by_task(value: object, key: str, frame: Frame) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list | tuple) or len(value) != frame.tasks:
        fail(key, value, f"one list of block names per task is needed, {frame.tasks} lists")
    return tuple(_names(names, key, frame) for names in value)


def _matrix(value: object, key: str, frame: Frame) -> tuple[tuple[float, ...], ...]:
    count = frame.tasks
    rows = value if isinstance(value, list | tuple) else ()
    whole_rows = [row for row in rows if isinstance(row, list | tuple) and len(row) == count]
    if not len(whole_rows) == len(rows) == count:
        right = f"a Gram matrix has {count} rows of {count} inner products, one per task"
        fail(key, value, right)
    return tuple(tuple(fields.number(product, key) for product in row) for row in rows)


TEXT = Kind({"type": "string", "pattern": r"\S"}, _text)
NAMES = Kind({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, _names)
NAMES_BY_TASK = Kind({"type": "array", "minItems": 1, "items": NAMES.schema}, _names_by_task)
MATRIX = Kind(
    {"type": "array", "minItems": 1, "items": {"type": "array", "items": number().schema}}, _matrix
)


@dataclass(frozen=True)
class Key:
    """A key of a scenario file: its values, what they lie along, and what it means."""

    kind: Kind  # of each value
    along: str = ""  # "block": a table; "task" or "step": a number, or a list
    meaning: str = ""
    # Of a key that may be left out, and of a block left out of its table; None if that is for
    # others to say.
    default: object = REQUIRED

    @property
    def schema(self) -> Schema:
        """The form of the value as JSON Schema."""
        value = self.kind.schema
        if self.along not in ("", "block"):
            value = {"anyOf": [value, {"type": "array", "items": value}]}
        return {"type": "object", "additionalProperties": value} if self.by_block else value

    @cached_property
    def by_block(self) -> bool:
        """Whether it is a table with one value or list per block."""
        return self.along.startswith("block")

    @property
    def varies(self) -> bool:
        """Whether it holds numbers in which scenarios of one structure may differ."""
        return bool(self.along) and self.kind.schema.get("type") in ("integer", "number")

    def read(self, value: object, key: str, frame: Frame) -> Any:
        """What a file says, as the field of a scenario: a value, or a tuple per block and task."""
        if not self.by_block:
            return self.series(value, key, frame)
        given = dict.fromkeys(frame.blocks, value) if value is self.default else value
        if not isinstance(given, Mapping):
            names = ", ".join(frame.blocks)
            fail(key, value, f"a table with one entry per block is needed ({names})")
        needed = frame.blocks if self.default is REQUIRED else ()
        fields.table(given, key, needed, frame.blocks)
        blocks = {name: given.get(name, self.default) for name in frame.blocks}
        return tuple(self.series(part, f"{key}.{name}", frame) for name, part in blocks.items())

    def written(self, value: object, blocks: tuple[str, ...]) -> object:
        """The field of a scenario, as a file says it."""
        if self.by_block and isinstance(value, tuple):
            return dict(zip(blocks, map(_lists, value), strict=True))
        return _lists(value)

    def left_out(self, key: str, frame: Frame) -> Any:
        """What a scenario has where its file leaves the key out."""
        return None if self.default is None else self.read(self.default, key, frame)

    def series(self, value: object, key: str, frame: Frame) -> object:
        """What a file says of one block, or of all: a value, or a tuple per task or step."""
        if self.along.endswith("task"):
            count, what = frame.tasks, "one per task"
        elif self.along.endswith("step"):
            count, what = frame.tasks - 1, "one per step, count - 1 of them"
        else:
            return self.kind.read(value, key, frame)
        values = value if isinstance(value, list | tuple) else (value,) * count
        if len(values) != count:
            numbers = f"{count} number{'s' * (count != 1)}"
            fail(key, value, f"a number, or {numbers} ({what}); here are {len(values)}")
        return tuple(self.kind.read(part, key, frame) for part in values)


SIZE = whole("a block has at least 1 parameter")
COUNT = whole("a sequence has at least 1 task", MOST_TASKS)
SAMPLES = whole("a task has at least 1 sample")
NOISE = number("noise is a standard deviation, at least 0")
NORM, DISTANCE = number("a norm is at least 0"), number("a distance is at least 0")
VARIANCE = number("a variance is at least 0")
PENALTY = number("a penalty is at least 0")
WEIGHT = positive("a weight is above 0 (a block that does not move at all is a frozen one)")
RATE = positive("a rate is above 0")
STEPS = whole("there is at least 1 step of descent")

KEYS = {
    "title": Key(TEXT, default=None),
    "blocks": Key(SIZE, "block", "parameters of the block"),
    "features.variance": Key(VARIANCE, "block task", "variance of the block's features v", 1.0),
    "features.distribution": Key(
        word(DISTRIBUTIONS), meaning="distribution of the features", default=DISTRIBUTIONS[0]
    ),
    "tasks.count": Key(COUNT, meaning="number of tasks T"),
    "tasks.samples": Key(SAMPLES, "task", "samples per task n"),
    "tasks.noise": Key(NOISE, "task", "standard deviation of the noise σ"),
    "optima.norm": Key(NORM, "block", "length of the first optimum in the block"),
    "optima.distance": Key(
        DISTANCE, "block step", "length of each step between optima in the block"
    ),
    "optima.direction": Key(
        word(DIRECTIONS), meaning="how the steps between optima lie", default=DIRECTIONS[0]
    ),
    "optima.gram": Key(MATRIX, "block", "inner products of the optima in the block"),
    "updates.strategy": Key(word(STRATEGIES), meaning="which parameters move"),
    "updates.scale": Key(number(), "task", "scale of the updates α", default=1.0),
    "updates.penalty": Key(PENALTY, "task", "penalty on the size of the update λ", 0.0),
    "updates.weights": Key(WEIGHT, "block task", "weight of the block in the penalty ρ", 1.0),
    "updates.steps": Key(STEPS, "task", "steps of gradient descent k", None),
    "updates.rate": Key(RATE, "task", "rate of the steps of gradient descent η", None),
    "updates.specific": Key(
        NAMES, meaning="blocks that keep training when the others are frozen", default=None
    ),
    "updates.trainable": Key(
        NAMES_BY_TASK, meaning="blocks that train, task by task", default=None
    ),
    "updates.signal": Key(word((*SIGNALS, *EVIDENCE)), default=SIGNALS[0]),
    "updates.threshold": Key(number(), default=None),
}


@cache
def keys_of(table: str) -> dict[str, Key]:
    """The keys of a table, by their names within it."""
    begins = f"{table}."
    return {key.removeprefix(begins): KEYS[key] for key in KEYS if key.startswith(begins)}


def row_of(field: str) -> Key | None:
    """The row of the longest beginning of a dotted key that has one, as of ``blocks.shared``."""
    words = field.split(".")
    beginnings = (".".join(words[:count]) for count in range(len(words), 0, -1))
    return next((KEYS[key] for key in beginnings if key in KEYS), None)


def _lists(value: object) -> object:
    return [_lists(part) for part in value] if isinstance(value, tuple) else value
