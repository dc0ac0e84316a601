"""What a release must agree on, with planted disagreements, and how its check reports."""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest
import yaml

import update_magnitude
from tests import release_check
from tests.installed import ROOT, StepError
from tests.release_facts import disagreements, missing, of_versions

VERSION = update_magnitude.__version__
PLACES = ("update_magnitude/__init__.py", "CHANGELOG.md", "CITATION.cff", "docs/cite.md")


@pytest.fixture
def copied(tmp_path):
    """The files that state a version, in a folder in which they may be changed."""
    (tmp_path / "update_magnitude").mkdir()
    (tmp_path / "docs").mkdir()
    for place in PLACES:
        shutil.copy(ROOT / place, tmp_path / place)
    return tmp_path


def change(path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def complete() -> Message:
    metadata = Message()
    for name, value in {
        "Name": "update-magnitude",
        "Version": VERSION,
        "Summary": "short",
        "License-Expression": "Apache-2.0",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.11",
        "Author": "somebody",
        "Description-Content-Type": "text/markdown",
        "Classifier": "Programming Language :: Python :: 3.11",
    }.items():
        metadata[name] = value
    metadata.set_payload("a README\n" * 100)
    return metadata


def test_all_places_state_one_version():
    assert disagreements(ROOT, []) == []


@pytest.mark.parametrize("place", PLACES)
def test_another_version_in_one_place_is_noticed(copied, place):
    assert disagreements(copied, []) == []
    change(copied / place, VERSION, "9.9.9")
    wrong = disagreements(copied, [])
    assert wrong
    assert all("9.9.9" in entry for entry in wrong)


def test_a_version_that_is_missing_is_noticed(copied):
    (copied / "CITATION.cff").unlink()
    assert disagreements(copied, []) == [f"CITATION.cff says no version, the package {VERSION}"]


def test_a_newer_heading_counts_and_not_an_older_one(copied):
    change(copied / "CHANGELOG.md", f"## {VERSION}", f"## 9.9.9 (2030-01-01)\n\n## {VERSION}")
    (wrong,) = disagreements(copied, [])
    assert wrong.startswith("the first heading of CHANGELOG.md says 9.9.9")


def test_a_tag_must_be_that_of_the_version_and_the_heading_dated(copied):
    (undated,) = disagreements(copied, [f"v{VERSION}"])
    assert "no date" in undated
    change(copied / "CHANGELOG.md", "(unreleased)", "(2030-01-01)")
    assert disagreements(copied, [f"v{VERSION}", "reviewed"]) == []
    assert disagreements(copied, ["v9.9.9"]) == [f"the tag at HEAD is v9.9.9, not v{VERSION}"]


def test_only_v_and_a_digit_is_a_tag_of_a_version():
    assert of_versions(["v1.0", "very-old", "reviewed", "v0.9"]) == ["v0.9", "v1.0"]


def test_complete_metadata_lack_nothing():
    assert missing(complete(), ["3.11"]) == []


@pytest.mark.parametrize(
    "name", ["Summary", "License-Expression", "License-File", "Author", "Requires-Python"]
)
def test_what_metadata_lack_is_named(name):
    metadata = complete()
    del metadata[name]
    assert missing(metadata, ["3.11"]) == [name]


def test_a_description_or_a_python_that_is_missing_is_named():
    metadata = complete()
    metadata.set_payload("")
    lacks = missing(metadata, ["3.11", "3.13"])
    assert lacks == [
        "a description: the README",
        "Classifier 'Programming Language :: Python :: 3.13'",
    ]


def test_a_step_that_fails_says_what_and_why_and_decides_the_status(monkeypatch, capsys):
    def breaks(*_: object) -> None:
        raise StepError("no compiler")

    monkeypatch.setattr(release_check, "build", breaks)
    monkeypatch.setattr(release_check, "_choose", lambda pythons, named: "none")
    assert release_check.main([]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert "FAILED  build: no compiler" in shown
    assert shown[-1] == "1 failed"


def write_packages(folder: Path) -> None:
    """A wheel and an sdist with no more in them than complete metadata."""
    text = complete().as_bytes()
    with zipfile.ZipFile(folder / "a-1-py3-none-any.whl", "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", text)
    with tarfile.open(folder / "a-1.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("a-1/PKG-INFO")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))


def test_without_a_failure_the_status_is_0(monkeypatch, capsys):
    monkeypatch.setattr(release_check, "build", write_packages)
    monkeypatch.setattr(release_check, "_choose", lambda pythons, named: "none")
    assert release_check.main([]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "all steps went well"
    assert "sdist: metadata" in shown
    assert "wheel: metadata" in shown


def test_a_build_without_a_wheel_fails(monkeypatch, capsys):
    monkeypatch.setattr(release_check, "build", lambda folder: None)
    monkeypatch.setattr(release_check, "_choose", lambda pythons, named: "none")
    assert release_check.main([]) == 1
    assert "one sdist and one wheel were expected" in capsys.readouterr().out


def test_an_interpreter_that_does_not_start_is_none(tmp_path):
    broken = tmp_path / "python3.99"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert release_check.version_of(str(broken)) is None
    assert release_check.version_of(str(tmp_path / "absent")) is None
    with pytest.raises(StepError, match="found too few"):
        release_check._choose({}, [str(broken)])


def test_the_citation_has_what_others_read():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "license", "abstract"} <= set(cited)
    assert str(cited["version"]) == VERSION
    (paper,) = cited["references"]
    assert [author["family-names"] for author in paper["authors"]] == ["He", "Bai", "Yang"]
    assert [entry["value"] for entry in paper["identifiers"]] == ["arXiv:2602.20796"]
