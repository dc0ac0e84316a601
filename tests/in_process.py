"""The command in the process of the tests, so that jax neither starts nor compiles anew."""

from __future__ import annotations

import io
import signal
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from update_magnitude import commands


class Done(NamedTuple):
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, folder: Path | None = None) -> Done:
    """The command with its arguments, in a folder; its status and what it printed.

    Pipes, encodings, signals and closed streams need a process of their own: those tests are in
    ``tests/test_exit_statuses.py``.
    """
    interrupt = signal.getsignal(signal.SIGINT)  # an error leaves Ctrl-C ignored
    out, error = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    streams = redirect_stdout(out), redirect_stderr(error)
    try:
        with pytest.MonkeyPatch.context() as patch, chdir(folder or Path.cwd()):
            patch.setattr(sys, "argv", ["update-magnitude", *arguments])
            with streams[0], streams[1], pytest.raises(SystemExit) as end:
                commands.main()
    finally:
        signal.signal(signal.SIGINT, interrupt)
    return Done(int(end.value.code or 0), _written(out), _written(error))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
