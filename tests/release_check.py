"""Whether a release can go out: `make release-check`, `python -m tests.release_check [PYTHON...]`.

Builds the sdist and the wheel, installs each into an empty environment on Python 3.11 and on the
newest Python that is found (or on those that are named), and uses it there as a user would. One
line for every step, and why one failed. Exit status: 0 all went well, 1 something did not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from tests.installed import ROOT, StepError, build, predicts, run
from tests.release_facts import disagreements, missing, of_versions

OLDEST = 11  # of Python 3
QUICK_CLAIMS = ("two-task-risk", "drift")
EXTRAS = "networks"  # what tutorials need beside the package
TUTORIALS = ROOT / "docs" / "tutorials"
SHOWN = 2000  # characters of what a failed command printed last


class Steps:
    """Runs steps, says what came of each, and knows how many failed."""

    def __init__(self) -> None:
        self.failed = 0

    def take(self, name: str, step: Callable[[], str | None]) -> bool:
        """One line on the step; whether it went well."""
        start = time.monotonic()
        try:
            said = step()
        except Exception as error:  # whatever it was, the other steps are taken
            self.failed += 1
            print(f"FAILED  {name}: {str(error).strip()[-SHOWN:]}", flush=True)
            return False
        seconds = f"{time.monotonic() - start:.0f} s"
        print(f"ok      {name} ({seconds})" + (f": {said}" if said else ""), flush=True)
        return True


def main(arguments: list[str]) -> int:
    """All steps, on the Pythons that are named or found."""
    steps = Steps()
    pythons: dict[str, Path] = {}
    steps.take("Pythons", lambda: _choose(pythons, arguments))
    steps.take("version", _version)
    with tempfile.TemporaryDirectory() as folder:
        if steps.take("build", lambda: _build(Path(folder))):
            for package in built(Path(folder)):
                _package(steps, package, pythons)
    print("all steps went well" if not steps.failed else f"{steps.failed} failed")
    return 1 if steps.failed else 0


def _build(folder: Path) -> str:
    build(folder)
    names = [package.name for package in built(folder)]
    if len(names) != 2:
        raise StepError(f"one sdist and one wheel were expected, and there are {names}")
    return ", ".join(names)


def built(folder: Path) -> list[Path]:
    """The sdist and the wheel in a folder."""
    return [*sorted(folder.glob("*.tar.gz")), *sorted(folder.glob("*.whl"))]


def _package(steps: Steps, package: Path, pythons: dict[str, Path]) -> None:
    """The metadata of a distribution, and what it does on each Python."""
    kind = "wheel" if package.suffix == ".whl" else "sdist"
    steps.take(f"{kind}: metadata", lambda: _metadata(package, pythons))
    for version, python in pythons.items():
        with tempfile.TemporaryDirectory() as folder:
            _use(steps, f"{kind} on Python {version}", package, python, Path(folder))


def _use(steps: Steps, name: str, package: Path, python: Path, folder: Path) -> None:
    """Install a distribution into an empty environment, and use it from an empty folder."""
    home, empty = folder / "environment", folder / "empty"
    empty.mkdir()
    own = home / "bin" / "python"
    command = home / "bin" / "update-magnitude"
    if not steps.take(f"{name}: install", lambda: _install(python, home, str(package))):
        return
    steps.take(f"{name}: a prediction", lambda: predicts(own, home, empty))
    for claim in QUICK_CLAIMS:
        check = (command, "check", claim, "--profile", "quick")
        steps.take(f"{name}: check {claim}", lambda check=check: _last(run(*check, folder=empty)))
    tutorials = sorted(TUTORIALS.glob("*.py"))
    if not tutorials:
        print(f"none    {name}: there are no tutorials in docs/tutorials", flush=True)
        return
    more = (own, "-m", "pip", "install", "--quiet", f"{package}[{EXTRAS}]")
    if steps.take(f"{name}: install {EXTRAS}", lambda: _silent(run(*more, folder=empty))):
        for script in tutorials:
            steps.take(f"{name}: {script.name}", lambda script=script: _tutorial(own, script))


def _install(python: Path, home: Path, package: str) -> None:
    run(python, "-m", "venv", home)
    run(home / "bin" / "python", "-m", "pip", "install", "--quiet", package, folder=home)


def _tutorial(python: Path, script: Path) -> None:
    """A tutorial as a plain script, in an empty folder, with pictures that are not shown."""
    with tempfile.TemporaryDirectory() as folder:
        run(python, script, folder=Path(folder), extra={"MPLBACKEND": "Agg"})


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip().splitlines()[-1].split(" (family")[0]


def _silent(done: subprocess.CompletedProcess[str]) -> None:
    """Nothing to say of what a command printed."""


def _version() -> str:
    tags = run("git", "tag", "--points-at", "HEAD").stdout.split()
    wrong = disagreements(ROOT, tags)
    if wrong:
        raise StepError("; ".join(wrong))
    return "all places agree; " + (" ".join(of_versions(tags)) or "HEAD has no tag of a version")


def _metadata(package: Path, pythons: dict[str, Path]) -> str:
    metadata = read_metadata(package)
    lacks = missing(metadata, pythons)
    if lacks:
        raise StepError(f"{package.name} lacks {', '.join(lacks)}")
    return f"{metadata['Name']} {metadata['Version']}, {metadata['License-Expression']}"


def read_metadata(package: Path) -> Message:
    """What a wheel or an sdist says of itself."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as archive:
            (name,) = (
                entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA")
            )
            return message_from_bytes(archive.read(name))
    with tarfile.open(package) as archive:
        (member,) = (entry for entry in archive if re.fullmatch(r"[^/]+/PKG-INFO", entry.name))
        return message_from_bytes(archive.extractfile(member).read())


def _choose(pythons: dict[str, Path], named: list[str]) -> str:
    """Fill in Python 3.11 and the newest that is found, or those that are named."""
    usable = {version: path for path in named for version in [version_of(path)] if version}
    if not named:
        every = find_pythons()
        usable = {version: every[version] for version in oldest_and_newest(every)}
    pythons.update({version: Path(path) for version, path in usable.items()})
    if not named and f"3.{OLDEST}" not in usable:
        raise StepError(f"needs Python 3.{OLDEST}, with venv and pip, and there is none")
    if len(usable) < max(1, len(named)):
        raise StepError("needs Python 3.11 or newer, with venv and pip: found too few that work")
    only = "" if len(usable) > 1 else " (no other was found)"
    return ", ".join(f"{version} ({path})" for version, path in usable.items()) + only


def oldest_and_newest(versions: Iterable[str]) -> list[str]:
    """The ends of the versions that there are, by their numbers and not their letters.

    >>> oldest_and_newest(["3.9", "3.11", "3.12", "3.13"])
    ['3.11', '3.13']
    >>> oldest_and_newest(["3.11"])
    ['3.11']
    """
    minors = sorted({int(version.split(".")[1]) for version in versions})
    fit = [minor for minor in minors if minor >= OLDEST]
    return [f"3.{minor}" for minor in sorted({fit[0], fit[-1]})] if fit else []


def find_pythons() -> dict[str, str]:
    """Every Python 3 from 3.11 on that starts and can make environments, by its version."""
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [*os.environ.get("PATH", "").split(os.pathsep), *map(str, managed.glob("*/bin"))]
    found: dict[str, str] = {}
    for minor in range(OLDEST, OLDEST + 20):
        for place in places:
            path = shutil.which(f"python3.{minor}", path=place)
            if path and f"3.{minor}" not in found and version_of(path):
                found[f"3.{minor}"] = path
    return found


def version_of(python: str) -> str | None:
    """The version of an interpreter; None where it does not start, or makes no environments."""
    show = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        return run(python, "-c", show).stdout.strip()
    except (StepError, OSError):
        return None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
