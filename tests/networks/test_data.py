"""Data sets: what is written in the formats of the large ones is read back."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.networks.data_files import (
    converted,
    drawn,
    planes,
    python_2,
    same,
    shrink,
    unconverted,
    write_binary,
    write_idx,
    write_pickled,
    wrong,
)
from update_magnitude.commands.data import list_all
from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.data import DATA_SETS, load_images


def test_digits_are_split_class_by_class():
    sklearn = pytest.importorskip("sklearn.datasets")
    found = load_images("digits", None)
    train, test = (np.bincount(entry.labels).tolist() for entry in (found.train, found.test))
    assert test == [44, 45, 44, 45, 45, 45, 45, 44, 43, 45]
    assert np.add(train, test).tolist() == np.bincount(sklearn.load_digits().target).tolist()
    assert found.classes == tuple("0123456789")
    assert (found.train.images.min(), found.train.images.max()) == (0, 255)
    first = np.round(sklearn.load_digits().images[0] * 255 / 16)
    np.testing.assert_array_equal(found.train.images[0, :, :, 0], first)
    again = load_images("digits", None)
    same(again.test, found.test.images, found.test.labels)


@pytest.mark.parametrize("dash", ["-", "."])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("within", [True, False])
def test_idx(tmp_path, monkeypatch, dash, packed, within):
    shrink(monkeypatch, "fashion-mnist", 5, 3)
    folder = tmp_path / "fashion-mnist" if within else tmp_path
    train, test = write_idx(folder, dash, packed)
    found = load_images("fashion-mnist", tmp_path)
    same(found.train, train[0][..., None], train[1])
    same(found.test, test[0][..., None], test[1])
    assert found.classes[9] == "Ankle boot"


def test_cifar10_binary(binary):
    images, labels = drawn(12, (32, 32, 3), 10)
    found = load_images("cifar10", binary.parent)
    same(found.train, images[:10], labels[:10])
    same(found.test, images[10:], labels[10:])
    assert found.classes[:2] == ("airplane", "automobile")
    (binary / "batches.meta.txt").write_text("\n".join("abcdefghij") + "\n\n")
    assert load_images("cifar10", binary.parent).classes == tuple("abcdefghij")


def test_cifar10_pickled(pickled):
    images, labels = drawn(12, (32, 32, 3), 10)
    text = wrong("cifar10", pickled.parent)  # they are turned into the binary form, once
    assert "where cifar-10-batches-py" in text
    found = load_images("cifar10", converted("cifar10", pickled.parent))
    same(found.train, images[:10], labels[:10])
    same(found.test, images[10:], labels[10:])
    meta = pickle.dumps({b"label_names": [letter.encode() for letter in "abcdefghij"]}, 2)
    (pickled / "batches.meta").write_bytes(meta)
    shutil.rmtree(pickled.parent / "cifar10")
    folder = converted("cifar10", pickled.parent)
    assert load_images("cifar10", folder).classes == tuple("abcdefghij")


def test_a_pickle_of_python_2(pickled):
    images, labels = drawn(2, (32, 32, 3), 10, seed=1)
    (pickled / "test_batch").write_bytes(python_2(planes(images), labels.tolist()))
    same(load_images("cifar10", converted("cifar10", pickled.parent)).test, images, labels)


def test_cifar10_pictures(pictures):
    images, labels = drawn(12, (32, 32, 3), 10)
    found = load_images("cifar10", converted("cifar10", pictures.parent))
    same(found.train, images[:10], labels[:10])
    same(found.test, images[10:], labels[10:])


@pytest.mark.parametrize("form", ["binary", "python"])
def test_cifar100_has_its_fine_labels(tmp_path, monkeypatch, form):
    shrink(monkeypatch, "cifar100", 2, 2)
    folder = tmp_path / "cifar100" / f"cifar-100-{form}"
    if form == "binary":
        images, labels = write_binary(folder, ["train.bin", "test.bin"], 2, 100)
    else:
        images, labels = write_pickled(folder, ["train", "test"], "fine_labels", 100)
    found = load_images(
        "cifar100", tmp_path if form == "binary" else converted("cifar100", tmp_path)
    )
    same(found.train, images[:2], labels[:2])
    same(found.test, images[2:], labels[2:])
    assert found.classes[17] == "class 17"


def test_cub(birds):
    found = load_images("cub200", birds.parent)
    assert found.train.images.shape == (4, 64, 64, 3)
    assert found.train.labels.tolist() == [0, 1, 2, 3]
    assert found.test.labels.tolist() == [4, 199]
    assert found.classes[0] == "Bird 1"
    assert found.train.images[:, 0, 0].tolist()[:2] == [[0, 250, 0], [0, 0, 250]]
    assert (found.test.images[0] == 128).all()  # gray became red, green and blue


def test_the_middle_of_a_photograph_is_kept(birds):
    from PIL import Image

    left = Image.new("RGB", (300, 100), (255, 0, 0))
    left.paste((0, 0, 255), (100, 0, 200, 100))
    left.save(birds / "images" / "1.png")
    kept = load_images("cub200", birds.parent).train.images[0].astype(int)
    assert (kept[:, 4:-4] == [0, 0, 255]).all()


def test_names_that_are_none():
    text = wrong("mnits", None)
    assert text.startswith("'mnits' is no data set; known: digits, mnist")


@pytest.mark.parametrize("name", [name for name in DATA_SETS if name != "digits"])
def test_no_folder_and_no_files(tmp_path, name):
    assert "--data DIR" in wrong(name, None)
    text = wrong(name, tmp_path)
    assert f"--data = {tmp_path}: no files of {name}" in text
    assert f"update-magnitude data fetch {name} --data {tmp_path}" in text


@pytest.mark.parametrize(("name", "module"), [("digits", "scikit-learn"), ("cifar10", "pillow")])
def test_what_is_not_installed_is_named(tmp_path, monkeypatch, name, module):
    (tmp_path / "data_batch_1.png").touch()
    for missing in ("sklearn", "sklearn.datasets", "PIL", "PIL.Image"):
        monkeypatch.setitem(sys.modules, missing, None)
    text = wrong(name, tmp_path) if name == "digits" else unconverted(name, tmp_path)
    assert text.startswith(f"{module} is not installed")
    assert text.endswith("pip install 'update-magnitude[networks]'")


def test_asking_what_there_is_loads_nothing_heavy():
    code = (
        "import sys\nimport update_magnitude.commands.data as command\n"
        "command.list_all(None, True)\n"
        "heavy = {'jax', 'sklearn', 'PIL', 'pooch', 'requests', 'xarray'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [entry["name"] for entry in told] == list(DATA_SETS)
    assert all(entry["found"] is None and entry["files"] and entry["source"] for entry in told)


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_folder_that_is_not_there_is_no_folder_without_data(tmp_path, name):
    (tmp_path / "file").touch()
    for folder, said in (("none", "there is no such folder"), ("file", "it is a file, not a fold")):
        with pytest.raises(ScenarioError, match=rf"--data = .*{folder}: {said}"):
            list_all(tmp_path / folder, as_json=True)
        assert said in wrong(name, tmp_path / folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_folder_that_may_not_be_looked_into(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    assert "there is no such folder" in wrong("mnist", tmp_path / "closed" / "within")
