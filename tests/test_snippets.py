"""The Python in the README and in docs/ runs as it stands, but for fewer replicates."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MANY = re.compile(r"\b\d{1,3}(_000)+\b")  # replicates: 100_000 and the like
FEW = "1_000"
ROOMS = ("scenarios", "theory", "simulations", "paper_checks", "figures")


def blocks(page: str) -> list[str]:
    return [found.group(1) for found in BLOCK.finditer((ROOT / page).read_text("utf-8"))]


def execute(text: str) -> dict:
    names: dict = {}
    exec(compile(MANY.sub(FEW, text), "a page of the documentation", "exec"), names)
    return names


def test_every_page_with_python_is_among_those_that_are_run():
    with_python = {page.name for page in PAGES if BLOCK.search(page.read_text("utf-8"))}
    assert with_python == {"README.md", "candidates.md", "engines.md", "python.md", "sweeps.md"}


def test_the_readme(capsys):
    (block,) = blocks("README.md")
    execute(block)
    assert "CriticalDistance(distance=" in capsys.readouterr().out


def test_the_engines(monkeypatch, capsys):
    import jax

    begun = []
    monkeypatch.setattr(jax, "distributed", SimpleNamespace(initialize=lambda: begun.append(1)))
    measured, distributed = blocks("docs/engines.md")
    execute(measured)
    assert float(capsys.readouterr().out) > 0
    execute(distributed)
    assert begun == [1]
    assert "Estimate(mean=" in capsys.readouterr().out


@pytest.mark.slow
def test_from_python_start_to_end(capsys):
    """A theorem of one's own holds where it was derived, and breaks beyond; seed 0."""
    names = execute("\n".join(blocks("docs/python.md")))
    verdicts = names["verdicts"]
    assert {verdict.verdict for verdict in verdicts if verdict.variation is None} == {"holds"}
    assert len([verdict for verdict in verdicts if verdict.variation is None]) == 11
    shown = capsys.readouterr().out
    assert "optimal-scale-mean(D_S, N, e_d, m, n)" in shown
    assert "holds: forgetting of “untitled”" in shown


def test_a_sweep(monkeypatch, tmp_path):
    """The block reads what the command of the same page has written."""
    from update_magnitude.simulations.sweeps import load, run

    text = (ROOT / "docs" / "sweeps" / "distance.toml").read_text("utf-8")
    (tmp_path / "distance.toml").write_text(MANY.sub(FEW, text), "utf-8")
    run(load(tmp_path / "distance.toml"), tmp_path / "distance.zarr")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("docs/sweeps.md")
    assert execute(block)["found"].risk.sizes["learned"] == 2


@pytest.mark.slow
def test_a_candidate(monkeypatch, tmp_path, capsys):
    formula, program = blocks("docs/candidates.md")
    (tmp_path / "forgetting.py").write_text(formula, "utf-8")
    monkeypatch.chdir(tmp_path)
    execute(program)
    assert capsys.readouterr().out == "holds\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_are_ones_that_a_user_can_import(page):
    """update_magnitude.theory.best_count, and not theory.best_count, which nobody can import."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    short = rf"(?<![\w./])({'|'.join(ROOMS)})\.(?!toml|md|py\b)[a-z_]+"
    code = re.findall(r"`[^`\n]+`", text)
    wrong = [entry for entry in code if re.search(short, entry) and "called first" not in entry]
    assert [entry for entry in wrong if entry != "`from theory.symbols import …`"] == []


def test_no_command_speaks_of_a_name_that_nobody_can_import():
    for file in (ROOT / "update_magnitude" / "commands").glob("*.py"):
        text = re.sub(r"^.*\bimport\b.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
        assert not re.search(rf"(?<![\w./])({'|'.join(ROOMS)})\.[a-z_]+\.?\w*\(", text), file
