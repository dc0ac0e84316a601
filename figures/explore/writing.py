"""A scenario as the text of its file: what was set on the page goes on in a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from update_magnitude.scenarios import Scenario


def toml_of(scenario: Scenario) -> str:
    """The text of a scenario file; read back, it is the same scenario.

    Example:
        >>> import tomllib
        >>> from update_magnitude import scenarios
        >>> close = scenarios.preset("two-close-tasks")
        >>> scenarios.parse(tomllib.loads(toml_of(close))) == close
        True
        >>> toml_of(close).splitlines()[:4]
        ['title = "two close tasks"', '', '[blocks]', 'shared = 24']
    """
    import tomlkit

    text = tomlkit.document()
    for key, value in scenario.document().items():
        if not isinstance(value, Mapping):
            text[key] = value
            continue
        table = text[key] = tomlkit.table()
        for name, part in value.items():
            table[name] = _once(part)
    return tomlkit.dumps(text)


def _once(value: object) -> object:
    """One number for a list that repeats it, block by block in a table on one line."""
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({name: _once(part) for name, part in value.items()})
        return table
    if not isinstance(value, list) or not all(isinstance(part, int | float) for part in value):
        return value
    return value[0] if len(set(value)) == 1 else value
