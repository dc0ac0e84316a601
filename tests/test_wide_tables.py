"""Tables on a narrow terminal: in panels, and no digit is cut."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from update_magnitude.commands.panels import panel_edges, print_risks
from update_magnitude.paper_checks.sentences import on_controls
from update_magnitude.paper_checks.table import COLUMNS, NARROWEST, WIDTH, panels, show
from update_magnitude.paper_checks.verdicts import Control

LONG = "0.12345 ± 0.0067"


def printed(tasks: int, columns: int, terminal: bool = True) -> list[str]:
    file = io.StringIO()
    console = Console(
        file=file, width=columns, force_terminal=terminal, color_system=None, legacy_windows=False
    )
    print_risks("some tasks", [[LONG] * tasks for _ in range(tasks)], console)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("columns", [20, 40, 80, 100])
@pytest.mark.parametrize("tasks", [1, 2, 4])
def test_no_digit_is_cut(tasks, columns):
    lines = printed(tasks, columns)
    text = "\n".join(lines)
    assert text.count(LONG) == tasks**2
    assert "…" not in text
    if columns >= 40:  # two columns at least
        assert max(map(len, lines)) <= columns


def test_panels_repeat_what_names_the_rows_and_the_title_stands_once():
    lines = printed(10, 80)
    assert sum("after task" in line for line in lines) == 4
    assert [line for line in lines if "some tasks" in line] == ["some tasks"]
    assert sum("on task 10" in line for line in lines) == 1


def test_very_many_tasks_point_to_json():
    assert "--json prints all risks" in printed(100, 80)[-1]


def test_a_file_has_room_for_all_columns():
    lines = printed(30, 80, terminal=False)
    assert len(lines) == 32
    assert lines[-1].count(LONG) == 30


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_gets_sentences_that_are_broken_between_words(terminal):
    file = io.StringIO()
    plain = {"color_system": None, "legacy_windows": False}
    console = Console(file=file, width=NARROWEST, force_terminal=terminal, **plain)
    show([], console)
    lines = file.getvalue().splitlines()
    assert "(family-wise error" in lines[-1] + lines[-2]
    assert (max(map(len, lines)) <= NARROWEST) is terminal


def test_panel_edges_cover_every_column_once():
    assert panel_edges([500, 3, 3], 80) == [0, 1, 3]
    assert panel_edges([], 80) == [0, 0]


@pytest.mark.parametrize("width", [10, NARROWEST, 80, WIDTH - 1, WIDTH])
def test_the_table_of_claims_fits(width):
    found = panels(width)
    key = list(COLUMNS)[:2]
    assert all(names[:2] == key for names in found)
    assert [name for names in found for name in names[2:]] == list(COLUMNS)[2:]
    for names in found:
        wide = sum(COLUMNS[name][0] + 2 for name in names) - 2
        assert wide <= max(width, NARROWEST)
    assert (len(found) == 1) == (width >= WIDTH)


def control(refuted: bool, tellable: bool) -> Control:
    return Control("a tenth off", 1.1, 9.0, refuted, tellable)


def test_the_closing_sentence_says_what_became_of_every_wrong_prediction():
    caught, close, missed = control(True, True), control(False, False), control(False, True)
    assert on_controls([caught] * 3) == " Of 3 deliberately wrong ones 3 are refuted."
    assert on_controls([caught, close]) == (
        " Of 2 deliberately wrong ones 1 are refuted; 1 differs from the right one by less than "
        "1.5 times the resolution asked for, too little to be distinguished."
    )
    whole = on_controls([caught, close, close, missed])
    assert "; 2 differ from" in whole
    assert "; 1 is further off and not refuted by this one number: --self-test says" in whole
