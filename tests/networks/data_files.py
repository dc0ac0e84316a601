"""Small data sets in the formats of the large ones, written byte by byte."""

from __future__ import annotations

import gzip
import json
import pickle
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.simulations.networks.data import load_images
from update_magnitude.simulations.networks.data.fetch import fetch
from update_magnitude.simulations.networks.data.sets import DATA_SETS

BATCHES = [f"data_batch_{number}" for number in range(1, 6)]


def wrong(name: str, folder: Path | None) -> str:
    """The one line that says what is wrong with a data set."""
    with pytest.raises(ScenarioError) as caught:
        load_images(name, folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def converted(name: str, folder: Path) -> Path:
    """The folder of a data set, made of the packaging of it that lies there, without a network."""
    done = fetch(name, folder, lambda file, share: None, "http://127.0.0.1:1/")
    assert (done.folder, done.downloaded) == (folder / name, ())
    return folder


def unconverted(name: str, folder: Path) -> str:
    """The one line that says what is wrong with a packaging of which a set is to be made."""
    with pytest.raises(ScenarioError) as caught:
        fetch(name, folder, lambda file, share: None, "http://127.0.0.1:1/")
    text = str(caught.value)
    assert "\n" not in text
    return text


def same(split, images, labels) -> None:
    assert split.images.dtype == np.uint8
    assert split.labels.dtype == np.int32
    np.testing.assert_array_equal(split.images, images)
    np.testing.assert_array_equal(split.labels, labels)


def shrink(monkeypatch: pytest.MonkeyPatch, name: str, train: int, test: int) -> None:
    """Let a data set have few images, as those of tests have."""
    monkeypatch.setitem(DATA_SETS, name, replace(DATA_SETS[name], train=train, test=test))


def drawn(count: int, shape: tuple[int, ...], classes: int, seed: int = 0):
    """Images of random bytes, and labels in which no class is missing at the ends."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (count, *shape), np.uint8)
    labels = random.integers(0, classes, count)
    labels[:2] = 0, classes - 1
    return images, labels


def idx(array: NDArray[np.uint8]) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes((0, 0, 8, array.ndim)) + sizes + array.astype(np.uint8).tobytes()


def write_idx(folder: Path, dash: str = "-", packed: bool = True):
    """Five training images and three for testing."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for split, count in (("train", 5), ("t10k", 3)):
        made[split] = images, labels = drawn(count, (28, 28), 10, count)
        for part, array in ((f"images{dash}idx3", images), (f"labels{dash}idx1", labels)):
            data = idx(array)
            path = folder / f"{split}-{part}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    return made["train"], made["t10k"]


def planes(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows as CIFAR has them: all red pixels, then all green ones, then all blue ones."""
    return np.stack([images[..., color].reshape(len(images), -1) for color in range(3)], 1).reshape(
        len(images), -1
    )


def write_binary(folder: Path, names: list[str], before: int, classes: int):
    """Files of two images each, with so many bytes of labels, of which the last counts."""
    folder.mkdir(parents=True)
    images, labels = drawn(2 * len(names), (32, 32, 3), classes)
    rows = np.hstack([np.full((len(labels), before - 1), 7), labels[:, None], planes(images)])
    for number, name in enumerate(names):
        part = rows[2 * number : 2 * number + 2].astype(np.uint8)
        (folder / name).write_bytes(part.tobytes())
    return images, labels


def write_pickled(folder: Path, names: list[str], key: str, classes: int):
    """The same as pickles that Python 3 writes for Python 2."""
    folder.mkdir(parents=True)
    images, labels = drawn(2 * len(names), (32, 32, 3), classes)
    for number, name in enumerate(names):
        part = slice(2 * number, 2 * number + 2)
        held = {b"data": planes(images)[part], key.encode(): labels[part].tolist()}
        (folder / name).write_bytes(pickle.dumps(held, protocol=2))
    return images, labels


def python_2(rows: NDArray[np.uint8], labels: list[int]) -> bytes:
    """A batch, opcode by opcode, as Python 2 and an old NumPy wrote it."""
    sizes = b"".join(b"M" + struct.pack("<H", size) for size in rows.shape)
    state = b"(K\x01" + sizes + b"\x86cnumpy\ndtype\n(U\x02u1K\x00K\x01tR"
    state += b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    state += b"T" + struct.pack("<i", rows.size) + rows.tobytes() + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR" + state
    listed = b"](" + b"".join(b"K" + bytes((label,)) for label in labels) + b"e"
    return b"\x80\x02}(U\x04data" + array + b"U\x06labels" + listed + b"u."


def write_sheets(folder: Path):
    """Two images in each picture, one a row."""
    from PIL import Image

    folder.mkdir(parents=True)
    images, labels = drawn(12, (32, 32, 3), 10)
    for number, name in enumerate(f"{batch}.png" for batch in (*BATCHES, "test_batch")):
        row = images[2 * number : 2 * number + 2].reshape(2, 1024, 3)
        Image.fromarray(row).save(folder / name)
    (folder / "train_lables.json").write_text(json.dumps(labels[:10].tolist()))
    (folder / "test_lables.json").write_text(json.dumps(labels[10:].tolist()))
    return images, labels


def write_cub(folder: Path) -> None:
    """Six photographs of three colours; the fifth is gray, and all are wider or higher than 64."""
    from PIL import Image

    (folder / "images").mkdir(parents=True)
    lists: dict[str, list[str]] = {"images": [], "image_class_labels": [], "train_test_split": []}
    for number in range(1, 7):
        size = (100, 70) if number % 2 else (70, 130)
        gray = number == 5
        color = 128 if gray else [(250, 0, 0), (0, 250, 0), (0, 0, 250)][number % 3]
        Image.new("L" if gray else "RGB", size, color).save(folder / f"images/{number}.png")
        lists["images"].append(f"{number} {number}.png")
        lists["image_class_labels"].append(f"{number} {200 if number == 6 else number}")
        lists["train_test_split"].append(f"{number} {int(number <= 4)}")
    lists["classes"] = [f"{number} {number:03}.Bird_{number}" for number in range(1, 201)]
    for name, content in lists.items():
        (folder / f"{name}.txt").write_text("\n".join(content) + "\n")
