"""Reports: the same run gives the same bytes, and what is in them can be read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from update_magnitude.paper_checks import PROFILES, check_claims
from update_magnitude.paper_checks.claims import CLAIMS
from update_magnitude.paper_checks.reports import document, write_reports
from update_magnitude.paper_checks.reports.numbers import HEADINGS, SHOWN, cells, foremost
from update_magnitude.paper_checks.verdicts import Outcome
from update_magnitude.theory import theorem
from update_magnitude.theory.proofs.notation import mathml

QUICK = PROFILES["quick"]
VOID = {"meta", "link", "br", "hr", "img"}


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """A claim of the paper that holds in some places and fails in others, by law."""
    return check_claims(["small-distances", "task-order"], QUICK, seed=5, engines=["law"])


@pytest.fixture(scope="module")
def folder(outcome, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("report") / "new"
    written = write_reports(outcome, place)
    assert [path.name for path in written] == ["report.json", "report.md", "report.html"]
    assert sorted(path.name for path in place.iterdir()) == sorted(path.name for path in written)
    return place


def test_the_same_outcome_gives_the_same_bytes(folder, outcome, tmp_path):
    for path in write_reports(outcome, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


@pytest.mark.slow  # that a run again has the same outcome is held by tests/test_checks.py too
def test_the_same_run_gives_the_same_bytes(folder, tmp_path):
    again = check_claims(["small-distances", "task-order"], QUICK, seed=5, engines=["law"])
    for path in write_reports(again, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_json_says_what_was_found_and_how_to_repeat_it(folder, outcome):
    report = json.loads((folder / "report.json").read_text())
    assert report == document(outcome)
    assert report["schema"] == 1
    assert report["subject"] == ["small-distances", "task-order"]
    assert (report["profile"], report["seed"], report["engines"]) == ("quick", 5, ["law"])
    assert {"python", "jax", "numpy", "sympy", "update-magnitude"} <= set(report["versions"])
    assert [claim["name"] for claim in report["claims"]] == report["subject"]
    found = [one for claim in report["claims"] for one in claim["predictions"]]
    assert len(found) == report["summary"]["predictions"] == len(outcome.verdicts)
    assert {entry["paper_holds"] for entry in report["paper"]} == {True, False}


def test_markdown_has_a_row_for_every_prediction(folder, outcome):
    text = (folder / "report.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(outcome.verdicts) + 2 * 2  # a heading and a rule for each claim
    assert {line.replace(r"\|", "").count("|") for line in rows} == {len(HEADINGS) + 1}
    assert "update-magnitude check small-distances task-order --profile quick --seed 5" in text
    assert "$$" in text


class Balanced(HTMLParser):
    """Fails where tags are not closed in order; knows what else is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag in ("script", "link", "img", "iframe", "object") or "src" in names:
            self.loaded.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(folder):
    text = (folder / "report.html").read_text()
    page = Balanced()
    page.feed(text)
    assert page.open == []
    assert page.loaded == []
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(drawing)  # well-formed
    assert text.count("<svg") == 2  # one has a picture of its own, one the z of its predictions
    assert "<math" in text
    assert "fails</span>" in text


def test_a_long_list_shows_the_least_certain_first():
    rows = [{"verdict": "holds", "z": k / 10, "ordering": None} for k in range(30)]
    rows[3]["verdict"] = "inconclusive"
    first, rest = foremost(rows)
    assert len(first) == SHOWN
    assert len(first) + len(rest) == 30
    assert rows[3] in first
    assert rows[0] in rest


def test_of_many_theorems_the_first_that_are_short_are_shown():
    contents = import_module("update_magnitude.paper_checks.reports.document")
    risk, forgetting = CLAIMS["risk"].theorems, CLAIMS["two-task-forgetting"].theorems
    assert contents.shown_theorems(risk) == ["norm-step", "overlap-step", "first-task-error"]
    assert forgetting == ("two-task-forgetting", "two-task-forgetting-explicit")
    assert contents.shown_theorems(forgetting) == ["two-task-forgetting"]


def test_theorems_that_are_not_shown_are_named(outcome, tmp_path, monkeypatch):
    contents = import_module("update_magnitude.paper_checks.reports.document")
    monkeypatch.setattr(contents, "MOST_FORMULAS", 1)
    write_reports(outcome, tmp_path)
    (_, order) = json.loads((tmp_path / "report.json").read_text())["claims"]
    assert {row["name"] for row in order["theorems"]} == {"sequence-forgetting"}
    assert order["further_theorems"] == ["sequence-generalization"]
    named = "tested too*: `sequence-generalization`."
    assert named in (tmp_path / "report.md").read_text("utf-8")
    named = "tested too: <code>sequence-generalization</code>."
    assert named in (tmp_path / "report.html").read_text("utf-8")


def test_numbers_that_are_missing_are_said_to_be():
    row = {"scenario": "s", "quantity": "q", "engine": "law", "regime": "r", "verdict": "holds"}
    nothing = dict.fromkeys(("prediction", "estimate", "standard_error", "z", "resolution"))
    assert "none" in cells(row | nothing | {"ordering": None})


@pytest.mark.parametrize("name", ["two-task-forgetting", "optimal-count-forgetting", "haar-along"])
def test_formulas_are_well_formed_mathml(name):
    for case in theorem(name).cases:
        tree = ElementTree.fromstring(mathml(case.derive().result))
        assert tree.tag == "{http://www.w3.org/1998/Math/MathML}math"
        text = "".join(tree.itertext())
        assert "_" not in text
        assert "Inner" not in text
