"""Time the engines beside a plain NumPy loop, batched PyTorch, and what bounds them.

Absolute numbers depend on the machine; the ratios of one run are what to compare.
"""

from __future__ import annotations

import json
from pathlib import Path

import jax
from rich.console import Console
from rich.table import Table

from benchmarks.convolutions import rows as convolution_rows
from benchmarks.engines import SIZES, Row, engine_row, law_rows
from benchmarks.rules import rows as rule_rows
from benchmarks.timing import help_seconds
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.numerics.precision import precision_of

OUTPUT = Path("benchmarks") / "output" / "bench.json"


def main() -> None:
    """Run everything, print the tables, write a JSON file."""
    device = jax.devices()[0]
    dtype = precision_of(device)
    rows = [engine_row(capacity, samples, dtype) for capacity, samples in SIZES]
    law = law_rows(dtype)
    convolutions = convolution_rows()
    rules = rule_rows()
    report = {
        "device": f"{len(jax.devices())} × {device.device_kind}",
        "dtype": dtype,
        "help_seconds": help_seconds(),
        "rows": rows,
        "law": law,
        "convolutions": convolutions,
        "rules": rules,
    }
    write_whole(OUTPUT, (json.dumps(report, indent=2) + "\n").encode())
    console = Console(width=110)
    _show(console, f"task-steps per second, {dtype}", rows, 2, 7)
    _show(console, "medians of ratios", rows, 7, 12)
    _show(console, "ceilings: millions of normals, and GFLOP, per second", rows, 12, 16)
    _show(console, "the law engine at any size", law, 1, 3)
    _show(console, "training 12 chains of convolutions: GFLOP per second", convolutions, 0, 6)
    _show(console, "ratios to the fastest", convolutions, 6, 10)
    table = Table(*rules[0], title="rules for networks", title_justify="left", box=None)
    for row in rules:
        table.add_row(
            *(f"{value:.2f}" if isinstance(value, float) else value for value in row.values())
        )
    console.print(table)
    console.print(
        f"on {report['device']}; --help: {report['help_seconds']:.2f} s; written to {OUTPUT}",
        highlight=False,
    )


def _show(console: Console, title: str, rows: list[Row], first: int, last: int) -> None:
    """The columns that name a row, and those from first to last."""
    headings = list(rows[0])
    chosen = [*[name for name in headings if name in ("P", "n")], *headings[first:last]]
    table = Table(title=title, title_justify="left", box=None)
    for heading in chosen:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*(_shown(row[heading]) for heading in chosen))
    console.print(table)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1e4 else f"{value:.3g}"


if __name__ == "__main__":
    main()
