"""A progress bar on the terminal, for work that takes more than a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[str, float], None]]:
    """Show what is done and the time left on stderr; show nothing if that is no terminal.

    Yields:
        A function to call with the name of the present work and the share of it that is done.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda name, share: None
        return
    columns = (TextColumn("{task.description:<44}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(label, total=1.0)
        shown = label

        def show(name: str, share: float) -> None:
            nonlocal shown
            if name != shown:
                bars.reset(bar, description=name, total=1.0)
                shown = name
            bars.update(bar, completed=share)

        yield show
