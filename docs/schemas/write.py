"""Write the JSON Schemas beside this file: ``python docs/schemas/write.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from update_magnitude.paper_checks.contents import PredictionRow, Report
from update_magnitude.scenarios.json_schema import scenario_schema
from update_magnitude.scenarios.writing import write_together

FOLDER = Path(__file__).parent


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    return {
        "scenario.json": scenario_schema(),
        "report.json": _of_type(Report, "report.json, which check --output writes"),
        "check.json": _of_type(list[PredictionRow], "what check --json prints"),
    }


def texts() -> dict[str, bytes]:
    """Every file that is written, by its name."""
    return {
        name: (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode()
        for name, schema in schemas().items()
    }


def _of_type(kind: Any, title: str) -> dict[str, Any]:
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return draft | msgspec.json.schema(kind)


if __name__ == "__main__":
    write_together(FOLDER, texts())
