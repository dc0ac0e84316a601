"""Wide tables of risks on a terminal: in panels of columns, so that no digit is cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

FIRST = "after task"
GAP = 2  # blanks that a column takes beside its text
MOST = 6  # panels that are shown; more than that nobody reads


def print_risks(title: str, cells: Sequence[Sequence[str]], console: Console) -> None:
    """Print a table of risks, a row after each task; on a terminal in panels as wide as it is.

    Args:
        title: to be printed above it.
        cells: the risk after each task on each task.
        console: that it is printed on; a file has room for all columns.
    """
    from rich.text import Text

    console.print(Text(title), soft_wrap=True)
    edges = [0, len(cells)]
    if console.is_terminal:
        edges = panel_edges([_width(cells, task) for task in range(len(cells))], console.width)
    if len(edges) - 1 > MOST:
        console.print(
            f"{len(cells)} tasks are too many for tables of this width; --json prints all risks",
            soft_wrap=True,
        )
        return
    for first, end in pairwise(edges):
        _print_panel(cells, range(first, end), console)


def panel_edges(widths: Sequence[int], room: int) -> list[int]:
    """Where panels begin, and where the last ends; each has one column at least.

    Args:
        widths: of the columns, without the one that is repeated in each panel.
        room: columns of the terminal.

    Example:
        >>> panel_edges([11, 11, 11, 11, 11], 40)  # of which 12 are taken by the first column
        [0, 2, 4, 5]
    """
    edges, used = [0], len(FIRST) + GAP
    for place, width in enumerate(widths):
        if used + width > room and place > edges[-1]:
            edges.append(place)
            used = len(FIRST) + GAP
        used += width
    return [*edges, len(widths)]


def _width(cells: Sequence[Sequence[str]], task: int) -> int:
    return GAP + max(len(_heading(task)), *(len(row[task]) for row in cells))


def _heading(task: int) -> str:
    return f"on task {task + 1}"


def _print_panel(cells: Sequence[Sequence[str]], tasks: range, console: Console) -> None:
    from rich.table import Table

    table = Table(box=None)
    table.add_column(FIRST, no_wrap=True)
    for task in tasks:
        table.add_column(_heading(task), justify="right", no_wrap=True)
    for number, row in enumerate(cells, start=1):
        table.add_row(str(number), *(row[task] for task in tasks))
    width = len(FIRST) + GAP + sum(_width(cells, task) for task in tasks)
    console.width = max(width, console.width)  # a terminal breaks lines; rich would cut digits
    console.print(table)
