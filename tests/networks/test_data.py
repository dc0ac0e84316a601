"""Data sets: what is written is read back, and whatever is damaged is named in one line."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scenarios import ScenarioError
from simulations.networks.data import DATA_SETS, load_images
from tests.networks.data_files import (
    drawn,
    idx,
    planes,
    python_2,
    shrink,
    write_binary,
    write_cub,
    write_idx,
    write_pickled,
    write_sheets,
)

BATCHES = [f"data_batch_{number}" for number in range(1, 6)]


def wrong(name: str, folder: Path | None) -> str:
    """The one line that says what is wrong with a data set."""
    with pytest.raises(ScenarioError) as caught:
        load_images(name, folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def same(split, images, labels) -> None:
    assert split.images.dtype == np.uint8
    assert split.labels.dtype == np.int32
    np.testing.assert_array_equal(split.images, images)
    np.testing.assert_array_equal(split.labels, labels)


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small MNIST, not packed; its folder."""
    shrink(monkeypatch, "mnist", 5, 3)
    write_idx(tmp_path / "mnist", packed=False)
    return tmp_path / "mnist"


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in binary files; their folder."""
    shrink(monkeypatch, "cifar10", 10, 2)
    folder = tmp_path / "cifar-10-batches-bin"
    write_binary(folder, [f"{name}.bin" for name in (*BATCHES, "test_batch")], 1, 10)
    return folder


@pytest.fixture
def pickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in pickles; their folder."""
    shrink(monkeypatch, "cifar10", 10, 2)
    folder = tmp_path / "cifar-10-batches-py"
    write_pickled(folder, [*BATCHES, "test_batch"], "labels", 10)
    return folder


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small CIFAR-10 in pictures; their folder."""
    pytest.importorskip("PIL")
    shrink(monkeypatch, "cifar10", 10, 2)
    write_sheets(tmp_path / "cifar10")
    return tmp_path / "cifar10"


@pytest.fixture
def birds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six birds; their folder."""
    pytest.importorskip("PIL")
    shrink(monkeypatch, "cub200", 4, 2)
    write_cub(tmp_path / "CUB_200_2011")
    return tmp_path / "CUB_200_2011"


def test_digits_are_split_class_by_class():
    sklearn = pytest.importorskip("sklearn.datasets")
    found = load_images("digits", None)
    train, test = (np.bincount(of.labels).tolist() for of in (found.train, found.test))
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
    found = load_images("cifar10", pickled.parent)
    same(found.train, images[:10], labels[:10])
    same(found.test, images[10:], labels[10:])
    meta = pickle.dumps({b"label_names": [letter.encode() for letter in "abcdefghij"]}, 2)
    (pickled / "batches.meta").write_bytes(meta)
    assert load_images("cifar10", pickled.parent).classes == tuple("abcdefghij")


def test_a_pickle_of_python_2(pickled):
    images, labels = drawn(2, (32, 32, 3), 10, seed=1)
    (pickled / "test_batch").write_bytes(python_2(planes(images), labels.tolist()))
    same(load_images("cifar10", pickled.parent).test, images, labels)


def test_cifar10_pictures(pictures):
    images, labels = drawn(12, (32, 32, 3), 10)
    found = load_images("cifar10", pictures.parent)
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
    found = load_images("cifar100", tmp_path)
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
    for folder in (tmp_path, tmp_path / "none"):
        text = wrong(name, folder)
        assert f"--data = {folder}: no files of {name}" in text
        assert f"update-magnitude data fetch {name} --data {folder}" in text


def head(*sizes: int) -> bytes:
    return bytes((0, 0, 8, len(sizes))) + b"".join(size.to_bytes(4, "big") for size in sizes)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("train-images-idx3-ubyte", None, "no such file"),
        ("train-images-idx3-ubyte", b"", "bad magic number"),
        ("train-images-idx3-ubyte", idx(np.zeros(5)), "bad magic number"),
        ("train-images-idx3-ubyte", head(5, 28, 28)[:10], "truncated within its header"),
        ("train-images-idx3-ubyte", head(5, 28, 28) + bytes(99), "truncated after 115 of 3,936"),
        ("train-images-idx3-ubyte", head(2**32 - 1, 28, 28), "says 4,294,967,295 entries"),
        ("train-images-idx3-ubyte", idx(np.zeros((5, 28, 28))) + b"x", "longer than the 3,936"),
        ("train-images-idx3-ubyte", idx(np.zeros((5, 32, 28))), "32 x 28 pixels, not 28 x 28"),
        ("train-images-idx3-ubyte.gz", b"plain", "no gzip file"),
        (
            "train-images-idx3-ubyte.gz",
            gzip.compress(idx(np.zeros((5, 28, 28))))[:-9],
            "truncated or damaged",
        ),
        ("train-labels-idx1-ubyte", idx(np.zeros(4)), "4 labels for 5 images"),
        ("train-labels-idx1-ubyte", idx(np.array([0, 1, 2, 10, 3])), "label 10 is out of range"),
    ],
)
def test_damaged_idx(mnist, name, data, said):
    path = mnist / name
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)
    text = wrong("mnist", mnist.parent)
    assert said in text
    assert str(path) in text
    assert text.endswith(f"update-magnitude data fetch mnist --data {mnist.parent}")


def test_too_few_images(tmp_path):
    write_idx(tmp_path)
    assert "5 train images of shape (28, 28, 1), but MNIST has 60,000" in wrong("mnist", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(mnist):
    (mnist / "train-images-idx3-ubyte").chmod(0)
    assert "cannot be read: Permission denied" in wrong("mnist", mnist.parent)


def test_damaged_cifar_binary(binary):
    path = binary / "data_batch_3.bin"
    whole = path.read_bytes()
    for data, said in (
        (whole[:-1], f"{path}: truncated or damaged: 6,145 bytes are no multiple of 3,073"),
        (b"", f"{path}: truncated or damaged: 0 bytes"),
        (b"\x0a" + whole[1:], f"{path}: label 10 is out of range: 0 to 9"),
        (whole[:3073], "9 train images"),
    ):
        path.write_bytes(data)
        assert said in wrong("cifar10", binary.parent)
    path.unlink()
    assert f"{path}: no such file" in wrong("cifar10", binary.parent)
    path.write_bytes(whole)
    (binary / "batches.meta.txt").write_text("cat\ndog\n")
    assert "batches.meta.txt: it names 2 classes, not 10" in wrong("cifar10", binary.parent)


def test_damaged_pickles(pickled):
    path = pickled / "data_batch_1"
    good = {"data": np.zeros((2, 3072), np.uint8), "labels": [0, 1]}
    for held, said in (
        ({**good, "labels": [0, 10]}, "label 10 is out of range"),
        ({**good, "labels": [0, "cat"]}, "no list of whole numbers"),
        ({**good, "labels": [[0], [1, 2]]}, "no list of whole numbers"),
        ({**good, "labels": [0]}, "there are 1 labels for 2 images"),
        ({**good, "data": good["data"][:, 1:]}, "shape (2, 3071), not uint8 of shape (n, 3072)"),
        ({**good, "data": good["data"] + 0.5}, "refused: it asks for numbers of type"),
        ({**good, "data": np.array([None])}, "refused: it asks for numbers of type 'O8'"),
        ({"data": good["data"]}, "it holds no 'labels'"),
        ([], "it holds no 'data'"),
    ):
        path.write_bytes(pickle.dumps(held, 2))
        assert f"{path}: {said}" in wrong("cifar10", pickled.parent).replace(
            "its labels are ", ""
        ).replace("its images are uint8 of ", "")
    for data in (pickle.dumps(good, 2)[:-200], b"", b"text", b"\x80\x02]R."):
        path.write_bytes(data)
        assert "no pickle of arrays, or a damaged one" in wrong("cifar10", pickled.parent)


class Touch:
    """Pickled, it asks for a function to be called when it is read."""

    def __init__(self, function, *arguments):
        self.asked = function, arguments

    def __reduce__(self):
        return self.asked


def test_a_malicious_pickle_is_refused_and_does_nothing(pickled, tmp_path):
    path, victim = pickled / "test_batch", tmp_path / "victim"
    for function, arguments in (
        (os.mkdir, (str(victim),)),
        (eval, (f"__import__('os').mkdir({str(victim)!r})",)),
        (np.load, (str(victim),)),
        (np.frombuffer, (b"12",)),
    ):
        data = pickle.dumps({b"data": Touch(function, *arguments)}, 2)
        path.write_bytes(data)
        assert f"{path}: refused: it asks for " in wrong("cifar10", pickled.parent)
        assert not victim.exists()
    pickle.loads(pickle.dumps(Touch(os.mkdir, str(victim)), 2))  # what it would have done
    assert victim.exists()


def test_a_pickle_changes_nothing_that_stays(pickled):
    """A state given to what stands for NumPy's functions is not kept by them."""
    from simulations.networks.data import pickles

    (pickled / "test_batch").write_bytes(
        b"\x80\x02cnumpy\ndtype\nN}U\x08__code__K\x01s\x86b."  # setattr(dtype, "__code__", 1)
    )
    assert "damaged" in wrong("cifar10", pickled.parent)
    assert pickles._Unpickler._type.__defaults__ is None


def test_damaged_pictures(pictures):
    from PIL import Image

    path = pictures / "data_batch_2.png"
    whole = path.read_bytes()
    for data, said in (
        (whole[: len(whole) // 2], "truncated or damaged"),
        (b"text", "it is no picture, or a damaged one"),
    ):
        path.write_bytes(data)
        assert f"{path}: " in wrong("cifar10", pictures.parent)
        assert said in wrong("cifar10", pictures.parent)
    Image.new("L", (1024, 2)).save(path)
    assert "mode L, not 1024 of mode RGB" in wrong("cifar10", pictures.parent)
    path.write_bytes(whole)
    for text, said in (("[0, 1", "no JSON list"), ("{}", "whole numbers"), ("[3]", "1 labels")):
        (pictures / "test_lables.json").write_text(text)
        assert said in wrong("cifar10", pictures.parent)
    (pictures / "test_lables.json").unlink()
    assert "test_lables.json: no such file" in wrong("cifar10", pictures.parent)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("images.txt", "1 1.png", "1 ../1.png", "leads out of the folder"),
        ("images.txt", "1 1.png", "1 none.png", "none.png: no such file"),
        ("images.txt", "1 1.png", "one", "the line 'one' is not a new number"),
        ("image_class_labels.txt", "6 200", "6 201", "label 200 is out of range: 0 to 199"),
        ("image_class_labels.txt", "6 200", "6 x", "no whole numbers"),
        ("image_class_labels.txt", "6 200", "7 200", "other images than images.txt"),
        ("train_test_split.txt", "1 1", "1 2", "'2' is neither 0 (test) nor 1 (train)"),
        ("train_test_split.txt", "1 1", "1 0", "3 train images"),
        ("classes.txt", "200 200.Bird_200", "", "it names 199 classes, not 200"),
    ],
)
def test_damaged_birds(birds, name, old, new, said):
    path = birds / name
    path.write_text(path.read_text().replace(old, new, 1))
    assert said in wrong("cub200", birds.parent)


def test_a_damaged_photograph(birds):
    path = birds / "images" / "2.png"
    path.write_bytes(path.read_bytes()[:60])
    text = wrong("cub200", birds.parent)
    assert f"{path}: the picture is truncated or damaged; fetch it anew" in text


@pytest.mark.parametrize(("name", "module"), [("digits", "scikit-learn"), ("cifar10", "pillow")])
def test_what_is_not_installed_is_named(tmp_path, monkeypatch, name, module):
    (tmp_path / "data_batch_1.png").touch()
    for missing in ("sklearn", "sklearn.datasets", "PIL", "PIL.Image"):
        monkeypatch.setitem(sys.modules, missing, None)
    text = wrong(name, tmp_path)
    assert text.startswith(f"{module} is not installed")
    assert text.endswith("pip install 'update-magnitude[networks]'")


def test_asking_what_there_is_loads_nothing_heavy():
    code = (
        "import sys\nimport simulations.networks.data.command as command\n"
        "command.list_all(None, True)\n"
        "heavy = {'jax', 'sklearn', 'PIL', 'pooch', 'requests', 'xarray'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [of["name"] for of in told] == list(DATA_SETS)
    assert all(of["found"] is None and of["files"] and of["source"] for of in told)
