"""Packages that only some uses need: without them all else works, and what needs them says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.packages import EXTRAS, installed, require_installed

ROOT = Path(__file__).parent.parent
OPTIONAL = [*EXTRAS, "zarr"]
NETWORKS = "pip install 'update-magnitude[networks]'"
ROOMS = ("scenarios", "theory", "simulations", "paper_checks", "figures")
# Imported by the command without any of the packages; the others build on equinox.
LIBRARIES = (
    *("simulations.networks", "simulations.networks.data", "simulations.networks.benchmarks"),
    *("simulations.sweeps", "figures.explore.serving"),
)


def run_without(packages: list[str], code: str) -> subprocess.CompletedProcess[str]:
    """What a new process says that cannot import some packages."""
    block = f"import sys\nfor name in {packages!r}:\n    sys.modules[name] = None\n"
    return subprocess.run(
        [sys.executable, "-c", block + code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def command_without(packages: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same of the command."""
    return run_without(
        packages,
        "from update_magnitude import commands\n"
        f"sys.argv[1:] = {list(arguments)!r}\ncommands.main()\n",
    )


def test_everything_is_imported_without_them():
    """Pillow stays: matplotlib, which figures are drawn with, cannot be without it."""
    names = ["update_magnitude", *(f"update_magnitude.{name}" for name in (*ROOMS, *LIBRARIES))]
    code = "from importlib import import_module\n" + "".join(
        f"import_module({name!r})\n" for name in names
    )
    done = run_without([name for name in OPTIONAL if name != "PIL"], code)
    assert done.returncode == 0, done.stderr


COMMANDS = """
from update_magnitude import commands
for arguments in {arguments!r}:
    sys.argv[1:] = arguments
    try:
        commands.main()
    except SystemExit as end:
        assert not end.code, arguments
"""


def test_predictions_lists_and_help_work_without_them():
    asked = [["predict", "mixed"], ["train", "--list"], ["data", "list"]]
    asked += [[name, "--help"] for name in ("check", "simulate", "sweep", "figures", "train")]
    done = run_without(OPTIONAL, COMMANDS.format(arguments=asked))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_simulations_and_checks_work_without_them():
    asked = [
        ["simulate", "two-close-tasks", "--replicates", "100"],
        ["check", "hybrid-alike", "--profile", "quick"],
    ]
    done = run_without(OPTIONAL, COMMANDS.format(arguments=asked))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("missing", "arguments", "named", "install"),
    [
        ("equinox", ("train", "split-digits"), "equinox", NETWORKS),
        ("optax", ("train", "split-digits"), "optax", NETWORKS),
        ("sklearn", ("train", "split-digits"), "scikit-learn", NETWORKS),
        ("PIL", ("train", "split-digits"), "pillow", NETWORKS),
        ("pooch", ("data", "fetch", "mnist", "--data", "FOLDER"), "pooch", NETWORKS),
        ("requests", ("data", "fetch", "mnist", "--data", "FOLDER"), "requests", NETWORKS),
        ("marimo", ("explore", "app"), "marimo", "pip install 'update-magnitude[app]'"),
        ("uvicorn", ("explore", "app"), "uvicorn", "pip install 'update-magnitude[app]'"),
        (
            *("zarr", ("sweep", "docs/sweeps/distance.toml", "--output", "FOLDER")),
            *("zarr", "pip install zarr"),
        ),
    ],
)
def test_a_command_names_what_to_install(missing, arguments, named, install, tmp_path):
    folder = tmp_path / "new"
    given = [str(folder) if argument == "FOLDER" else argument for argument in arguments]
    done = command_without([missing], *given)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"error: {named} is not installed")
    assert done.stderr.endswith(f"{install}\n")
    assert done.stderr.count("\n") == 1
    assert not folder.exists()


def test_a_sweep_is_read_with_zarr_alone(tmp_path, monkeypatch):
    from update_magnitude.simulations.sweeps import read

    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ScenarioError, match=r"zarr is not installed.*: pip install zarr"):
        read(tmp_path)


def test_all_missing_packages_are_named_at_once(monkeypatch):
    for name in ("marimo", "equinox", "PIL"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ScenarioError) as caught:
        require_installed("equinox", "json", "PIL", "marimo")
    assert str(caught.value) == (
        "equinox, pillow and marimo are not installed, and this needs the extras app and networks: "
        "pip install 'update-magnitude[app,networks]'"
    )


def test_a_package_that_is_there_but_broken_says_why(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import something_else_that_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ScenarioError, match="cannot be imported: No module named 'something_else"):
        installed("half_installed")
