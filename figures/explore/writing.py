"""A scenario as the text of its file: what was found on the page goes on in a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from update_magnitude.scenarios import Scenario

BARE = re.compile(r"[A-Za-z0-9_-]+")  # keys that TOML takes without quotes


def toml_of(scenario: Scenario) -> str:
    """The text of a scenario file; read back, it is the same scenario.

    Args:
        scenario: any scenario.

    Example:
        >>> import tomllib, scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> scenarios.parse(tomllib.loads(toml_of(close))) == close
        True
        >>> toml_of(close).splitlines()[:3]
        ['title = "two close tasks"', '[blocks]', 'shared = 24']
    """
    return "\n".join(_lines(scenario.document())) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Single values first, then one table after another."""
    for key, value in document.items():
        if not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield f"[{_key(key)}]"
            yield from (f"{_key(name)} = {_value(_shared(of))}" for name, of in value.items())


def _shared(value: Any) -> Any:
    """One number for a list that repeats it, block by block as well: files say it once."""
    if isinstance(value, Mapping):
        return {name: _shared(of) for name, of in value.items()}
    numbers = isinstance(value, list) and all(isinstance(of, int | float) for of in value)
    return value[0] if numbers and len(set(value)) == 1 else value


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_value(of)}' for name, of in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A string in quotes; JSON's escapes are TOML's, but for one character that TOML forbids."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
