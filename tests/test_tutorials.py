"""The tutorials run from their source, in an empty folder, and end as they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests.pages import execute, fences

DOCS = Path(__file__).parent.parent / "docs"
FOLDER = DOCS / "tutorials"
SCRIPTS = sorted(FOLDER.glob("*.py"))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")

Run = Callable[[str], dict[str, Any]]


def cells(text: str) -> list[tuple[bool, str]]:
    """The cells of a script in percent format: whether it is Markdown, and its text."""
    head, *parts = re.split(r"^# %%", text, flags=re.MULTILINE)
    assert head == "", "nothing comes before the first cell"
    found = []
    for part in parts:
        mark, body = part.split("\n", 1)
        assert mark in ("", " [markdown]"), f"unknown kind of cell: # %%{mark}"
        found.append((mark != "", body.strip("\n")))
    return found


def prose(body: str) -> str:
    """The Markdown of a cell, every line of which is a comment."""
    lines = body.splitlines()
    assert all(line == "#" or line.startswith("# ") for line in lines), body
    return "\n".join(line[2:] for line in lines)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A function that runs a tutorial in an empty folder and gives the names that it leaves."""
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")

    def execute(name: str) -> dict[str, Any]:
        path = FOLDER / f"{name}.py"
        names: dict[str, Any] = {"__name__": "tutorial"}
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
        return names

    yield execute
    plt.close("all")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_are_in_percent_format_with_a_title_and_working_links(path):
    found = cells(path.read_text("utf-8"))
    markdown = [prose(body) for is_markdown, body in found if is_markdown]
    assert found[0][0]
    assert markdown[0].startswith("# ")
    assert sum(text.startswith("# ") or "\n# " in text for text in markdown) == 1  # one title
    for is_markdown, body in found:
        assert is_markdown or compile(body, str(path), "exec")  # each cell is a whole program
    for target in LINK.findall("\n".join(markdown)):
        assert (path.parent / target).exists(), target


def test_what_is_no_percent_format_is_refused():
    with pytest.raises(AssertionError, match="before the first cell"):
        cells("import os\n# %% [markdown]\n# # Title\n")
    with pytest.raises(AssertionError, match="unknown kind"):
        cells("# %% [raw]\n# text\n")
    with pytest.raises(AssertionError):
        prose("# text\nprint(1)")


@pytest.mark.parametrize("folder", ["tutorials", "how-to"])
def test_every_page_is_listed_with_a_line(folder):
    index = (DOCS / folder / "index.md").read_text("utf-8")
    listed = re.findall(r"^- \[.+\]\(([^)]+)\): .+", index, flags=re.MULTILINE)
    own = [path.name for path in (DOCS / folder).iterdir() if path.name != "index.md"]
    assert sorted(listed) == sorted(own)


@pytest.mark.slow
def test_from_a_scenario_to_a_verdict(run):
    """All of theory holds, and the guess is refuted; seeds are fixed, so this never varies."""
    names = run("from-scenario-to-verdict")
    assert {verdict.verdict for verdict in names["verdicts"]} == {"holds"}
    guess = names["guessed"][0]
    assert (guess.verdict, guess.variation, guess.quantity) == ("refuted", None, "F")
    assert abs(guess.z) > 10
    for distance, found in zip(names["distances"], names["points"].forgetting, strict=True):
        assert abs(6 / 16 * distance**2 - found) > 0.01  # as the text says, wrong everywhere


@pytest.mark.slow
def test_a_theorem_of_ones_own(run):
    """The right one holds where it was derived, and the wrong one where there is no noise."""
    names = run("verify-your-theorem")
    own = [v for v in names["verdicts"] if v.variation is None]
    assert [v.verdict for v in own] == ["holds", "holds"]
    assert names["reach"]["noise doubled"] == names["reach"]["noise dropped"] == "holds"
    assert names["reach"]["task 3 scale halved"] == "refuted"
    assert {v.verdict for v in names["wrong"] if v.variation is None} == {"refuted"}
    assert names["where"]["noise dropped"] == "holds"
    assert names["where"]["noise doubled"] == "refuted"
    assert min(names["changes"]) < 0.001 < 0.02 < max(names["changes"])


@pytest.mark.slow
def test_a_regime(run):
    """The best update is better than both strategies, predicted and simulated (z > 4)."""
    names = run("explore-a-regime")
    predicted, simulated = names["predicted"], names["simulated"]
    best = simulated["best update"]
    for name in ("frozen", "initialized"):
        assert predicted["best update"].generalization < predicted[name].generalization
        error = np.hypot(
            best.generalization_standard_error, simulated[name].generalization_standard_error
        )
        assert (simulated[name].generalization - best.generalization) / error > 4
    assert names["critical"].frozen_below
    assert 0 < names["share"] < 1


@pytest.mark.slow
def test_from_theory_to_a_network(run):
    """Rates by direction forget less than one rate for all, in the linear model and a network."""
    names = run("from-theory-to-your-network")
    rows, table = names["rows"], names["table"]
    others = [rows[name].forgetting for name in ("frozen", "initialized")]
    assert rows["least-forgetting"].forgetting < min(others)
    assert np.all(names["least"] <= names["others"] + 1e-12)  # in every draw
    less = table["initialized"][:, 0] - table["rates 1/(1 + c f)"][:, 0]
    assert np.all(less > 0)  # with every seed
    same = abs(names["overlapping"]["slowed"] - names["overlapping"]["rates 1/(1 + c f)"])
    assert same.mean() < 0.05  # where no direction is free, the rates gain nothing
    assert "than initialized and frozen: holds" in names["finished"].stdout


def test_a_sweep_on_several_machines(run):
    """Interrupted after four points, finished by two processes, and equal to one simulation."""
    import update_magnitude as um

    names = run("sweep-on-several-machines")
    assert 4 <= int(names["partial"].done.sum()) < names["sweep"].size
    assert bool(names["found"].done.all())
    assert [worker.returncode for worker in names["workers"]] == [0, 0]
    assert float(abs(names["z"]).max()) < 5  # of 14 right numbers: exceeded once in 10^5 seeds
    point = {"optima.distance.specific": 0.5, "updates.strategy": "frozen"}
    near = um.varied(um.preset("two-close-tasks"), point)
    alone = um.simulate(near, 20_000, engine="law", seed=0)
    assert float(names["forgetting"].sel(point)) == pytest.approx(float(alone.forgetting), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["compare-strategies", "figure-of-my-own", "read-results", "verify-my-theorem"]
)
def test_how_to_pages_that_simulate_for_long(page, tmp_path, monkeypatch):
    """As they stand, but for fewer replicates; tests/test_shell_snippets.py follows the others."""
    path = DOCS / "how-to" / f"{page}.md"
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")
    execute("\n".join(f.text for f in fences(path.read_text("utf-8")) if f.language == "python"))
    plt.close("all")
