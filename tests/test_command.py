"""The command, as a person or a program uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import jax
import pytest

from tests.in_process import run
from update_magnitude import scenarios
from update_magnitude.theory.numbers import dynamics
from update_magnitude.theory.numbers.prediction import document

COMMAND = [sys.executable, "-m", "update_magnitude"]


@pytest.fixture
def written(tmp_path: Path):
    """A function that writes a scenario file."""

    def write(**replace: str) -> str:
        text = (scenarios.files.PRESETS / "two-distant-tasks.toml").read_text()
        for old, new in replace.items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "own.toml"
        path.write_text(text)
        return str(path)

    return write


def test_predict_prints_one_object(written):
    done = run("predict", written(), "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    wanted = document(scenarios.preset("two-distant-tasks"))
    assert json.loads(done.stdout) == wanted
    means = {"risk", "forgetting", "generalization", "learning_error"}
    assert set(wanted) == means | {"undefined", "digits_lost", "method"}


def test_predict_says_where_it_is_a_limit():
    assert "method" not in run("predict", "two-close-tasks").stdout
    for name in ("task-specific-features", "ridge-sequence"):
        assert "method: deterministic equivalent, a limit" in run("predict", name).stdout
    assert "limits for many parameters" in " ".join(run("predict", "--help").stdout.split())


def test_predict_says_in_words_what_is_undefined(written):
    done = run("predict", written(**{"samples = 8": "samples = [8, 32]"}), "--json")
    document = json.loads(done.stdout)
    assert document["risk"][1] == [None, None]
    assert "task 2 (m = 32, n = 32)" in document["undefined"]
    assert done.returncode == 0


def test_simulate_prints_one_object_with_standard_errors(written):
    arguments = ("simulate", written(), "--replicates", "500", "--seed", "9", "--json")
    done = run(*arguments, "--engine", "dense")
    document = json.loads(done.stdout)
    assert done.returncode == 0
    assert done.stderr == ""
    assert (document["engine"], document["replicates"], document["seed"]) == ("dense", 500, 9)
    assert document["dtype"] == "float64"
    assert document["device"] == jax.devices()[0].device_kind
    assert document["undefined"] is None
    for found in (document["risk"][1][0], document["forgetting"], document["learning_error"]):
        assert set(found) == {"mean", "standard_error"}
        assert found["standard_error"] > 0
    assert run(*arguments).stdout == done.stdout


def test_simulate_says_which_engine_it_used():
    done = run("simulate", "two-close-tasks", "--engine", "law", "--replicates", "500", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["engine"] == "law"
    table = run("simulate", "two-close-tasks", "--engine", "law", "--replicates", "500")
    assert "law engine" in table.stdout


def test_tables_for_people():
    predicted = run("predict", "mixed").stdout
    assert "forgetting" in predicted
    simulated = run("simulate", "mixed", "--replicates", "100").stdout
    assert "±" in simulated
    assert "100 replicates, seed 0" in simulated


def test_check_prints_a_list_and_its_status(written):
    quick = ("--profile", "quick", "--engine", "law")
    done = run("check", written(), *quick, "--json")
    verdicts = json.loads(done.stdout)
    assert done.returncode == 0
    assert {verdict["verdict"] for verdict in verdicts} == {"holds"}
    inconclusive = run("check", written(**{"samples = 8": "samples = [8, 32]"}), *quick)
    assert inconclusive.returncode == 3
    assert "no finite mean" in inconclusive.stdout


def test_check_writes_reports(tmp_path):
    folder = tmp_path / "deep" / "report"
    done = run("check", "drift", "--profile", "quick", "--engine", "law", "--output", str(folder))
    assert done.returncode == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
    ]
    assert str(folder / "report.html") in done.stderr


@pytest.mark.slow
def test_self_test_prints_a_table_of_wrong_predictions():
    done = run("check", "drift", "--profile", "quick", "--self-test")
    assert done.returncode in (0, 3)
    assert "0 survived" in done.stdout


def test_self_test_prints_what_became_of_wrong_predictions():
    arguments = ("check", "drift", "--profile", "quick", "--engine", "law", "--self-test")
    printed = run(*arguments, "--json")
    (found,) = json.loads(printed.stdout)
    assert found["claim"] == "drift"
    assert found["survived"] == []
    assert found["refuted"] == found["controls"] > 10
    assert 0 < found["smallest_error_refuted"] < 0.02


@pytest.mark.slow
def test_an_interrupt_ends_in_a_report_and_its_own_status():
    """Ctrl-C once the first study has begun: nothing of a traceback, and a status of 1 or 130."""
    # Where tests run in the background interrupts may be ignored, and new processes inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, "check", "--profile", "thorough", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        time.sleep(20)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130
    assert "interrupted: only what was finished is judged" in err
    assert "Traceback" not in err
    assert isinstance(json.loads(out), list)


def test_check_prints_a_table_that_fits():
    done = run("check", "two-task-risk", "gradient-descent", "--profile", "quick")
    assert done.returncode == 0
    table, _, rest = done.stdout.rpartition("\n\n")
    assert max(map(len, table.splitlines())) <= 100
    assert "holds" in table
    assert "deliberately wrong ones" in rest
    assert "…" not in table
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_a_refuted_prediction_of_a_claim_ends_in_status_1(monkeypatch):
    right = dynamics.factors_of
    monkeypatch.setattr(
        dynamics, "factors_of", lambda update: right(update._replace(scale=1.02 * update.scale))
    )
    done = run("check", "forgetting", "--profile", "quick")
    assert done.returncode == 1
    assert "refuted: forgetting F of" in done.stdout


def test_a_refuted_prediction_ends_in_status_1(monkeypatch):
    right = dynamics.factors_of
    monkeypatch.setattr(
        dynamics, "factors_of", lambda update: right(update._replace(scale=1.1 * update.scale))
    )
    done = run("check", "two-distant-tasks", "--profile", "quick", "--engine", "law")
    assert done.returncode == 1
    assert "refuted: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("predict", "nowhere.toml"), "nowhere.toml: no such file"),
        (("check", "forgeting"), "did you mean forgetting?"),
        (("check", "mixed", "ten-tasks"), "one scenario at a time"),
        (("check", "drift", "--engine", "fast"), "'fast' is not"),
        (("check", "--candidate", "mine.toml", "mixed", "--engine", "law"), "beside --candidate"),
        (("figures", "nothing"), "'nothing' is no figure"),
        (("figures", "--format", "bmp"), "'bmp' is no format"),
        (("figures", "--output", "/dev/null/figures"), "--output = /dev/null/figures"),
        (("simulate", "mixed", "--replicates", "1"), "--replicates"),
        (("sweep", "nowhere.toml", "--output", "store"), "nowhere.toml: no such file"),
        (("sweep", "nowhere.toml"), "--output"),
        (("simulate", "mixed", "--engine", "fast"), "'fast' is not"),
        (("predict", "mixed", "more"), "unexpected extra argument"),
        (("predict", "two\nlines"), "two lines: no such file"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_scenario_names_file_and_key_and_writes_nothing(written, tmp_path):
    path = written(**{"noise = 0.3": "noise = -0.3"})
    before = sorted(tmp_path.iterdir())
    for command in ("predict", "simulate", "check"):
        done = run(command, path, folder=tmp_path)
        assert done.returncode == 2
        assert "own.toml: tasks.noise = -0.3: noise is a standard deviation" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["predict", "check"])
def test_a_scenario_without_a_formula_is_named(written, command):
    done = run(command, written(**{'strategy = "initialized"': 'strategy = "hybrid"'}))
    assert done.returncode == 2
    assert "own.toml: updates.strategy = 'hybrid': its trainable blocks" in done.stderr


@pytest.mark.parametrize("arguments", [("predict",), ("derive",), ("figures",), ("explore", "map")])
def test_help_texts_are_broken_by_the_terminal_alone(arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*arguments, "--help").stdout
    prose = text[: text.index("Examples:")].split("\n")
    lines = [line.strip() for line in prose if line.strip() and "Usage" not in line]
    starts = [line for before, line in pairwise(lines) if len(before) + len(line.split()[0]) < 76]
    assert all(line[0].isupper() for line in starts), starts


def test_lists_and_version():
    assert run("--version").stdout.startswith("update-magnitude 0.")
    claims = json.loads(run("check", "--list", "--json").stdout)
    assert {"name", "statement", "source"} <= set(claims[0])
    assert len(claims) == 30
    assert "parameter-distance" in run("figures", "--list").stdout
    assert run().stdout.count("predict") > 0
