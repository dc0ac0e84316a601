"""Standard output and standard error: never a reason to lose what was calculated.

Whatever an encoding has no characters for is written with stand-ins. A stream that cannot be
written to is noticed before the command ends, and not by Python after it.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from update_magnitude.commands import stand_ins


class OutputError(Exception):
    """Standard output cannot be written to."""


def prepare_streams() -> None:
    """Let both streams write any text, whatever their encoding is.

    Raises:
        OutputError: if standard output was closed by whoever started the command.
    """
    stand_ins.register()
    if sys.stderr is None:  # else what is meant for it would be printed among the results
        sys.stderr = _nowhere(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=stand_ins.NAME)
    if sys.stdout is None:
        sys.stdout = _nowhere(1)
        raise OutputError("standard output is closed; send it to a file or to a terminal")


def flush_output() -> None:
    """Write all that was printed.

    Raises:
        BrokenPipeError: if its reader has closed the pipe.
        OutputError: if it cannot be written for another reason, such as a full disk.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it was closed
        reason = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"standard output cannot be written: {reason}") from error


def drop_output() -> None:
    """Send what was printed and could not be written nowhere, so that Python does not try again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(line: str) -> None:
    """Print a line on standard error, if that can be written."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def can_print(text: str) -> bool:
    """Whether standard output has all characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _nowhere(descriptor: int) -> TextIO:
    """A stream in the place of one that is closed, so that no file that is opened takes it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return open(descriptor, "w", encoding="utf-8", closefd=False)
