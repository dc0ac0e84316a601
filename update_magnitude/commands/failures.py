"""What ends the command, as an exit status and one line."""

from __future__ import annotations

import errno
import signal
import traceback
from contextlib import suppress

import typer

from update_magnitude.commands import statuses
from update_magnitude.commands.streams import OutputError, drop_output, flush_output, say

PACKAGE = "update_magnitude"
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
LONGEST = 400  # characters of a message of unknown origin


def explain(error: BaseException, *, debug: bool) -> int:
    """Say what ended the command; its exit status.

    Args:
        error: what was raised.
        debug: whether to show where.
    """
    with suppress(ValueError, OSError):  # a second Ctrl-C has nothing left to end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    output_error = _unwritten(error)
    status, line = _status_and_line(output_error or error)
    if debug:
        say("".join(traceback.format_exception(error)).rstrip())
    if line:
        say(line)
    return status


def _unwritten(error: BaseException) -> BaseException | None:
    """Why standard output cannot be written, if it cannot; nothing more is tried there then."""
    broken: BaseException | None = _broken_pipe(error)
    try:
        flush_output()
    except (BrokenPipeError, OutputError) as reason:
        broken = broken or reason
    if broken is not None:
        drop_output()
    # What went wrong before is told, and not that it could not be printed either.
    return broken if isinstance(error, (OSError, SystemExit, OutputError)) else None


def _broken_pipe(error: BaseException) -> BrokenPipeError | None:
    """The closed pipe behind an error; rich makes an end of the program of it."""
    if isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError):
        return error.__context__
    return error if isinstance(error, BrokenPipeError) else None


def _status_and_line(error: BaseException) -> tuple[int, str]:
    from update_magnitude.scenarios import ScenarioError

    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return statuses.INTERRUPTED, f"interrupted: {error}" if str(error) else "interrupted"
    if isinstance(error, BrokenPipeError):
        return statuses.PIPE_CLOSED, ""
    if isinstance(error, ScenarioError):
        return statuses.BAD_INPUT, f"error: {error}"
    if type(error).__name__ == "NoArgsIsHelpError":  # typer keeps it in a module of no public name
        error.show()  # type: ignore[attr-defined]
        return statuses.BAD_INPUT, ""
    if hasattr(error, "format_message"):  # a mistake in options or arguments
        return statuses.BAD_INPUT, f"error: {error.format_message()} (see --help)"
    return statuses.FAILED, f"error: {_failure(error)}"


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
        return f"{_subject(error)}{error.strerror}"
    message = " ".join(str(error).split())[:LONGEST]
    return (
        f"{type(error).__name__}{_place(error)}{f': {message}' if message else ''} - a fault of "
        "this program; please report it, with the command and what it prints with --debug"
    )


def _subject(error: OSError) -> str:
    """What an error of the operating system is about."""
    if error.filename is not None:
        return f"{' '.join(str(error.filename).split())}: "
    return "what was to be printed cannot be written: " if error.errno in UNWRITABLE else ""


def _place(error: BaseException) -> str:
    """The last line of this package that an error passed through."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] == PACKAGE:
            found = f" in {module}, line {line}"
    return found
