"""What is said of a scenario on a terminal: wide tables of risks in panels, so no digit is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

FIRST = "after task"
GAP = 2  # blanks that a column takes beside its text
MOST = 6  # panels that are shown; more than that nobody reads

Cells = Sequence[Sequence[str]]  # the risk after each task on each task


def print_measures(
    title: str, cells: Cells, numbers: Mapping[str, str], sentences: Mapping[str, str | None]
) -> None:
    """Print risks, then numbers of the whole sequence by their names, then what else is to say."""
    from rich.console import Console

    console = Console()
    print_risks(title, cells, console)
    lines = [f"{name:<21} {number}" for name, number in numbers.items()]
    lines += [f"{name}: {words}" if name else words for name, words in sentences.items() if words]
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def print_risks(title: str, cells: Cells, console: Console) -> None:
    """Print a table of risks; on a terminal in panels as wide as it is, in a file in one."""
    from rich.text import Text

    console.print(Text(title), soft_wrap=True)
    edges = [0, len(cells)]
    if console.is_terminal:
        edges = panel_edges([_width(cells, task) for task in range(len(cells))], console.width)
    if len(edges) - 1 > MOST:
        words = "tasks are too many for tables of this width; --json prints all risks"
        console.print(f"{len(cells)} {words}", soft_wrap=True)
        return
    for first, end in pairwise(edges):
        _print_panel(cells, range(first, end), console)


def panel_edges(widths: Sequence[int], room: int) -> list[int]:
    """Where panels of columns begin, and where the last ends; each has one column at least.

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


def _width(cells: Cells, task: int) -> int:
    return GAP + max(len(_heading(task)), *(len(row[task]) for row in cells))


def _heading(task: int) -> str:
    return f"on task {task + 1}"


def _print_panel(cells: Cells, tasks: range, console: Console) -> None:
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
