"""Reading compressed pictures, with Pillow: as a person sees them, or not at all.

Whatever a file can hold beside one opaque picture in plain colours or greys would have to be
guessed at: what shows through transparent pixels, which of several frames is meant, which inks
stand behind four colours. Such a file is refused by name.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios.packages import installed
from update_magnitude.simulations.networks.data.files import UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

MODES = ("1", "L", "P", "RGB", "LA", "PA", "RGBA")  # of Pillow, that have one meaning
GREY_16 = 257  # steps of a grey of 16 bits that make one of 8 bits: 65535 / 255
OPAQUE = 255
DAMAGED = "the picture is truncated or damaged"
TURNED = 0x0112  # the EXIF tag that says how a camera was held; 1 is upright
TURNS = {  # what brings a picture upright, by the value of that tag
    **{2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"},
    **{6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"},
}


def sheet(path: Path, width: int) -> NDArray[np.uint8]:
    """Red, green and blue of a picture as it is, of a known width, [height, width, 3]."""
    with _opened(path) as picture:
        if picture.width != width or picture.mode != "RGB":
            given = f"{picture.width} pixels of mode {picture.mode}"
            raise UnreadableError(path, f"a row is {given}, not {width} of mode RGB")
        if _loaded(picture, path).getexif().get(TURNED) in TURNS:
            raise UnreadableError(path, "it is to be turned before it is seen; rows would mix")
        return _plain(picture, path)


def thumbnail(path: Path, side: int) -> NDArray[np.uint8]:
    """Red, green and blue of the square in the middle of a picture, resized, [side, side, 3].

    A photograph is turned upright as its EXIF data say. Greys of 16 bits are scaled to 8 bits; of
    colours of 16 bits Pillow keeps the upper 8. An UnreadableError names a picture of which it
    would be a guess how it looks: with transparent pixels, several frames, or inks.
    """
    ops, image = installed("PIL.ImageOps"), installed("PIL.Image")
    with _opened(path) as picture:
        colours = _plain(_loaded(picture, path), path)
        turn = TURNS.get(picture.getexif().get(TURNED, 1))
    seen = image.fromarray(colours)
    upright = seen if turn is None else seen.transpose(image.Transpose[turn])
    return np.array(ops.fit(upright, (side, side), image.Resampling.BICUBIC), np.uint8)


def _opened(path: Path) -> Image:
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
        if error.errno is None:  # of a decoder, not of the system
            raise UnreadableError(path, DAMAGED) from None
        raise UnreadableError(path, f"cannot be read: {error.strerror}") from None
    except Exception:  # of a part beside the pixels that is damaged or unpacks to far too much
        raise UnreadableError(path, DAMAGED) from None


def _loaded(picture: Image, path: Path) -> Image:
    """The picture with its pixels read, where there is but one."""
    # Cameras put a second picture behind the one that is meant; the format says which comes first.
    try:
        frames = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        picture.load()
        picture.getexif()
    except Exception:  # Pillow's decoders raise what they please: OSError, SyntaxError, ...
        raise UnreadableError(path, DAMAGED) from None
    if frames > 1:
        raise UnreadableError(path, f"it has {frames} frames, not one picture")
    return picture


def _plain(picture: Image, path: Path) -> NDArray[np.uint8]:
    """Red, green and blue of a picture whose pixels are read, [height, width, 3]."""
    mode = picture.mode
    if mode.startswith("I;16") or (mode == "I" and picture.format == "PNG"):
        greys = np.asarray(picture, np.float64)
        _require_opaque(path, greys != picture.info.get("transparency"))
        return np.repeat(np.rint(greys / GREY_16).astype(np.uint8)[..., None], 3, axis=2)
    if mode not in MODES:
        raise UnreadableError(path, f"its pixels are of mode {mode}, not grey or red, green, blue")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        _require_opaque(path, np.array(picture.getchannel("A")) == OPAQUE)
    return np.array(picture.convert("RGB"), np.uint8)


def _require_opaque(path: Path, opaque: NDArray[np.bool_]) -> None:
    if not opaque.all():
        raise UnreadableError(path, "some of its pixels are transparent")
