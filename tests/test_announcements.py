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


def test_no_bar_is_shown_to_a_file_even_if_colours_are_forced(monkeypatch, capsys):
    """As notebooks and some services set FORCE_COLOR; on a terminal the bar is there."""
    from update_magnitude.simulations.progress import progress_bar

    monkeypatch.setenv("FORCE_COLOR", "1")
    for terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        with progress_bar("work") as show:
            show("work", 0.5)
        assert ("work" in capsys.readouterr().err) is terminal
