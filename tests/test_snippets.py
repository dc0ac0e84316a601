"""The Python in the README and in docs/ runs as it stands, but for fewer replicates.

``tests/test_shell_snippets.py`` has the commands, and pages whose Python needs nothing of its own.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from tests.pages import PAGES, ROOT, execute, fences, name_of

ROOMS = ("scenarios", "theory", "simulations", "paper_checks", "figures")


def blocks(page: str) -> list[str]:
    found = fences((ROOT / page).read_text("utf-8"))
    return [fence.text for fence in found if fence.language == "python"]


def test_the_readme(capsys):
    (block,) = blocks("README.md")
    assert len([line for line in block.splitlines() if line]) == 10, "ten lines of Python"
    execute(block)
    shown = capsys.readouterr().out
    assert "CriticalDistance(distance=" in shown
    assert "holds: risk[1, 1] of “two close tasks”" in shown


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


@pytest.mark.slow
def test_a_candidate(monkeypatch, tmp_path, capsys):
    formula, program = blocks("docs/candidates.md")
    (tmp_path / "forgetting.py").write_text(formula, "utf-8")
    monkeypatch.chdir(tmp_path)
    execute(program)
    assert capsys.readouterr().out == "holds\n"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_names_are_ones_that_a_user_can_import(page):
    """update_magnitude.theory.best_count, and not theory.best_count, which nobody can import."""
    text = re.sub(r"^```python\n.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    short = rf"(?<![\w./])({'|'.join(ROOMS)})\.(?!toml|md|py\b)[a-z_]+"
    code = re.findall(r"`[^`\n]+`", text)
    wrong = [entry for entry in code if re.search(short, entry) and "called first" not in entry]
    assert [entry for entry in wrong if entry != "`from theory.symbols import …`"] == []


def test_no_command_speaks_of_a_name_that_nobody_can_import():
    for file in (ROOT / "update_magnitude" / "commands").glob("*.py"):
        text = re.sub(r"^.*\bimport\b.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
        assert not re.search(rf"(?<![\w./])({'|'.join(ROOMS)})\.[a-z_]+\.?\w*\(", text), file
