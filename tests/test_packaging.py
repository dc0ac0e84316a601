"""What is put into a user's environment: one name, every file once, whatever lies beside it."""

from __future__ import annotations

import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections import Counter

import pytest

from tests.installed import ROOT, build, predicts, run

ROOMS = ("figures", "paper_checks", "scenarios", "simulations", "theory")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the sdist, and of the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture
def names_of_rooms(tmp_path):
    """A folder in which a user has files and folders named like the rooms."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("theory", "scenarios"):
        (folder / f"{name}.py").write_text(f"raise RuntimeError('the file {name} of the user')\n")
    for name in ("figures", "simulations", "paper_checks", "commands"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise RuntimeError('the folder {name}')\n")
    return folder


def sources() -> set[str]:
    """The files that the package has, by the names under which they are imported."""
    own = [ROOT / "update_magnitude", ROOT / "update_magnitude" / "commands"]
    files = [path for folder in own for path in folder.glob("*") if path.is_file()]
    files += [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    kept = (path.relative_to(ROOT) for path in files if "__pycache__" not in path.parts)
    shown = (path for path in kept if path.parts[:2] != ("figures", "output"))
    inside = ("update_magnitude",)
    return {"/".join((() if entry.parts[0] in inside else inside) + entry.parts) for entry in shown}


def test_the_wheel_has_one_name_and_every_file_once(wheel):
    names = Counter(zipfile.ZipFile(wheel).namelist())
    assert set(names.values()) == {1}
    files = {name for name in names if ".dist-info/" not in name}
    assert files == sources()
    assert "update_magnitude/py.typed" in files
    tops = {name.split("/")[0] for name in names}
    assert {top.split("-")[0] for top in tops} == {"update_magnitude"}


def test_the_sdist_has_every_file_once_and_no_links(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        members = [getmember for getmember in archive.getmembers() if not getmember.isdir()]
    names = Counter(member.name.partition("/")[2] for member in members)
    assert set(names.values()) == {1}
    assert all(member.isfile() for member in members)
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "theory/results/update.py",
        "Makefile",
    } <= set(names)
    assert not any(name.startswith(f"update_magnitude/{room}/") for name in names for room in ROOMS)


def test_the_wheel_works_beside_files_that_are_named_like_the_rooms(
    wheel, tmp_path, names_of_rooms
):
    """In an environment that has nothing else but what the project depends on."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    # A path in a .pth file is searched for packages; the .pth files in it are not read, so that
    # this working tree is not found by it.
    (inside,) = home.glob("lib/python*/site-packages")
    (inside / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    predicts(python, home, names_of_rooms)
    show = "import update_magnitude as um; print(um.theory.__file__)"
    here = run(python, "-c", show, folder=names_of_rooms)
    assert str(inside) in here.stdout


@pytest.mark.slow
def test_the_wheel_brings_what_it_needs_into_an_empty_environment(wheel, tmp_path, names_of_rooms):
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
    predicts(python, home, names_of_rooms)
    run(home / "bin" / "update-magnitude", "check", "drift", "--profile", "quick")


@pytest.mark.parametrize(
    "argument",
    ["theory/theorems.py", pytest.param("scenarios", marks=pytest.mark.slow)],
)
def test_a_room_named_to_pytest_is_tested_under_its_own_name(argument):
    done = run(sys.executable, "-m", "pytest", argument, "--collect-only")
    tests = [line for line in done.stdout.splitlines() if "::" in line]
    assert tests
    assert all(line.startswith("update_magnitude/") for line in tests)
