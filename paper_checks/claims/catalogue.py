"""The claims of ``claims.toml`` by name, and the module that builds the studies of each."""

from __future__ import annotations

import tomllib
from pathlib import Path

from update_magnitude.paper_checks.questions import Claim


def _claim(name: str, row: dict[str, str | list[str]]) -> Claim:
    words = {key: str(row.get(key, "")) for key in ("statement", "source", "why", "paper")}
    return Claim(name, theorems=tuple(row.get("theorems", ())), **words)


_ROWS = tomllib.loads(Path(__file__).with_name("claims.toml").read_text(encoding="utf-8"))
CLAIMS: dict[str, Claim] = {name: _claim(name, row) for name, row in _ROWS.items()}
MODULES: dict[str, str] = {name: row["module"] for name, row in _ROWS.items()}
