"""How a command ends: an exit status, and one line where one is needed.

A status of 1 means that a prediction was refuted, and nothing else.
"""

from __future__ import annotations

import errno
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import typer

from update_magnitude.commands.streams import OutputError, drop_output, flush_output, say

ALL_HOLD = 0  # or the command did what it was asked for, where nothing is compared
REFUTED = 1
BAD_INPUT = 2
INCONCLUSIVE = 3
FAILED = 4
INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell gives for a program that was ended by a closed pipe

IN_WORDS = (
    "Exit status: 0 all hold, 1 a prediction was refuted (and nothing else), 2 bad input, "
    "3 inconclusive, 4 anything else that went wrong, 130 interrupted with Ctrl-C, 141 the reader "
    "of the output closed the pipe."
)
PACKAGE = "update_magnitude"
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
LONGEST = 400  # characters of a message of unknown origin


@contextmanager
def explained(what_is_kept: Callable[[], str]) -> Iterator[None]:
    """Let an interrupt say, on standard error, what is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(what_is_kept()) from None


def explain(error: BaseException, *, debug: bool) -> int:
    """Say what ended the command, and with ``debug`` where it arose; its exit status."""
    with suppress(ValueError, OSError):  # a second Ctrl-C has nothing left to end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    status, line = _status_and_line(_unwritten(error) or error)
    if debug:
        say("".join(traceback.format_exception(error)).rstrip())
    if line:
        say(line)
    return status


def _unwritten(error: BaseException) -> BaseException | None:
    """Why standard output cannot be written, if it cannot; nothing more is tried there then."""
    broken = error if isinstance(error, BrokenPipeError) else None
    if isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError):
        broken = error.__context__  # rich makes an end of the program of a closed pipe
    reason: BaseException | None = broken
    try:
        flush_output()
    except (BrokenPipeError, OutputError) as unwritten:
        reason = broken or unwritten
    if reason is not None:
        drop_output()
    # What went wrong before is said, and not that it could not be printed either.
    return reason if isinstance(error, (OSError, SystemExit, OutputError)) else None


def _status_and_line(error: BaseException) -> tuple[int, str]:
    from update_magnitude.scenarios import ScenarioError

    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return INTERRUPTED, f"interrupted: {error}" if str(error) else "interrupted"
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED, ""
    if isinstance(error, ScenarioError):
        return BAD_INPUT, f"error: {error}"
    if type(error).__name__ == "NoArgsIsHelpError":  # typer keeps it in a module of no public name
        error.show()  # type: ignore[attr-defined]
        return BAD_INPUT, ""
    if hasattr(error, "format_message"):  # a mistake in options or arguments
        return BAD_INPUT, f"error: {error.format_message()} (see --help)"
    return FAILED, f"error: {_failure(error)}"


def _failure(error: BaseException) -> str:
    """What failed, in one line."""
    from update_magnitude.simulations.processes import WorkersDiedError

    if isinstance(error, (OutputError, WorkersDiedError)):
        return str(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return (
            "out of memory; ask for less at a time: a smaller scenario, one claim or one figure, "
            "or less --memory where there is this option"
        )
    if isinstance(error, OSError) and error.strerror:
        about = "what was to be printed cannot be written: " if error.errno in UNWRITABLE else ""
        if error.filename is not None:
            about = f"{' '.join(str(error.filename).split())}: "
        return f"{about}{error.strerror}"
    message = " ".join(str(error).split())[:LONGEST]
    return (
        f"{type(error).__name__}{_place(error)}{f': {message}' if message else ''} - a fault of "
        "this program; please report it, with the command and what it prints with --debug"
    )


def _place(error: BaseException) -> str:
    """The last line of this package that an error passed through."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == PACKAGE:
            place = f" in {module}, line {line}"
    return place
