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
DERIVATION = (
    "from update_magnitude.theory.proofs.derivation import DerivationError\n"
    "try:\n"
    "    theory.theorem({what!r}).verify()\n"
    "except DerivationError as error:\n"
    "    print(f'refused: {{error}}')\n"
    "    sys.exit(1)\n"
)
# What a test raises when it notices something, and not when it cannot even be run.
TEST = (
    "import pytest\n"
    "class Failures:\n"
    "    def pytest_exception_interact(self, node, call):\n"
    "        noticed = isinstance(call.excinfo.value, (AssertionError, pytest.fail.Exception))\n"
    "        kind = 'noticed' if noticed else 'crashed'\n"
    "        print(f'\\n{{kind}}: {{call.when}} {{node.nodeid}} {{call.excinfo.typename}}')\n"
    "options = ['-x', '-p', 'no:cacheprovider', '-m', 'slow or not slow']\n"
    "sys.exit(pytest.main([*options, {what!r}], plugins=[Failures()]))\n"
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
@pytest.mark.parametrize(
    "killer",
    [
        "check risk",
        "check drift",
        "derivation forgetting-decomposition",
        "derivation sequence-forgetting",
        "derivation optimal-count-forgetting",
        "tests/test_statistics.py",
    ],
)
def test_nothing_is_noticed_in_an_unchanged_copy(killer, tmp_path):
    done = run(killer, copied(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


CRASH = (
    "theory/results/two_tasks.py",
    "{overlap: meet_S - error, D_S",
    "{overlap: meet_S - None, D_S",
)
FREEDOM = ("scenarios/finite_moments.py", "return 2 * order + 1", "return 2 * order + None")


@pytest.mark.slow
def test_a_test_that_crashes_has_noticed_nothing(tmp_path):
    assert not noticed(Mutation(*FREEDOM, MUTATIONS["moments-one-freedom-later"].killer), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("killer", ["check drift", "derivation forgetting-decomposition"])
def test_nor_has_what_crashes_otherwise(killer, tmp_path):
    assert not noticed(Mutation(*CRASH, killer), tmp_path)


@pytest.mark.parametrize(
    ("killer", "printed", "is_so"),
    [
        ("check drift", "refuted: drift", True),
        ("check drift", "refuted: risk", False),
        ("derivation some-theorem", "refused: line 2 does not follow by algebra: x", True),
        ("derivation some-theorem", "refuted: line 2", False),
        ("tests/a.py::test_b", "noticed: call tests/a.py::test_b AssertionError", True),
        ("tests/a.py::test_b", "noticed: setup tests/a.py::test_b AssertionError", False),
        ("tests/a.py::test_b", "crashed: call tests/a.py::test_b TypeError", False),
        ("tests/a.py::test_b", "crashed: collect tests/a.py ImportError", False),
        ("tests/a.py::test_b", "1 passed", False),
    ],
)
def test_a_crash_is_not_taken_for_a_mistake_that_was_noticed(killer, printed, is_so):
    assert is_noticed(killer, f"first\n{printed}\nlast") == is_so


def noticed(mutation: Mutation, folder: Path) -> bool:
    """Whether what must notice a mistake does, in a copy of the package."""
    copied(folder)
    changed = text_of(folder / "update_magnitude", mutation).replace(mutation.old, mutation.new)
    (folder / "update_magnitude" / mutation.module).write_text(changed, encoding="utf-8")
    done = run(mutation.killer, folder)
    print(done.stdout, done.stderr)
    return done.returncode == 1 and is_noticed(mutation.killer, done.stdout)


def is_noticed(killer: str, printed: str) -> bool:
    """Whether what was printed says that a mistake was noticed, and no crash instead."""
    kind, _, what = killer.rpartition(" ")
    if kind == "check":
        return f"refuted: {what}" in printed
    if kind == "derivation":
        return re.search("^refused: line", printed, re.MULTILINE) is not None
    failures = re.findall("^((?:noticed|crashed): [a-z]+) ", printed, re.MULTILINE)
    return bool(failures) and set(failures) == {"noticed: call"}


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
    """A claim of the check, the derivation of a theorem, or tests, on what is in a folder."""
    kind, _, what = killer.rpartition(" ")
    code = START + {"check": CHECK, "derivation": DERIVATION, "": TEST}[kind]
    return subprocess.run(
        [sys.executable, "-c", code.format(folder=str(folder), what=what)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=HANGS,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
