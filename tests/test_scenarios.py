"""The scenarios room: what is read, what is refused, and where the optima lie."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from tests.made_up import any_scenario
from tests.reference import gram
from update_magnitude import scenarios
from update_magnitude.scenarios import ScenarioError, library
from update_magnitude.scenarios.files import LIBRARY

GOOD = {
    "blocks": {"shared": 40, "specific": 20},
    "tasks": {"count": 4, "samples": 30, "noise": 0.3},
    "optima": {
        "norm": {"shared": 1.0, "specific": 0.5},
        "distance": {"shared": 0.1, "specific": [0.2, 0.4, 0.8]},
    },
    "updates": {"strategy": "frozen"},
}

NOT_POSITIVE = [[1.0, 2.0, 0, 0], [2.0, 1.0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
LOPSIDED = [[1.0, 0.5, 0, 0], [0.1, 1.0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
UNIT = np.eye(4).tolist()

BAD = {
    "blocks.shared": (-4, "blocks.shared = -4", "at least 1"),
    "blocks.specific": (2, "blocks.specific = 2", "needs at least 4"),
    "blocks.odd": (2.5, "blocks.odd = 2.5", "whole number"),
    "tasks.count": (0, "tasks.count = 0", "at least 1"),
    "tasks.samples": ([30, 30], "tasks.samples = [30, 30]", "4 numbers"),
    "tasks.noise": (-0.3, "tasks.noise = -0.3", "at least 0"),
    "tasks.nose": (0.3, "tasks.nose = 0.3", "did you mean noise?"),
    "optima.norm.shared": (-1.0, "optima.norm.shared = -1.0", "at least 0"),
    "optima.norm.specifc": (1.0, "optima.norm.specifc = 1.0", "did you mean specific?"),
    "optima.distance.specific": ([0.2, 0.4], "optima.distance.specific", "3 numbers"),
    "optima.distance.shared": ("far", "optima.distance.shared = 'far'", "finite number"),
    "optima.direction": ("sideways", "optima.direction = 'sideways'", "orthogonal"),
    "optima": ({"gram": {"shared": NOT_POSITIVE, "specific": UNIT}}, "optima.gram.shared", "semid"),
    "updates.strategy": ("thawed", "updates.strategy = 'thawed'", "frozen"),
    "updates.scale": ([1.0], "updates.scale = [1.0]", "4 numbers"),
    "updates.specific": (["head"], "updates.specific = ['head']", "shared, specific"),
    "updates.trainable": ([["shared"]] * 4, "updates.trainable", "no meaning"),
    "extra": (1, "extra = 1", "unknown key"),
    "two\nlines": (1, "two lines = 1", "unknown key"),
    "title": ("", "title = ''", "text in quotes"),
}

HINTS = (
    ("tasks.samples", "8", "tasks.samples = '8'", "this is a text, in quotes"),
    ("tasks.noise", "0.3", "tasks.noise = '0.3'", "this is a text, in quotes"),
    ("updates.strategy", "initialised", "'initialised'", "did you mean initialized?"),
    ("updates.lambda", 0.3, "updates.lambda = 0.3", "did you mean penalty?"),
    ("updates.ρ", {"shared": 2.0}, "updates.ρ = ", "did you mean weights?"),
    (
        "updates",
        {"strategy": "initialized", "steps": 3, "rate": 0.1, "penalty": 0.5},
        "updates.penalty = 0.5",
        "leave out updates.penalty or updates.steps",
    ),
    (
        "updates",
        {"strategy": "hybrid", "signal": "evidence", "penalty": 0.5},
        "updates.penalty = 0.5",
        "remove this key",
    ),
)

TOO_LARGE = {
    "tasks.count": (10**11, "at most"),
    "tasks.noise": (10**400, "1e+30 in size at most"),
    "optima.norm.shared": (1e200, "1e+30 in size at most"),
    "updates.scale": (float("nan"), "finite"),
    "blocks.shared": (10**5000, "a number of thousands of digits"),
}


def changed(key: str, value: object) -> dict:
    document = copy.deepcopy(GOOD)
    *path, last = key.split(".")
    table = document
    for name in path:
        table = table[name]
    table[last] = value
    return document


@pytest.mark.parametrize(("key", "case"), BAD.items(), ids=BAD)
def test_bad_input_is_refused_in_one_line_that_names_key_value_and_fix(key, case):
    value, named, fix = case
    with pytest.raises(ScenarioError) as caught:
        scenarios.parse(changed(key, value))
    message = str(caught.value)
    assert named in message
    assert fix in message
    assert "\n" not in message


@pytest.mark.parametrize(("key", "value", "named", "fix"), HINTS)
def test_what_was_meant_is_said_where_it_can_be_told(key, value, named, fix):
    with pytest.raises(ScenarioError) as caught:
        scenarios.parse(changed(key, value))
    assert named in str(caught.value)
    assert fix in str(caught.value)


@pytest.mark.parametrize(("key", "case"), TOO_LARGE.items(), ids=TOO_LARGE)
def test_what_is_too_large_is_refused_and_never_tried(key, case):
    value, words = case
    with pytest.raises(ScenarioError) as caught:
        scenarios.parse(changed(key, value))
    assert words in str(caught.value)


def test_gram_and_norm_exclude_each_other():
    document = changed("optima.gram", {"shared": UNIT, "specific": UNIT})
    with pytest.raises(ScenarioError, match=r"optima\.norm = .* excludes optima\.gram"):
        scenarios.parse(document)


@pytest.mark.parametrize("key", ["blocks", "tasks", "optima", "updates"])
def test_missing_table_is_named(key):
    document = copy.deepcopy(GOOD)
    del document[key]
    with pytest.raises(ScenarioError, match=f"^{key} is missing"):
        scenarios.parse(document)


@pytest.mark.parametrize(
    ("block", "words"),
    [(LOPSIDED, "symmetric"), ([[1.0]], "4 rows"), ("x", "4 rows"), ([[0.0]] * 4, "4 rows")],
)
def test_a_gram_matrix_must_be_one(block, words):
    with pytest.raises(ScenarioError, match=words):
        scenarios.parse(changed("optima", {"gram": {"shared": UNIT, "specific": block}}))


def test_a_gram_matrix_of_too_high_a_rank_is_refused():
    document = changed("optima", {"gram": {"shared": UNIT, "specific": UNIT}})
    document["blocks"]["specific"] = 3
    with pytest.raises(ScenarioError, match="rank is 4, but the block has only 3"):
        scenarios.parse(document)


def test_custom_needs_one_list_of_known_blocks_per_task():
    document = changed("updates", {"strategy": "custom"})
    with pytest.raises(ScenarioError, match=r"updates\.trainable is missing"):
        scenarios.parse(document)
    document["updates"]["trainable"] = [["shared"], [], ["shared", "shared"], []]
    with pytest.raises(ScenarioError, match="named twice"):
        scenarios.parse(document)


def test_unreadable_files_are_refused_in_one_line(tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[blocks\n")
    twice = tmp_path / "twice.toml"
    twice.write_text("[tasks]\nsamples = 3\nnoise = 0.1  # little\nnoise = 0.3")
    within = tmp_path / "within.toml"
    within.write_text("[tasks]\nnoise = 0.1\nnoise = 0.3  # much\nsamples = 3\n")
    digits = tmp_path / "digits.toml"
    digits.write_text(f"[blocks]\nshared = 1{'0' * 5000}\n")
    cases = (
        (broken, "not valid TOML"),
        (digits, "not valid TOML"),
        (twice, "not valid TOML: the key noise is there twice"),
        (within, r"the key noise is there twice: .*line 3"),
        (tmp_path, "cannot be read"),
        (tmp_path / "none.toml", "no such file, and no preset"),
    )
    for path, words in cases:
        with pytest.raises(ScenarioError, match=words) as caught:
            scenarios.load(path)
        assert "\n" not in str(caught.value)


def test_the_strategies_say_what_moves():
    def moving(strategy: str, **more: object) -> list[tuple[bool, ...]]:
        changes = {"updates": {"strategy": strategy, **more}}
        return [step.trainable for step in scenarios.parse(GOOD | changes).schedule]

    both, specific = (True, True), (False, True)
    assert moving("initialized") == [both] * 4
    assert moving("frozen") == [both, specific, specific, specific]
    assert moving("frozen", specific=["shared"]) == [both] + [(True, False)] * 3
    custom = moving("custom", trainable=[[], ["specific"], ["shared"], ["shared", "specific"]])
    assert custom == [(False, False), specific, (True, False), both]
    document = GOOD | {"updates": {"strategy": "reinitialized"}}
    assert all(step.reset for step in scenarios.parse(document).schedule)
    with pytest.raises(ScenarioError, match="hybrid"):
        moving("hybrid")


def test_a_single_task_needs_no_distances():
    document = changed("tasks", {"count": 1, "samples": 30, "noise": 0.0})
    document["optima"] = {"norm": {"shared": 1.0, "specific": 0.5}}
    assert scenarios.parse(document).tasks.count == 1


@given(any_scenario())
def test_documents_are_read_back_as_they_were(scenario):
    assert scenarios.parse(scenario.document()) == scenario


@given(any_scenario())
def test_coordinates_have_the_inner_products_of_the_definition(scenario):
    for size, points, wanted in zip(
        scenario.blocks.sizes, scenarios.coordinates(scenario), gram(scenario), strict=True
    ):
        found = (points @ points.T).astype(float)
        np.testing.assert_allclose(found, np.array(wanted, float), rtol=1e-13, atol=1e-13)
        assert np.abs(points[:, size:]).max(initial=0) < 1e-7  # a Gram matrix given in float64


@pytest.mark.parametrize("name", scenarios.preset_names())
def test_presets_are_read_and_documented(name):
    scenario = scenarios.preset(name)
    assert scenario.title != "untitled"
    assert (scenarios.files.PRESETS / f"{name}.toml").read_text().startswith("# ")


def test_a_gram_matrix_from_steps_gives_the_same_coordinates():
    steps = scenarios.preset("returning-tasks")
    tables = [[[float(x) for x in row] for row in block] for block in gram(steps)]
    document = steps.document()
    document["optima"] = {"gram": dict(zip(steps.blocks.names, tables, strict=True))}
    for points in scenarios.coordinates(scenarios.parse(document)):
        np.testing.assert_array_equal(points[0], points[2])  # the task returns, exactly


@pytest.mark.parametrize("key", ["updates.scale", "updates.signal", "optima.direction"])
def test_none_is_no_value_of_a_key_that_has_a_default(key):
    with pytest.raises(ScenarioError, match=f"{key} = None: "):
        scenarios.varied(scenarios.preset("two-close-tasks"), {key: None})


class TestLibrary:
    """The problems that claims and figures are about."""

    FILES = sorted(LIBRARY.glob("*.toml"))

    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
    def test_each_is_a_scenario_and_says_what_it_is_for(self, file):
        assert library(file.stem).title
        first = file.read_text("utf-8").splitlines()[0]
        assert first.startswith("# ")

    def test_there_are_such_files_and_no_others_by_name(self):
        assert len(self.FILES) >= 10
        with pytest.raises(ScenarioError, match="not in the library"):
            library("steady drift")

    @pytest.mark.parametrize("room", ["paper_checks/claims", "figures"])
    def test_claims_and_figures_write_no_problem_down_as_tables(self, room):
        for path in (Path(__file__).parent.parent / room).glob("*.py"):
            assert not re.search(r"(?<![\w.])parse\(", path.read_text("utf-8")), path
