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
ENGINES = (
    *("dense", "least_norm", "elimination", "gradient_descent", "hybrid", "signals"),
    *("constrained_descent", "gradients", "proximal", "samples"),
    *("law", "law_problem", "chi_square", "normals"),
    *("engines", "devices", "precision", "measures", "streaming", "simulation", "results"),
)


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", MAY_READ)
def test_imports_run_one_way(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        others = imported(path) & set(MAY_READ) - {room}
        assert others <= MAY_READ[room], path


def test_the_test_sees_a_forbidden_import(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("def f():\n    from simulations.dense import learn\n")
    assert imported(bad) == {"simulations"}


@pytest.mark.parametrize("path", sorted((ROOT / "theory").rglob("*.py")), ids=lambda p: p.stem)
def test_theory_never_imports_jax(path):
    assert "jax" not in imported(path)


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_import_jax_numpy_and_scenarios_alone(engine):
    allowed = {"jax", "numpy", "scenarios", "simulations"} | sys.stdlib_module_names
    assert imported(ROOT / "simulations" / f"{engine}.py") <= allowed


def test_nothing_but_the_command_reads_sweeps():
    """They may use xarray and zarr: so no engine, and nothing that engines use, may use them."""
    for path in (ROOT / "simulations").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "simulations.sweeps" not in text, path
        assert "import sweeps" not in text, path


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--help"], ["sweep", "--help"]]
)
def test_asking_for_help_loads_neither_jax_nor_sympy(arguments):
    """What start-up time depends on; the time itself is measured by `make bench`."""
    code = (
        "import sys, update_magnitude\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n    update_magnitude.main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'jax', 'sympy', 'matplotlib', 'xarray', 'zarr', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
