"""What Ctrl-C leaves behind, and how to go on: each command says it in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def explained(what_is_kept: Callable[[], str]) -> Iterator[None]:
    """Let an interrupt say what is kept; what it says ends up on standard error.

    Args:
        what_is_kept: called when the interrupt comes.

    Raises:
        KeyboardInterrupt: the same, with those words.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(what_is_kept()) from None
