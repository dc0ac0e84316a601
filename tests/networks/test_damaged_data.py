"""Data sets: whatever is damaged is named in one line, and no file runs anything."""

from __future__ import annotations

import gzip
import os
import pickle

import numpy as np
import pytest

from tests.networks.data_files import (
    converted,
    drawn,
    idx,
    same,
    shrink,
    unconverted,
    write_idx,
    wrong,
)
from update_magnitude.simulations.networks.data import load_images


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
            gzip.compress(idx(np.zeros((5, 28, 28))), mtime=0)[:-9],  # its bytes name the test
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
        assert f"{path}: {said}" in unconverted("cifar10", pickled.parent).replace(
            "its labels are ", ""
        ).replace("its images are uint8 of ", "")
    for data in (pickle.dumps(good, 2)[:-200], b"", b"text", b"\x80\x02]R."):
        path.write_bytes(data)
        assert "no pickle of arrays, or a damaged one" in unconverted("cifar10", pickled.parent)


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
        assert f"{path}: refused: it asks for " in unconverted("cifar10", pickled.parent)
        assert not victim.exists()
    pickle.loads(pickle.dumps(Touch(os.mkdir, str(victim)), 2))  # what it would have done
    assert victim.exists()


def test_a_pickle_changes_nothing_that_stays(pickled):
    """A state given to what stands for NumPy's functions is not kept by them."""
    whole = (pickled / "test_batch").read_bytes()
    (pickled / "test_batch").write_bytes(
        b"\x80\x02cnumpy\ndtype\nN}U\x08__code__K\x01s\x86b."  # setattr(dtype, "__code__", 1)
    )
    assert "damaged" in unconverted("cifar10", pickled.parent)
    (pickled / "test_batch").write_bytes(whole)
    images, labels = drawn(12, (32, 32, 3), 10)
    same(
        load_images("cifar10", converted("cifar10", pickled.parent)).test, images[10:], labels[10:]
    )


def test_of_a_part_of_a_set_none_is_made(pickled, monkeypatch):
    shrink(monkeypatch, "cifar10", 11, 2)  # the pickles have 10
    said = unconverted("cifar10", pickled.parent)
    assert "10 train images of shape (32, 32, 3), but CIFAR-10 has 11 of shape" in said
    assert not (pickled.parent / "cifar10").exists()


def test_damaged_pictures(pictures):
    from PIL import Image

    path = pictures / "data_batch_2.png"
    whole = path.read_bytes()
    for data, said in (
        (whole[: len(whole) // 2], "truncated or damaged"),
        (b"text", "it is no picture, or a damaged one"),
    ):
        path.write_bytes(data)
        assert f"{path}: " in unconverted("cifar10", pictures.parent)
        assert said in unconverted("cifar10", pictures.parent)
    Image.new("L", (1024, 2)).save(path)
    assert "mode L, not 1024 of mode RGB" in unconverted("cifar10", pictures.parent)
    path.write_bytes(whole)
    for text, said in (("[0, 1", "no JSON list"), ("{}", "whole numbers"), ("[3]", "1 labels")):
        (pictures / "test_lables.json").write_text(text)
        assert said in unconverted("cifar10", pictures.parent)
    (pictures / "test_lables.json").unlink()
    assert "test_lables.json: no such file" in unconverted("cifar10", pictures.parent)


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
