"""Which room may read which: the agreement of theory and simulation rests on it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_READ = {
    "scenarios": set(),
    "theory": {"scenarios"},
    "simulations": {"scenarios"},
    "paper_checks": {"scenarios", "theory", "simulations"},
    "figures": {"scenarios", "theory", "simulations", "paper_checks"},
}
SWEEPS = {"sweeps", "networks"}  # they alone may use more than jax and numpy; progress has rich
ENGINES = sorted(
    path
    for path in (ROOT / "simulations").rglob("*.py")
    if path.relative_to(ROOT / "simulations").parts[0]
    not in SWEEPS | {"labelled.py", "progress.py"}
)


def imported(path: Path) -> set[str]:
    """The rooms, and the top-level packages of others, that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = node.module == "update_magnitude"
            names |= (
                {f"{node.module}.{entry.name}" for entry in node.names} if within else {node.module}
            )
    return {name.removeprefix("update_magnitude.").split(".")[0] for name in names}


@pytest.mark.parametrize("room", MAY_READ)
def test_imports_run_one_way(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        others = imported(path) & {*MAY_READ, "commands", "update_magnitude"} - {room}
        assert others <= MAY_READ[room], path


def test_theory_runs_from_proofs_to_results_to_numbers():
    above = {"proofs": {"results", "numbers", "theorems"}, "results": {"numbers", "theorems"}}
    for folder, later in above.items():
        files = sorted((ROOT / "theory" / folder).glob("*.py"))
        assert len(files) > 5
        for path in files:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                parts = (getattr(node, "module", None) or "").split(".")
                assert parts[:2] != ["update_magnitude", "theory"] or parts[2] not in later, path


def test_every_room_is_imported_through_the_package():
    """A top-level ``theory`` may be anybody's: here it would be the same file, loaded twice."""
    for folder in (*MAY_READ, "update_magnitude/commands", "tests", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    assert (node.module or "").split(".")[0] not in MAY_READ, path
                elif isinstance(node, ast.Import):
                    assert not {name.name.split(".")[0] for name in node.names} & set(MAY_READ), (
                        path
                    )


@pytest.mark.parametrize(
    "line",
    [
        "from update_magnitude.simulations.engines.dense import learn",
        "from update_magnitude import simulations",
        "import update_magnitude.simulations.engines.dense",
    ],
)
def test_the_test_sees_a_forbidden_import(line, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(f"def f():\n    {line}\n")
    assert imported(bad) == {"simulations"}


@pytest.mark.parametrize("path", sorted((ROOT / "theory").rglob("*.py")), ids=lambda p: p.stem)
def test_theory_never_imports_jax(path):
    assert "jax" not in imported(path)


@pytest.mark.parametrize("path", ENGINES, ids=lambda path: path.stem)
def test_engines_import_jax_and_what_it_needs_and_scenarios_alone(path):
    """jax needs numpy and scipy."""
    needed = {"jax", "jaxtyping", "numpy", "scipy"}
    allowed = needed | {"scenarios", "simulations"} | sys.stdlib_module_names
    assert imported(path) <= allowed


def test_nothing_but_the_command_reads_sweeps():
    """They may use xarray and zarr: so no engine, and nothing that engines use, may use them."""
    for path in ENGINES:
        text = path.read_text(encoding="utf-8")
        assert "simulations.sweeps" not in text, path
        assert "import sweeps" not in text, path


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--help"], ["sweep", "--help"]]
)
def test_asking_for_help_loads_neither_jax_nor_sympy(arguments):
    """What start-up time depends on; the time itself is measured by `make bench`."""
    code = (
        "import sys\nfrom update_magnitude import commands\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n    commands.main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'jax', 'sympy', 'matplotlib', 'xarray', 'zarr', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
