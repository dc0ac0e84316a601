"""Readers for single values: each returns what it read, or fails with one line on what is wrong."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from scenarios.schema import ScenarioError

SHOWN = 60  # characters of a wrong value that an error repeats


def fail(key: str, value: Any, right: str) -> NoReturn:
    """Raise the one-line error for a key, its value and what would be right."""
    shown = " ".join(repr(value).split())
    if len(shown) > SHOWN:
        shown = shown[:SHOWN] + "…"
    raise ScenarioError(f"{key} = {shown}: {right}")


def table(value: Any, key: str, required: Sequence[str], optional: Sequence[str]) -> None:
    """Check that a table has all the required keys and no unknown ones."""
    place = f"{key}." if key else ""
    if not isinstance(value, Mapping):
        fail(key, value, f"a table with the keys {', '.join(required)} is needed")
    known = [*required, *optional]
    for name in value:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, 1)
            hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
            fail(f"{place}{name}", value[name], f"unknown key; {hint}")
    for name in required:
        if name not in value:
            raise ScenarioError(f"{place}{name} is missing; {key or 'a scenario'} needs it")


def text(value: Any, key: str) -> str:
    """A string."""
    if not isinstance(value, str):
        fail(key, value, "a text in quotes is needed")
    return value


def choice(value: Any, key: str, among: Sequence[str]) -> str:
    """One of some words."""
    if value not in among:
        fail(key, value, f"it is one of {', '.join(among)}")
    return str(value)


def whole(value: Any, key: str, least: int, why: str) -> int:
    """A whole number that is not too small."""
    if isinstance(value, bool) or not isinstance(value, int):
        fail(key, value, f"a whole number is needed; {why}")
    if value < least:
        fail(key, value, why)
    return value


def number(value: Any, key: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        fail(key, value, "a finite number is needed")
    return float(value)


def length(value: Any, key: str, why: str) -> float:
    """A finite number that is not negative."""
    if number(value, key) < 0:
        fail(key, value, why)
    return float(value)


def each(value: Any, key: str, count: int, what: str) -> tuple[Any, ...]:
    """A list of a given length, or one value for all."""
    if not isinstance(value, list | tuple):
        return (value,) * count
    if len(value) != count:
        fail(key, value, f"a number, or {count} numbers ({what}); here are {len(value)}")
    return tuple(value)


def per_block(value: Any, key: str, blocks: Sequence[str]) -> tuple[Any, ...]:
    """A table with one value per block, in the order of the blocks."""
    if not isinstance(value, Mapping):
        fail(key, value, f"a table with one entry per block is needed ({', '.join(blocks)})")
    table(value, key, blocks, ())
    return tuple(value[name] for name in blocks)


def block_names(value: Any, key: str, blocks: Sequence[str]) -> tuple[str, ...]:
    """A list of names of blocks, without repetition."""
    if not isinstance(value, list | tuple):
        fail(key, value, f"a list of block names is needed ({', '.join(blocks)})")
    for name in value:
        if name not in blocks:
            fail(key, value, f"there is no block {name!r}; blocks: {', '.join(blocks)}")
    if len(set(value)) != len(value):
        fail(key, value, "a block is named twice")
    return tuple(value)
