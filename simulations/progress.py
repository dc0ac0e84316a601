"""Progress bars on the terminal, for work that takes more than a moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn


def announce(words: str) -> None:
    """Say on stderr, before it begins, that something takes long; say nothing to a file."""
    if sys.stderr.isatty():
        print(words, file=sys.stderr, flush=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[str, float], None]]:
    """Show what is done and the time left on stderr; show nothing if that is no terminal.

    Yields:
        A function to call with the name of the present work and the share of it that is done.
    """
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(), TimeRemainingColumn())
    with _bars(*columns) as bars:
        if bars is None:
            yield lambda name, share: None
            return
        bar = bars.add_task(label, total=1.0)
        shown = label

        def show(name: str, share: float) -> None:
            nonlocal shown
            if name != shown:
                bars.reset(bar, description=name, total=1.0)
                shown = name
            bars.update(bar, completed=share)

        yield show


@contextmanager
def counting_bar(label: str, total: int) -> Iterator[Callable[[int, float], None]]:
    """Show how many of some equal things are done, how many in a second, and the time left.

    Yields:
        A function to call with how many are done, and the share of the work that is done.
    """
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with _bars(*columns) as bars:
        if bars is None:
            yield lambda done, share: None
            return
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
def _bars(*columns: ProgressColumn) -> Iterator[Progress | None]:
    """Bars on stderr, or None if that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(*columns, console=console, transient=True) as bars:
        yield bars
