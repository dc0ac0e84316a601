"""Reading compressed pictures, with Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.packages import installed
from update_magnitude.simulations.networks.data.files import UnreadableError


def sheet(path: Path, width: int) -> NDArray[np.uint8]:
    """A picture as it is, of a known width.

    Args:
        path: the file.
        width: that it must have.

    Returns:
        Red, green and blue, [height, width, 3].

    Raises:
        UnreadableError: if it is no such picture.
    """
    with _opened(path) as picture:
        if picture.width != width or picture.mode != "RGB":
            found = f"{picture.width} pixels of mode {picture.mode}"
            raise UnreadableError(path, f"a row is {found}, not {width} of mode RGB")
        return _pixels(picture, path)


def thumbnail(path: Path, side: int) -> NDArray[np.uint8]:
    """The square in the middle of a picture, in a size that all pictures share.

    Args:
        path: the file.
        side: to which the shorter side is resized; the longer one is cut at both ends.

    Returns:
        Red, green and blue, [side, side, 3].

    Raises:
        UnreadableError: if it is no picture, or a damaged one.
    """
    ops, image = installed("PIL.ImageOps"), installed("PIL.Image")
    with _opened(path) as picture:
        _pixels(picture, path)  # whatever is damaged is found here
        small = ops.fit(picture.convert("RGB"), (side, side), image.Resampling.BICUBIC)
        return _pixels(small, path)


def _opened(path: Path) -> Any:
    image = installed("PIL.Image")
    try:
        with warnings.catch_warnings():
            # Pillow warns of pictures that would fill the memory; here they are damage.
            warnings.simplefilter("error", image.DecompressionBombWarning)
            return image.open(path)
    except FileNotFoundError:
        raise UnreadableError(path, "no such file") from None
    except image.UnidentifiedImageError:
        raise UnreadableError(path, "it is no picture, or a damaged one") from None
    except (image.DecompressionBombWarning, image.DecompressionBombError):
        raise UnreadableError(path, "the picture is far too large") from None
    except OSError as error:
        raise UnreadableError(path, f"cannot be read: {error.strerror}") from None


def _pixels(picture: Any, path: Path) -> NDArray[np.uint8]:
    try:
        return np.array(picture, np.uint8)
    except Exception:  # Pillow's decoders raise what they please: OSError, SyntaxError, ...
        raise UnreadableError(path, "the picture is truncated or damaged") from None
