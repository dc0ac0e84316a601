"""The published JSON Schemas: they take what is right, and refuse what is wrong."""

from __future__ import annotations

import copy
import json
import runpy
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.made_up import any_scenario
from tests.test_scenarios import BAD, GOOD, TOO_LARGE, changed
from update_magnitude import scenarios
from update_magnitude.paper_checks import PROFILES, check_claims
from update_magnitude.paper_checks.reports import document
from update_magnitude.scenarios import ScenarioError

FOLDER = Path(__file__).parent.parent / "docs" / "schemas"
WRITTEN = runpy.run_path(str(FOLDER / "write.py"))["texts"]()
# What is wrong between several keys, which ``parse`` alone sees.
SEVERAL = {
    *("blocks.specific", "tasks.samples", "optima.norm.specifc", "optima.distance.specific"),
    *("optima", "updates.scale", "updates.specific"),
}
LARGE = {"tasks.count", "tasks.noise", "optima.norm.shared"}  # JSON can hold these
WRONG = [(key, case[0]) for key, case in BAD.items() if key not in SEVERAL]
WRONG += [(key, TOO_LARGE[key][0]) for key in sorted(LARGE)]
UPDATES = [
    {"strategy": "custom"},
    {"strategy": "frozen", "trainable": [[]] * 4},
    {"strategy": "custom", "trainable": [["shared", "shared"], [], [], []]},
    {"strategy": "hybrid", "signal": "distance"},
    {"strategy": "hybrid", "signal": "distance", "threshold": -1.0},
    {"strategy": "hybrid", "signal": "common", "threshold": 2.0},
    {"strategy": "hybrid", "threshold": 2.0},
    {"strategy": "hybrid", "signal": "nearness"},
]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / name).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


SCENARIO = validator("scenario.json")


@pytest.fixture(scope="module")
def report():
    outcome = check_claims(["task-order"], PROFILES["quick"], seed=5, engines=["law"])
    return json.loads(json.dumps(document(outcome)))


@pytest.mark.parametrize("name", WRITTEN)
def test_schemas_are_those_of_the_code(name):
    assert (FOLDER / name).read_bytes() == WRITTEN[name], "run python docs/schemas/write.py"


@pytest.mark.parametrize("name", scenarios.preset_names())
def test_presets_are_scenarios_by_their_schema(name):
    text = (scenarios.files.PRESETS / f"{name}.toml").read_text("utf-8")
    for tables in (tomllib.loads(text), scenarios.preset(name).document()):
        SCENARIO.validate(tables)


@given(any_scenario())
def test_the_schema_refuses_no_scenario(scenario):
    SCENARIO.validate(scenario.document())


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_wrong_value_is_refused(key, value):
    assert not SCENARIO.is_valid(changed(key, value))


@pytest.mark.parametrize("key", ["blocks", "tasks", "optima", "updates"])
def test_a_missing_table_is_refused(key):
    assert SCENARIO.is_valid(GOOD)
    assert not SCENARIO.is_valid({name: table for name, table in GOOD.items() if name != key})


@pytest.mark.parametrize("updates", UPDATES, ids=str)
def test_updates_that_contradict_themselves_are_refused(updates):
    tables = changed("updates", updates)
    assert not SCENARIO.is_valid(tables)
    with pytest.raises(ScenarioError):
        scenarios.parse(tables)


def test_steps_are_needed_but_of_a_single_task():
    norm = {"norm": {"shared": 1.0, "specific": 0.5}}
    several = changed("optima", norm)
    single = several | {"tasks": {"count": 1, "samples": 30, "noise": 0.3}}
    both = changed("optima.gram", {"shared": [[1.0]], "specific": [[1.0]]})
    assert [SCENARIO.is_valid(tables) for tables in (several, single, both)] == [False, True, False]


def test_reports_and_their_rows_have_the_published_form(report):
    validator("report.json").validate(report)
    for claim in report["claims"]:
        validator("check.json").validate(claim["predictions"])
        for setting in claim["scenarios"].values():
            SCENARIO.validate(setting)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("verdict", "perhaps"),
        ("ordering", "beside"),
        ("z", "large"),
        ("replicates", 1.5),
        ("controls", [{"name": "half"}]),
        ("place", {"curve": "F"}),
        ("scenario", None),
    ],
)
def test_a_row_of_another_form_is_refused(report, key, value):
    rows = copy.deepcopy(report["claims"][0]["predictions"])
    rows[0][key] = value
    assert not validator("check.json").is_valid(rows)
    del rows[0][key]
    assert not validator("check.json").is_valid(rows)


def test_a_report_of_another_schema_is_refused_and_new_keys_are_not(report):
    assert validator("report.json").is_valid(report | {"of a later version": 1})
    assert not validator("report.json").is_valid(report | {"schema": 2})
    assert not validator("report.json").is_valid(
        {key: value for key, value in report.items() if key != "summary"}
    )
