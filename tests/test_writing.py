"""Files appear whole, together, or not at all; nothing else is left behind."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import pytest

from update_magnitude.scenarios import writing
from update_magnitude.scenarios.writing import write_together, write_whole

ROOT = Path(__file__).parent.parent
OLD, NEW = {"a.nc": b"old", "b.png": b"old"}, {"a.nc": b"new", "b.png": b"new"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_are_written_and_replaced(tmp_path):
    folder = tmp_path / "made" / "for it"
    for files in (OLD, NEW):
        assert write_together(folder, files) == [folder / "a.nc", folder / "b.png"]
        assert contents(folder) == files
    assert write_whole(folder / "a.nc", b"newer") == folder / "a.nc"
    assert (folder / "a.nc").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, OSError])
def test_what_stops_before_all_are_complete_leaves_all_as_they_were(stopped, tmp_path, monkeypatch):
    write_together(tmp_path, OLD)
    flushed = 0

    def stop(descriptor):
        nonlocal flushed
        flushed += 1
        if flushed == 2:
            raise stopped

    monkeypatch.setattr(writing.os, "fsync", stop)
    with pytest.raises(stopped):
        write_together(tmp_path, NEW)
    assert contents(tmp_path) == OLD


def test_an_interrupt_between_two_names_does_not_leave_new_beside_old(tmp_path, monkeypatch):
    write_together(tmp_path, OLD)
    rename, renamed = Path.replace, []

    def stop(path, target):
        rename(path, target)
        renamed.append(target.name)
        if len(renamed) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_together(tmp_path, NEW)
    assert contents(tmp_path) == NEW


def test_what_killed_runs_left_behind_goes_when_it_is_old(tmp_path):
    kept = (".a.nc-now.part", ".a.nc-mine", ".b.nc-old.part", "a.nc-old.part")
    for name in (".a.nc-old.part", *kept):
        (tmp_path / name).write_bytes(b"")
        hours = time.time() - 7200
        os.utime(tmp_path / name, None if "now" in name else (hours, hours))
    write_whole(tmp_path / "a.nc", b"new")
    assert set(contents(tmp_path)) == {"a.nc", *kept}


ROOMS = ("scenarios", "theory", "simulations", "paper_checks", "figures", "update_magnitude")
# Elsewhere files are made only where they take their names when they are whole, or never have one:
# a folder is tried before work begins, a data set is put in its place when it is checked, a stream
# that is closed is replaced by one that goes nowhere.
ALLOWED = {
    "scenarios/writing.py": {"mkstemp", "open", "replace"},
    "figures/paths.py": {"TemporaryFile"},
    "update_magnitude/commands/check.py": {"TemporaryFile"},
    "update_magnitude/commands/streams.py": {"open"},
    "simulations/networks/data/fetch.py": {"TemporaryDirectory", "rename", "replace"},
    "simulations/networks/checkpoint.py": {"replace"},
    "simulations/sweeps/store.py": {"replace", "link"},
    "figures/explore/panels.py": {"rename"},  # of a dimension
    "benchmarks/kept.py": {"open"},  # a log, to which lines are added
    "benchmarks/units.py": {"TemporaryDirectory"},  # of a training that is timed, not kept
    "benchmarks/peer/export.py": {"TemporaryDirectory"},
    "benchmarks/peer/run.py": {"write_text", "replace"},  # runs where this project is not installed
}
WRITERS = {"write_text", "write_bytes", "mkstemp", "to_zarr", "rename", "link"}
WRITERS |= {"TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory"}


def writers(tree: ast.AST):
    """The names of functions that write or rename files, where they are used."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in WRITERS:
            yield node.attr
        elif isinstance(node, ast.Attribute) and node.attr == "replace":
            if isinstance(node.value, ast.Name) and node.value.id in ("os", "path"):
                yield "replace"
        elif isinstance(node, ast.Name) and node.id in WRITERS - {"link", "rename"}:
            yield node.id
        elif isinstance(node, ast.Call) and "open" in ast.dump(node.func):
            modes = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield from ("open" for mode in modes if set("wax+") & set(str(mode)))
        elif isinstance(node, ast.Call) and "savefig" in ast.dump(node.func):
            if not isinstance(node.args[0], ast.Name) or node.args[0].id not in ("file", "written"):
                yield "savefig"
        elif isinstance(node, ast.Call) and "to_netcdf" in ast.dump(node.func) and node.args:
            yield "to_netcdf"


def test_all_rooms_write_through_one_module():
    for room in (*ROOMS, "benchmarks"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name.startswith("update_magnitude/") and "/commands/" not in name:
                continue  # links to the other rooms
            found = set(writers(ast.parse(path.read_text(encoding="utf-8"))))
            assert found <= ALLOWED.get(name, set()), name


@pytest.mark.parametrize(
    "line",
    [
        "path.write_text('')",
        "os.replace(a, b)",
        "drawing.savefig(path)",
        "dataset.to_netcdf(path, engine='scipy')",
        "tempfile.mkstemp()",
        "path.open('w')",
        "open(path, 'ab')",
    ],
)
def test_the_test_sees_other_ways_to_write(line):
    assert len(list(writers(ast.parse(line)))) == 1
