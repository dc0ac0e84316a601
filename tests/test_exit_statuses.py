"""Exit statuses: 1 means that a prediction was refuted, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.in_process import run as here
from update_magnitude.commands import statuses
from update_magnitude.commands.statuses import explain
from update_magnitude.commands.streams import in_ascii
from update_magnitude.paper_checks import running
from update_magnitude.simulations.processes import WorkersDiedError
from update_magnitude.theory.numbers import dynamics

COMMAND = [sys.executable, "-m", "update_magnitude"]
ASCII = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
CHEAP = [  # every subcommand, by a call that prints something and takes no more than seconds
    ("--help",),
    ("check", "--help"),
    ("sweep", "--help"),
    ("check", "--list"),
    ("predict", "two-close-tasks"),
    ("predict", "two-close-tasks", "--json"),
    ("simulate", "two-close-tasks", "--engine", "law", "--replicates", "64"),
    pytest.param(("derive",), marks=pytest.mark.slow),  # derives every theorem
    ("derive", "haar-mean"),
    ("derive", "haar-mean", "--format", "latex"),
    ("derive", "haar-mean", "--json"),
    ("figures", "--list"),
    ("train", "--list"),
    ("data", "list"),
    ("explore", "optimum", "two-distant-tasks"),
]


def run(*arguments: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, or a program that calls it."""
    start = [sys.executable, "-c", code] if code else COMMAND
    return subprocess.run(
        [*start, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of a shell in which ``um`` is the command."""
    return subprocess.run(
        ["bash", "-c", f'um() {{ "{sys.executable}" -m update_magnitude "$@"; }}\n{line}'],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def broken(raising: str) -> str:
    """A program whose ``predict`` raises."""
    return (
        "import sys, update_magnitude.theory as p\n"
        "from update_magnitude import commands\n"
        f"def fail(*arguments):\n    {raising}\n"
        "p.means = fail\n"
        "commands.main()\n"
    )


@pytest.mark.parametrize("arguments", CHEAP, ids=" ".join)
def test_an_encoding_without_greek_ends_nothing(arguments):
    done = run(*arguments, **ASCII)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.isascii()
    assert len(done.stdout) > 40
    if "--json" in arguments:
        assert json.loads(done.stdout) == json.loads(run(*arguments).stdout)


@pytest.mark.parametrize(("encoding", "letters"), [("latin-1", "θ ²"), ("cp437", "ξ α")])
def test_other_encodings_keep_what_they_have(encoding, letters):
    """latin-1 has ² and no θ; cp437 has α and no ξ."""
    code = (
        "from update_magnitude.commands import main, prepare_streams\n"
        f"prepare_streams()\nprint({letters!r})\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "--list"],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"},
    )
    wanted = {"latin-1": "theta ²", "cp437": "xi α"}[encoding]
    assert done.returncode == 0
    assert done.stdout.decode(encoding).startswith(wanted)


def test_an_error_is_one_line_in_any_encoding():
    done = run("predict", "ξ ± √2.toml", **ASCII)
    assert done.returncode == 2
    assert done.stderr.startswith("error: xi +- sqrt 2.toml: no such file")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("environment", [ASCII, pytest.param({}, marks=pytest.mark.slow)])
def test_a_verdict_survives_an_encoding_and_a_closed_pipe(environment):
    check = "um check two-close-tasks --profile quick --engine law"
    done = shell(f"{check}; echo $?", **environment)
    assert done.stdout.splitlines()[-1] == "0"
    assert "8 hold, 0 refuted" in done.stdout
    assert done.stderr == ""
    done = shell(f"{check} | head -1; echo ${{PIPESTATUS[0]}}", **environment)
    heading, status = done.stdout.splitlines()
    assert heading.startswith("claim (predictions)")
    assert status in ("0", "141")  # head may have read all before it left
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("python", "arguments"), [("-u", "derive"), ("", "check --list --json"), ("", "check --help")]
)
def test_a_closed_pipe_is_141_without_a_word(arguments, python):
    # The reader is gone before the first byte is written.
    code = "from update_magnitude.commands import main; main()"
    line = f'"{sys.executable}" {python} -c "{code}" {arguments}'
    done = shell(f"(sleep 2; {line}; echo $? >&2) | true")
    assert done.stderr == "141\n"


@pytest.mark.parametrize("arguments", ["--help", "data list --json"])
def test_an_output_that_cannot_be_written_is_4_and_one_line(arguments):
    full = shell(f"um {arguments} > /dev/full; echo $?")
    assert full.stdout == "4\n"
    assert "cannot be written: No space left on device" in full.stderr
    closed = shell(f"um {arguments} >&-; echo $?")
    assert closed.stdout == "4\n"
    assert "standard output is closed" in closed.stderr
    assert full.stderr.count("\n") == closed.stderr.count("\n") == 1


def test_without_standard_error_results_and_statuses_are_the_same():
    done = shell("um predict mixed --json 2>&-; echo; echo $?")
    document, _, status = done.stdout.splitlines()
    assert json.loads(document)["undefined"] is None
    assert status == "0"
    assert shell("um predict nothing 2>&-; echo $?").stdout == "2\n"
    assert shell("um predict nothing 2>/dev/full; echo $?").stdout == "2\n"


def test_an_unexpected_error_is_4_and_one_line():
    done = run("predict", "mixed", code=broken("raise ValueError('two\\nlines ±')"))
    assert done.returncode == statuses.FAILED
    assert done.stderr.startswith("error: ValueError in update_magnitude.commands.predict, line ")
    assert ": two lines ± - a fault of this program; please report it" in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def missing_file() -> None:
    Path("/nowhere/at all").read_text()


def full_disk() -> None:
    with open("/dev/full", "w") as file:
        file.write("a")


def without_end() -> None:
    without_end()


def ended_by_another(*, status: int = 1) -> None:
    sys.exit(status)


def out_of_memory() -> None:
    raise MemoryError


def device_out_of_memory() -> None:
    raise RuntimeError("RESOURCE_EXHAUSTED: 9 GiB\nwere wanted")


def dead_worker() -> None:
    raise WorkersDiedError("a worker process ended by the signal SIGKILL")


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        (missing_file, "error: /nowhere/at all: No such file or directory"),
        (full_disk, "error: what was to be printed cannot be written: No space left on device"),
        (without_end, "error: RecursionError: maximum recursion depth exceeded"),
        (ended_by_another, "error: SystemExit: 1 - a fault of this program; please report it"),
        (out_of_memory, "error: out of memory; ask for less at a time"),
        (device_out_of_memory, "error: out of memory; ask for less at a time"),
        (dead_worker, "error: a worker process ended by the signal SIGKILL"),
    ],
)
def test_every_kind_of_failure_is_4_and_one_line(failing, words, capsys, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *arguments: None)  # Ctrl-C goes on ending tests
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        failing()
    assert explain(caught.value, debug=False) == 4
    found = capsys.readouterr()
    assert found.err.startswith(words)
    assert found.err.count("\n") == 1
    assert found.out == ""


def test_debug_shows_where_before_and_after_the_subcommand():
    for arguments in (("--debug", "predict", "mixed"), ("predict", "mixed", "--debug")):
        done = run(*arguments, code=broken("1 / 0"))
        assert done.returncode == 4
        assert "Traceback" in done.stderr
        assert "in fail" in done.stderr
    assert "--debug" in run("--help").stdout
    assert run("predict", "mixed", "--debug", "--json").returncode == 0


def test_a_toml_file_that_nests_too_deeply_is_bad_input(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 100_000)
    done = run("predict", str(path))
    assert done.returncode == 2
    assert "nested too deeply" in done.stderr


def test_help_lists_every_status():
    text = " ".join(run("--help").stdout.split())
    for status in (0, 1, 2, 3, 4, 130, 141):
        assert f" {status} " in text[text.index("Exit status") :]


@pytest.mark.slow
def test_reports_are_utf_8_whatever_the_locale_is(tmp_path):
    done = run(
        *("check", "two-distant-tasks", "--profile", "quick", "--engine", "law"),
        *("--output", str(tmp_path)),
        **{**ASCII, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert done.returncode == 0, done.stderr
    for name in ("report.json", "report.md", "report.html"):
        assert "θ" in (tmp_path / name).read_text(encoding="utf-8")


def in_process(interrupting: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process where some function is interrupted in place of what it does."""
    code = (
        "import pkgutil, sys\n"
        "from update_magnitude import commands\n"
        "def interrupt(*arguments, **options):\n    raise KeyboardInterrupt\n"
        f"owner, _, name = {interrupting!r}.rpartition('.')\n"
        "setattr(pkgutil.resolve_name(owner), name, interrupt)\n"
        "commands.main()\n"
    )
    return run(*arguments, code=code)


@pytest.mark.parametrize(
    ("interrupting", "words"),
    [
        (
            "running._Work.run",
            "all points that were finished are kept in {}; the same command goes on with the "
            "others",
        ),
        (
            "running.pieces",
            "nothing was finished yet, and nothing is kept; the same command starts again",
        ),
    ],
)
def test_an_interrupted_sweep_says_what_is_kept(tmp_path, interrupting, words):
    sweep = Path(__file__).parent.parent / "docs" / "sweeps" / "distance.toml"
    tmp_path.joinpath("notes.txt~").touch()  # what else lies in the folder is not kept of the sweep
    done = in_process(
        f"update_magnitude.simulations.sweeps.{interrupting}",
        *("sweep", str(sweep), "--output", str(tmp_path)),
    )
    assert done.returncode == 130
    assert done.stderr == f"interrupted: {words.format(tmp_path)}\n"


def test_an_interrupted_simulation_says_that_nothing_is_kept():
    done = in_process(
        "update_magnitude.simulations.simulation.estimates",
        "simulate",
        "mixed",
        "--replicates",
        "99",
    )
    assert done.returncode == 130
    assert done.stderr.startswith("interrupted: nothing is kept of 0 of 99 replicates; start again")
    assert done.stderr.count("\n") == 1


def test_interrupted_figures_say_which_are_complete(tmp_path):
    done = in_process(
        "update_magnitude.figures.drift.data",
        *("figures", "drift", "--profile", "quick", "--output", str(tmp_path)),
    )
    assert done.returncode == 130
    assert f"0 of 1 figures are complete in {tmp_path}" in done.stderr
    assert "update-magnitude figures drift" in done.stderr


@pytest.mark.slow
def test_interrupted_training_says_what_is_kept(tmp_path):
    arguments = ("train", "split-digits", "--output", str(tmp_path))
    code = (
        "from update_magnitude import commands\n"
        "import update_magnitude.simulations.networks.running as r\n"
        "def interrupt(*arguments):\n    raise KeyboardInterrupt\n"
        "r.Trainer.run = interrupt\n"
        "commands.main()\n"
    )
    done = run(*arguments, code=code)
    assert done.returncode == 130
    assert "interrupted: no task was finished yet, and nothing is kept" in done.stderr
    (tmp_path / "checkpoint.eqx").write_bytes(b"")
    assert f"tasks that were finished are kept in {tmp_path}" in run(*arguments, code=code).stderr


def test_an_interrupted_check_is_130_unless_it_refuted_something(monkeypatch):
    whole, right = running.run_studies, dynamics.factors_of

    def cut(*arguments, **options):
        return dataclasses.replace(whole(*arguments, **options), interrupted=True)

    monkeypatch.setattr(running, "run_studies", cut)
    arguments = ("check", "two-distant-tasks", "--profile", "quick", "--engine", "law")
    done = here(*arguments)
    assert done.returncode == 130
    assert "interrupted: only what was finished is judged" in done.stderr
    monkeypatch.setattr(
        dynamics, "factors_of", lambda update: right(update._replace(scale=1.1 * update.scale))
    )
    assert here(*arguments).returncode == 1


def test_stand_ins():
    assert in_ascii("plain") == "plain"
    assert in_ascii("−½·ΔᵀΦ ≤ √n ≈ 10⁻⁵ → ∞, d̂, d_S₁, Σρ, λ, ϑ, é, ─│┌╸") == (
        "-1/2*Delta^TPhi <= sqrt n ~ 10^-5 -> inf, d_hat, d_S_1, Sumrho, lambda, theta, e, -|+-"
    )
    assert in_ascii("\udcff😀") == "\\udcff\\U0001f600"
