"""Mistakes planted one at a time, each in a copy of the package: something must notice it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
START = (
    "import sys\n"
    "sys.path.insert(0, {folder!r})\n"
    "from update_magnitude import commands, theory\n"
    "assert theory.__file__.startswith({folder!r}), theory.__file__\n"
)
CHECK = (
    "sys.argv = ['update-magnitude', 'check', {what!r}, '--profile', 'quick']\ncommands.main()\n"
)
TEST = (
    "import pytest\n"
    "options = ['-x', '-rf', '-p', 'no:cacheprovider', '-m', 'slow or not slow']\n"
    "sys.exit(pytest.main([*options, {what!r}]))\n"
)
SHORT = ("moments-one-freedom-later", "merged-with-wrong-weights")
HANGS = 900  # seconds after which a run is given up


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_is_to_be_replaced_stands_there_once(name):
    """Refactoring moves texts: a mistake that cannot be planted any more is given another text."""
    mutation = MUTATIONS[name]
    assert text_of(ROOT, mutation).count(mutation.old) == 1
    assert mutation.new != mutation.old


def test_there_are_sixty_at_least():
    assert len(MUTATIONS) >= 60
    assert len(set(MUTATIONS.values())) == len(MUTATIONS)


@pytest.mark.parametrize("name", SHORT)
def test_a_mistake_is_noticed(name, tmp_path):
    assert noticed(MUTATIONS[name], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MUTATIONS if name not in SHORT])
def test_any_mistake_is_noticed(name, tmp_path):
    assert noticed(MUTATIONS[name], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("killer", ["check risk", "check drift", "tests/test_statistics.py"])
def test_nothing_is_noticed_in_an_unchanged_copy(killer, tmp_path):
    done = run(killer, copied(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def noticed(mutation: Mutation, folder: Path) -> bool:
    """Whether what must notice a mistake does, in a copy of the package."""
    copied(folder)
    changed = text_of(folder / "update_magnitude", mutation).replace(mutation.old, mutation.new)
    (folder / "update_magnitude" / mutation.module).write_text(changed, encoding="utf-8")
    done = run(mutation.killer, folder)
    assert done.returncode == 1, done.stdout + done.stderr
    if mutation.killer.startswith("check "):
        return f"refuted: {mutation.killer.removeprefix('check ')}" in done.stdout
    return re.search("^FAILED tests/", done.stdout, re.MULTILINE) is not None


def text_of(folder: Path, mutation: Mutation) -> str:
    return (folder / mutation.module).read_text(encoding="utf-8")


def copied(folder: Path) -> Path:
    """The package, every room a folder of its own in it, and its tests, copied to a folder."""
    nothing_compiled = shutil.ignore_patterns("__pycache__")
    for name in ("update_magnitude", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=nothing_compiled)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def run(killer: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A claim of the check, or tests, on what is in a folder."""
    claim = killer.removeprefix("check ")
    code = START + (CHECK if claim != killer else TEST)
    return subprocess.run(
        [sys.executable, "-c", code.format(folder=str(folder), what=claim)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=HANGS,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
