"""Progress bars with the time left, on stderr if it is a terminal, for work that takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def announce(words: str) -> None:
    """Say on stderr, before it begins, that something takes long; say nothing to a file."""
    if sys.stderr.isatty():
        print(words, file=sys.stderr, flush=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[str, float], None]]:
    """A function that shows the name of the present work, and the share of it that is done."""
    with _bars("{task.description:<44}") as bars:
        bar, shown = bars.add_task(label, total=1.0), label

        def show(name: str, share: float) -> None:
            nonlocal shown
            if name != shown:
                bars.reset(bar, description=name, total=1.0)
                shown = name
            bars.update(bar, completed=share)

        yield show


@contextmanager
def counting_bar(label: str, total: int) -> Iterator[Callable[[int, float], None]]:
    """A function that shows how many of some equal things, and which share, are done."""
    with _bars("{task.description}") as bars:
        bar, start, first = bars.add_task(label, total=1.0), monotonic(), 0

        def show(done: int, share: float) -> None:
            nonlocal start, first
            if not share:  # what was done before does not count
                start, first = monotonic(), done
            rate = (done - first) / max(monotonic() - start, 1e-9)
            text = f"{label}: {done:,} of {total:,}, {rate:.3g} a second"
            bars.update(bar, completed=share, description=text)

        yield show


@contextmanager
def _bars(text: str) -> Iterator[Progress]:
    """Bars on stderr, never started if that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    shown = sys.stderr.isatty()  # rich would believe FORCE_COLOR, which notebooks set
    console = Console(stderr=True, force_terminal=shown)
    columns = (TextColumn(text), BarColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=console, transient=True, disable=not shown)
    with bars if shown else nullcontext():
        yield bars
