"""What takes long says so before it begins, to a person and not to a file."""

from __future__ import annotations

import sys

import pytest

from update_magnitude.commands.derive import Format, derive
from update_magnitude.simulations.progress import announce
from update_magnitude.theory import theorems


@pytest.mark.parametrize(("terminal", "wanted"), [(True, "this takes long\n"), (False, "")])
def test_only_a_terminal_is_told(terminal, wanted, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    announce("this takes long")
    assert capsys.readouterr().err == wanted


def test_all_derivations_are_announced_and_a_table_is_not(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(theorems, "theorem_names", lambda: ["haar-mean"])
    derive(name=None, style=Format.markdown, standalone=False, as_json=False)
    assert "deriving 1 theorems: this takes half a minute" in capsys.readouterr().err
    derive(name=None, style=Format.text, standalone=False, as_json=False)
    assert capsys.readouterr().err == ""
