"""Readers for single values: each returns what it read, or fails with one line on what is wrong."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

SHOWN = 60  # characters of a wrong value that an error repeats
MOST = 10**15  # of parameters or samples: beyond, float64 no longer tells n from n + 1
ANY = sys.float_info.max  # of numbers that are no part of a scenario
LARGEST = 1e30  # of a length, a noise or a scale: fourth powers are still numbers

SYMBOLS = {  # that somebody may write for a key
    **dict.fromkeys(("lambda", "λ"), "penalty"),
    **dict.fromkeys(("rho", "ρ"), "weights"),
    **dict.fromkeys(("alpha", "α"), "scale"),
    **dict.fromkeys(("eta", "η"), "rate"),
    **dict.fromkeys(("sigma", "σ"), "noise"),
}

Tables = dict[str, Any]  # of a scenario file, by their keys
Changes = Mapping[str, Any]  # values by dotted keys


class ScenarioError(ValueError):
    """A scenario that cannot be: one line that names the key, the value and what would be right."""


def fail(key: str, value: object, right: str) -> NoReturn:
    """Raise the one-line error for a key, its value and what would be right."""
    raise ScenarioError(f"{one_line(key)} = {shown(value)}: {right}")


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def shown(value: object) -> str:
    """A value as an error repeats it, in one line of bounded length."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print whole numbers of thousands of digits
        return "a number of thousands of digits"
    return one_line(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's own, in tables and lists as well; all else as it is.

    Example:
        >>> import numpy as np
        >>> plain({"samples": np.int64(6), "noise": np.array([0.0, 0.5])})
        {'samples': 6, 'noise': [0.0, 0.5]}
    """
    if type(value) in (int, float, str):
        return value
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else value
    if hasattr(value, "__array__"):  # NumPy's, and of others that NumPy can read
        parts = np.asarray(value).tolist()
        if isinstance(parts, np.floating):  # NumPy's longest type has no equal in Python
            return float(parts)
        return parts if parts is value else plain(parts)
    return value


def listed(value: Any) -> Any:
    """What can be gone through, a range among it, as a list of Python's own; all else as it is."""
    given = plain(value)
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        return [plain(part) for part in given]
    return given


def distinct(value: object, key: str, right: str) -> list[Any]:
    """A list of one value at least, none of them twice; NumPy's as Python's own."""
    values = listed(value)
    if not isinstance(values, list) or not values:
        fail(key, value, right)
    known = set()
    for one in values:
        same = one if isinstance(one, int | float | str) else repr(one)
        if same in known:
            fail(key, one, "it is there twice")
        known.add(same)
    return values


def table(
    value: object, key: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """A table that has all the required keys and no unknown ones."""
    place = f"{key}." if key else ""
    if not isinstance(value, Mapping):
        keys = ", ".join(required or optional)
        fail(key or "a scenario", value, f"a table with the keys {keys} is needed")
    known = [*required, *optional]
    for name in value:
        if name not in known:
            hint = near_miss(str(name), known) or f"known here: {', '.join(known)}"
            fail(f"{place}{name}", value[name], f"unknown key; {hint}")
    for name in required:
        if name not in value:
            raise ScenarioError(f"{place}{name} is missing; {key or 'a scenario'} needs it")
    return value


def near_miss(name: str, known: Sequence[str]) -> str:
    """What an unknown name may have meant, as a question; empty if nothing is near."""
    symbol = SYMBOLS.get(name)
    close = [symbol] if symbol in known else difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else ""


def text(value: object, key: str) -> str:
    """A string of one line that is not empty."""
    if not isinstance(value, str) or not value.strip():
        fail(key, value, "a text in quotes is needed")
    return one_line(value)


def choice(value: object, key: str, among: Sequence[str]) -> str:
    """One of some words."""
    if value not in among:
        hint = near_miss(value, among) if isinstance(value, str) else ""
        fail(key, value, f"it is one of {', '.join(among)}{hint and f'; {hint}'}")
    return str(value)


def whole(value: object, key: str, least: int, why: str, most: int = MOST) -> int:
    """A whole number that is neither too small nor too large."""
    if isinstance(value, bool) or not isinstance(value, int):
        fail(key, value, f"a whole number is needed{_quoted(value)}; {why}")
    if value < least:
        fail(key, value, why)
    if value > most:
        fail(key, value, f"it is {most:,} at most")
    return value


def number(value: object, key: str, most: float = LARGEST) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        fail(key, value, f"a finite number is needed{_quoted(value)}")
    if not abs(value) <= most:  # NaN too
        fail(key, value, f"a finite number is needed, {most:g} in size at most")
    return float(value)


def _quoted(value: object) -> str:
    """What is said besides of a text that stands where a number is needed."""
    return " (this is a text, in quotes)" if isinstance(value, str) else ""


def length(value: object, key: str, why: str, most: float = LARGEST) -> float:
    """A finite number that is not negative."""
    size = number(value, key, most)
    if size < 0:
        fail(key, value, why)
    return size
