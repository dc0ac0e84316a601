"""Numbers and outputs on the first pages are those of their sources."""

from __future__ import annotations

import re

import update_magnitude as um
from docs.site.evidence import report
from tests.in_process import run
from tests.pages import ROOT, fences
from update_magnitude.scenarios.files import preset_names

README, VERDICTS, START, DERIVE = (
    (ROOT / page).read_text("utf-8")
    for page in ("README.md", *(f"docs/{n}.md" for n in ("verdicts", "start", "derive")))
)


def numbers(pattern: str, text: str) -> list[str]:
    return re.findall(pattern, text)


def test_theorems():
    assert numbers(r"(\d+) theorems", README) == [str(len(um.theorems()))]


def test_predictions_of_the_default_check():
    """The table adds up to what its last line says, and is that of the committed report."""
    table = next(fence.text for fence in fences(VERDICTS) if fence.text.startswith("claim"))
    (told,) = numbers(r"(\d+) predictions: (\d+) hold, 0 refuted, 0 inconclusive", table)
    rows = [line for line in table.splitlines() if re.search(r" (law|dense)  ", line)]
    assert all(row.endswith("  holds") for row in rows)
    counts = [re.search(r"\((\d+)\)", row) for row in rows]
    assert sum(int(count[1]) if count else 1 for count in counts) == int(told[0])
    summary = report()["summary"]
    assert (summary["predictions"], summary["holds"]) == (int(told[0]), int(told[1]))
    (wrong,) = numbers(r"Of (\d+) deliberately wrong ones (\d+) are refuted", table)
    assert (summary["controls"], summary["controls_refuted"]) == tuple(map(int, wrong))
    for claim, *said in numbers(r"claim, ([a-z-]+): holds at (\d+) of (\d+) places", table):
        places = [row["paper_holds"] for row in report()["paper"] if row["claim"] == claim]
        assert [sum(places), len(places)] == list(map(int, said))


def test_rates_of_the_law_engine():
    rows = re.findall(
        r"^\| (40|1000) \|.*\| ([\d,]+) \|$",
        (ROOT / "docs" / "benchmarks.md").read_text("utf-8"),
        re.M,
    )
    ratio = {capacity: int(last.replace(",", "")) for capacity, last in rows[:2]}
    (said,) = numbers(
        r"(\d+) times as fast as a loop at 40 parameters, ([\d,]+) times at 1,000", README
    )
    assert int(said[0]) == ratio["40"]
    assert int(said[1].replace(",", "")) == round(ratio["1000"], -3)


def test_what_predict_prints(tmp_path):
    (file,) = [fence for fence in fences(START) if fence.file == "mine.toml"]
    (tmp_path / "mine.toml").write_text(file.text, "utf-8")
    (output,) = [fence.text for fence in fences(START) if "mean risks" in fence.text]
    printed = run("predict", "mine.toml", folder=tmp_path).stdout
    assert output.split() == printed.split()


def test_what_derive_prints():
    """But for the lines that are left out, and where the width of the terminal breaks lines."""
    (output,) = [fence.text for fence in fences(DERIVE) if fence.text.startswith("optimal")]
    printed = " ".join(run("derive", "optimal-count-forgetting").stdout.split())
    for part in output.split("…"):
        assert " ".join(part.split()) in printed
    assert um.theorem("optimal-count-forgetting")(n=8, xi=4.0, eta=1.0) == 18


def test_the_presets():
    words = {12: "Twelve", 13: "Thirteen", 14: "Fourteen", 15: "Fifteen"}
    assert f"{words[len(preset_names())]} presets" in START


def test_length_of_the_readme():
    assert len(README.splitlines()) <= 105
