"""Every command that a page shows in a fenced block is run, or read by its own parser at least.

Pages are followed from start to end in an empty folder: files that the page says to write are
written, commands run with fewer replicates, and so does the Python of pages that need nothing of
their own (``test_snippets.py`` and ``test_tutorials.py`` have the others).
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.accepted import RefusedError, accept
from tests.in_process import run
from tests.pages import (
    FENCE,
    PAGES,
    ROOT,
    Fence,
    command_lines,
    commands,
    execute,
    fences,
    first_word,
    name_of,
    with_few,
)

OWN_TESTS = (
    "README.md",
    "docs/candidates.md",
    "docs/engines.md",
    "docs/python.md",
    "docs/sweeps.md",
    "docs/how-to/compare-strategies.md",
    "docs/how-to/figure-of-my-own.md",
    "docs/how-to/read-results.md",
    "docs/how-to/verify-my-theorem.md",
)
LANGUAGES = ("", "python", "toml", "json", "bibtex", "latex")

# Commands that are read by their parser, and not run: which, as a pattern, and why.
PARSED_ONLY = {
    r"check": "takes seven minutes",
    r"train (?!--list).*": "takes minutes, and most need data sets",
    r"data fetch .*": "downloads",
    r"explore app.*": "serves a page until it is stopped",
    r"predict broken\.toml": "an example of a file with a mistake, as tests/test_command.py has it",
}
# Those that the slow test runs.
SLOW = {
    r"check --candidate .*": "half a minute and more",
    r"check mine\.toml --profile quick": "half a minute",
    r"explore map --simulate .*": "simulates a map",
    r"simulate .* --engine literal": "compiles, as does the next, what no other page needs",
    r"simulate .* --precision float32": "likewise",
}
STATUSES = {"check --candidate mine.toml two-distant-tasks": 1}  # it shows a formula that is wrong


def among(table: dict[str, str], command: str) -> bool:
    return any(re.fullmatch(pattern, command) for pattern in table)


def follow(text: str, folder: Path, *, python: bool = True, slow: bool = False) -> list[str]:
    """Do what a page says, from start to end, in a folder; the commands that were run."""
    names: dict = {}
    done: list[str] = []
    for fence in fences(text):
        assert fence.language in LANGUAGES, f"a fenced block in {fence.language}"
        if fence.file:
            (folder / fence.file).write_text(with_few(fence.text), "utf-8")
        elif fence.language == "python" and python:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                execute(fence.text, names)
        elif fence.language == "":
            done += obey(fence, folder, slow)
    return done


def obey(fence: Fence, folder: Path, slow: bool) -> list[str]:
    """Run the commands of a block, or have them read by their parsers."""
    done = []
    for words in (words for line in command_lines(fence.text) for words in commands(line)):
        accept(words)
        command = " ".join(words[1:])
        wanted = words[0] == "update-magnitude" and not among(PARSED_ONLY, command)
        if wanted and (slow or not among(SLOW, command)):
            ended = run(*prepared(words[1:], folder), folder=folder)
            assert ended.returncode == STATUSES.get(command, 0), (command, ended)
            done.append(command)
    return done


def prepared(arguments: list[str], folder: Path) -> list[str]:
    """The arguments with fewer replicates; files of the repository are brought to the folder."""
    for word in arguments:
        if word.endswith(".toml") and (ROOT / word).is_file() and not (folder / word).exists():
            (folder / word).parent.mkdir(parents=True, exist_ok=True)
            (folder / word).write_text(with_few((ROOT / word).read_text("utf-8")), "utf-8")
    if arguments[0] == "simulate":
        return with_option(arguments, "--replicates", "1000")
    if arguments[0] == "check" or "--profile" in arguments:
        return with_option(arguments, "--profile", "quick")
    return arguments


def with_option(arguments: list[str], option: str, value: str) -> list[str]:
    """The arguments with this value of the option, which they may have already."""
    at = arguments.index(option) if option in arguments else len(arguments)
    return [*arguments[:at], option, value, *arguments[at + 2 :]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_from_start_to_end(page, tmp_path):
    """All of this file and of test_snippets take 50 seconds of processor time, once compiled."""
    follow(page.read_text("utf-8"), tmp_path, python=name_of(page) not in OWN_TESTS)


def shown(page: Path) -> list[str]:
    """What a page shows of update-magnitude: the arguments, with one space between them."""
    text = "\n".join(fence.text for fence in fences(page.read_text("utf-8")) if not fence.language)
    every = (words for line in command_lines(text) for words in commands(line))
    return [" ".join(words[1:]) for words in every if words[0] == "update-magnitude"]


SLOW_PAGES = [page for page in PAGES if any(among(SLOW, command) for command in shown(page))]


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW_PAGES, ids=name_of)
def test_a_page_with_what_takes_long(page, tmp_path):
    done = follow(page.read_text("utf-8"), tmp_path, python=False, slow=True)
    assert any(among(SLOW, command) for command in done)


@pytest.mark.parametrize("pattern", [*PARSED_ONLY, *SLOW])
def test_each_exception_is_needed(pattern):
    every = [command for page in PAGES for command in shown(page)]
    assert any(re.fullmatch(pattern, command) for command in every)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_command_is_hidden_in_a_line(page):
    """A line with the command in it begins with it, or with another program that is known."""
    for fence in fences(page.read_text("utf-8")):
        if fence.language == "":
            lines = fence.text.replace("\\\n", " ").splitlines()
            hidden = [line for line in lines if re.search(r"(^|\s)update-magnitude\s", line)]
            assert [line for line in hidden if not command_lines(line)] == []


def wrong_in_sentences(text: str) -> list[str]:
    """Commands within sentences, which may lack an argument, that have what does not exist."""
    wrong = []
    for code in re.findall(r"`((?:update-magnitude|make)\s[^`]+)`", FENCE.sub("", text)):
        try:
            for words in commands(" ".join(code.split())):
                accept(words)
        except RefusedError as error:
            if not re.search("NoArgsIsHelp|requires an argument|Missing", str(error)):
                wrong.append(code)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_sentences(page):
    assert wrong_in_sentences(page.read_text("utf-8")) == []


def test_a_wrong_command_in_a_sentence_is_noticed():
    text = "`make tests`, `update-magnitude train`, `update-magnitude\ncheck --profil quick`"
    assert wrong_in_sentences(text) == ["make tests", "update-magnitude\ncheck --profil quick"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_pages_show_can_be_read(page):
    readers = {"toml": tomllib.loads, "json": json.loads}
    for fence in fences(page.read_text("utf-8")):
        if fence.language in readers:
            assert readers[fence.language](fence.text)


@pytest.mark.parametrize(
    "line",
    [
        "update-magnitude chek",
        "update-magnitude train split-digits --sead 5",
        "update-magnitude check --profile fast",
        "update-magnitude explore map --z tasks.noise",
        "update-magnitude --quiet check",
        "make tests",
        "make test JOB=4",
        "make check && update-magnitude explore nowhere",
        "python -m benchmarks.nothing",
        "python -m benchmarks.accelerator --tinny",
        "python docs/schemas/wirte.py",
        "python -m update_magnitude predict ten-tasks --jsn",
        "pip install 'update-magnitude[network]'",
        "uv pip install --constraint constraint.txt --editable '.[dev]'",
        "update-magnitude check | gerp holds",
    ],
)
def test_a_command_that_does_not_exist_is_noticed(line, tmp_path):
    assert first_word(line)
    with pytest.raises(RefusedError):
        follow(f"# A page\n\n```\n{line}\n```\n", tmp_path)


@pytest.mark.parametrize(
    "block",
    [
        "```\nupdate-magnitude predict nowhere.toml\n```",
        "Write `mine.toml`:\n\n```toml\n[tasks]\ncount = 2\n```\n\n"
        "```\nupdate-magnitude predict mine.toml\n```",
        "```python\nassert 1 + 1 == 3\n```",
        "```yaml\na: 1\n```",
    ],
)
def test_what_fails_when_it_is_run_is_noticed(block, tmp_path):
    with pytest.raises(AssertionError):
        follow(f"# A page\n\n{block}\n", tmp_path)


def test_what_stands_between_is_output(tmp_path):
    text = "```\nupdate-magnitude predict two-close-tasks  # exact\nforgetting  -0.8\nchek\n```"
    assert follow(text, tmp_path) == ["predict two-close-tasks"]
