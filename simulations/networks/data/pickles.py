"""Reading pickles that hold nothing but arrays, lists and text; anything else is refused.

A pickle is a program: what it names is imported and called. This reader knows the few names that
arrays of bytes need, stands its own methods in for them, and imports nothing.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any, Literal

import numpy as np

from update_magnitude.simulations.networks.data.files import UnreadableError, content

ARRAY = "numpy.ndarray"  # a token: arrays are made by the methods below
CALLED = {
    ("numpy", "dtype"): "_type",
    ("numpy.core.multiarray", "_reconstruct"): "_array",
    ("numpy._core.multiarray", "_reconstruct"): "_array",
    ("_codecs", "encode"): "_encoded",
}


def plain(path: Path) -> Any:
    """What a pickle holds; strings of Python 2 are bytes.

    Args:
        path: the file.

    Raises:
        UnreadableError: if it is no pickle, is truncated, or names anything but NumPy's arrays;
            nothing that it names is then imported or called.
    """
    data = content(path)
    try:
        return _with_arrays(_Unpickler(io.BytesIO(data), encoding="bytes").load())
    except _RefusedError as error:
        raise UnreadableError(path, f"refused: it asks for {error}, which no data needs") from None
    except Exception:  # of a damaged pickle anything may come
        raise UnreadableError(path, "it is no pickle of arrays, or a damaged one") from None


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

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, data = state
        if not isinstance(kind, _Type) or not isinstance(data, bytes):
            raise _RefusedError("an array of other things than bytes")
        order: Literal["C", "F"] = "F" if by_columns else "C"
        self.values = np.frombuffer(data, np.uint8).reshape(shape, order=order)


def _with_arrays(found: Any) -> Any:
    """What was read, arrays in the place of what stands for them."""
    if isinstance(found, _Array):
        return found.values
    if isinstance(found, dict):
        return {key: _with_arrays(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_with_arrays(value) for value in found]
    return found


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name in a pickle: a token, or a method, which no pickle can change."""
        if (module, name) == ("numpy", "ndarray"):
            return ARRAY
        if (module, name) not in CALLED:
            raise _RefusedError(f"{module}.{name}")
        return getattr(self, CALLED[module, name])

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
