"""Building the package, and using it in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


class StepError(AssertionError):
    """A command that ended otherwise than it must; what it printed is the message."""


def run(
    *arguments: str | Path, folder: Path = ROOT, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; what it prints is kept, and shown if it fails."""
    # Without a search path of the caller's, on which another copy of the package may lie.
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        arguments,
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean | dict(extra or {}),
        check=False,
    )
    if done.returncode != 0:
        raise StepError(done.stdout + done.stderr)
    return done


def build(folder: Path) -> None:
    """The sdist, and the wheel that is built from it, in a folder."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)


def predicts(python: Path, home: Path, folder: Path) -> None:
    """A prediction by the command and by ``python -m``, and a simulation, from a folder."""
    command = home / "bin" / "update-magnitude"
    for start in ([command], [python, "-m", "update_magnitude"]):
        expect("-0.8094893791", run(*start, "predict", "two-close-tasks", folder=folder).stdout)
    done = run(command, "simulate", "two-close-tasks", "--replicates", "100", folder=folder)
    expect("generalization error", done.stdout)


def expect(text: str, shown: str) -> None:
    """That a text is in what was shown."""
    if text not in shown:
        raise StepError(f"expected {text!r} in what was printed:\n{shown}")
