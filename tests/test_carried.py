"""Images that are carried along in one file: they come back to the bit, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import carried as module
from benchmarks.carried import carried, checksum_of, main, path_of, residues, restored, subset
from tests.carried_files import made_up, write_carried
from tests.networks.data_files import same, shrink, write_idx
from update_magnitude.scenarios import ScenarioError


@pytest.mark.parametrize("high", [256, 4])
def test_predictions_are_undone_whatever_the_images(high):
    images = np.random.default_rng(1).integers(0, high, (6, 5, 7, 3), dtype=np.uint8) * (
        255 // high
    )
    np.testing.assert_array_equal(restored(residues(images)), images)


def test_small_residues_of_either_sign_are_small_numbers():
    images = np.full((1, 2, 3, 3), 100, np.uint8)
    assert set(residues(images)[0, :, 1:].ravel()) == {0}  # after the first row, a constant image
    images[0, 1, 1:] -= 1  # one less than its neighbours, in every colour
    assert residues(images)[0, 1, 1].tolist() == [0, 1, 0]
    assert residues(images)[0, 0, 1].tolist() == [0, 0, 0]  # as in green


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_images_come_back_to_the_bit_from_fewer_bytes(tmp_path, name):
    images = made_up(name)
    found = carried(name, write_carried(tmp_path, name))
    same(found.train, images.train.images, images.train.labels)
    same(found.test, images.test.images, images.test.labels)
    assert (found.name, found.classes) == (name, images.classes)
    size = path_of(name, tmp_path).stat().st_size
    assert size < 0.9 * (images.train.images.nbytes + images.test.images.nbytes)


def test_a_subset_has_the_first_images_of_each_class():
    images = made_up("mnist")
    few = subset(images, 3, 2)
    assert np.bincount(few.train.labels).tolist() == [3] * 10
    same(few.train, images.train.images[:30], images.train.labels[:30])
    assert len(few.test.labels) == 20


def damage(path, how):
    head, _, rest = path.read_bytes().partition(b"\n")
    written = json.loads(head)
    if how == "checksum":
        written["checksum"] = "0" * 32
    if how == "counts":
        written["train"], written["test"] = written["test"], written["train"]
    if how == "truncated":
        rest = rest[:-100]
    if how == "a bit":
        rest = rest[:500] + bytes([rest[500] ^ 1]) + rest[501:]
    if how == "no head":
        head, rest = b"", b""
    path.write_bytes((head and json.dumps(written).encode()) + b"\n" + rest)


@pytest.mark.parametrize("how", ["checksum", "counts", "truncated", "a bit", "no head"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, how):
    path = path_of("mnist", write_carried(tmp_path, "mnist"))
    damage(path, how)
    with pytest.raises(ScenarioError, match=r"mnist\.images: it is damaged.*carried mnist --data"):
        carried("mnist", tmp_path)


def test_the_file_of_another_set_and_none_are_refused(tmp_path):
    path_of("mnist", write_carried(tmp_path, "mnist")).rename(path_of("fashion-mnist", tmp_path))
    with pytest.raises(ScenarioError, match="the file of another data set"):
        carried("fashion-mnist", tmp_path)
    assert checksum_of("mnist", tmp_path) is None
    with pytest.raises(ScenarioError, match="No such file"):
        carried("mnist", tmp_path)


def test_the_command_says_what_it_made_and_whether_that_may_travel(tmp_path, monkeypatch, capsys):
    shrink(monkeypatch, "fashion-mnist", 5, 3)
    train, test = write_idx(tmp_path, "-", True)
    arguments = ["fashion-mnist", "--data", str(tmp_path), "--output", str(tmp_path / "out")]
    assert main(arguments) == 0
    assert "5 + 3 images of 5 + 3" in capsys.readouterr().out
    found = carried("fashion-mnist", tmp_path / "out")
    same(found.train, train[0][..., None], train[1])
    same(found.test, test[0][..., None], test[1])
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    assert main(arguments) == 1
