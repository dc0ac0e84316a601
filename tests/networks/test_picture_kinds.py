"""Pictures of all kinds: each is read as it was saved, or refused in a line that names the file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import Image, ImageOps

from update_magnitude.simulations.networks.data.files import UnreadableError
from update_magnitude.simulations.networks.data.pictures import sheet, thumbnail

SIDE = 16  # pictures are as large as they are wanted: nothing is resized, nothing is cut
RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
GREYS = RANDOM.integers(0, 256, (SIDE, SIDE), np.uint8)
WIDE = RANDOM.integers(0, 65536, (SIDE, SIDE), np.uint16)  # greys of 16 bits
HALVES = np.where(RANDOM.integers(0, 2, (SIDE, SIDE)), 255, 0).astype(np.uint8)
FEW = (COLOURS // 86) * 86  # 27 colours, so that a palette holds them


def three(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


def opaque(colours: np.ndarray) -> np.ndarray:
    return np.concatenate([colours, np.full((SIDE, SIDE, 1), 255, np.uint8)], axis=2)


def palette() -> Image.Image:
    picture = Image.fromarray(FEW).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    assert (np.array(picture.convert("RGB")) == FEW).all()
    return picture


def png(path: Path, kind: int, bits: int, rows: np.ndarray, *more: tuple[bytes, bytes]) -> None:
    """A PNG file, chunk by chunk: of kinds that Pillow does not write."""
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], bits, kind, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    write_png(path, (b"IHDR", head), *more, (b"IDAT", zlib.compress(lines)), (b"IEND", b""))


def write_png(path: Path, *chunks: tuple[bytes, bytes]) -> None:
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in chunks:
        check = struct.pack(">I", zlib.crc32(name + data))
        parts += [struct.pack(">I", len(data)), name, data, check]
    path.write_bytes(b"".join(parts))


def held(how: int) -> Image.Exif:
    """What a camera writes that was held in one of eight ways, 1 being upright."""
    exif = Image.Exif()
    exif[0x0112] = how
    return exif


def turned(path: Path) -> None:
    Image.fromarray(np.rot90(COLOURS).copy()).save(path, exif=held(6))


READ: dict[str, tuple[Callable[[Path], Any], np.ndarray]] = {
    "colours.png": (lambda path: Image.fromarray(COLOURS).save(path), COLOURS),
    "colours.bmp": (lambda path: Image.fromarray(COLOURS).save(path), COLOURS),
    "colours.webp": (lambda path: Image.fromarray(COLOURS).save(path, lossless=True), COLOURS),
    "grey.png": (lambda path: Image.fromarray(GREYS).save(path), three(GREYS)),
    "one-bit.png": (
        lambda path: Image.fromarray(HALVES).convert("1", dither=0).save(path),
        three(HALVES),
    ),
    "one-bit.tiff": (
        lambda path: Image.fromarray(HALVES).convert("1", dither=0).save(path),
        three(HALVES),
    ),
    "palette.png": (lambda path: palette().save(path), FEW),
    "palette.gif": (lambda path: palette().save(path), FEW),
    "opaque.png": (lambda path: Image.fromarray(opaque(COLOURS)).save(path), COLOURS),
    "opaque-grey.png": (
        lambda path: Image.fromarray(GREYS).convert("LA").save(path),
        three(GREYS),
    ),
    "opaque-palette.png": (lambda path: palette().save(path, transparency=b"\xff" * 64), FEW),
    "wide-grey.png": (lambda path: Image.fromarray(WIDE).save(path), three(np.rint(WIDE / 257))),
    "wide-grey.tiff": (lambda path: Image.fromarray(WIDE).save(path), three(np.rint(WIDE / 257))),
    "wide-colours.png": (
        lambda path: png(path, 2, 16, (256 * COLOURS.astype(int) + 99).astype(">u2")),
        COLOURS,
    ),
    "turned.png": (turned, COLOURS),
}


@pytest.mark.parametrize("name", READ)
def test_a_picture_is_read_as_it_was_saved(tmp_path, name):
    save, expected = READ[name]
    save(tmp_path / name)
    np.testing.assert_array_equal(thumbnail(tmp_path / name, SIDE), expected)


@pytest.mark.parametrize("how", range(1, 9))
def test_a_photograph_is_turned_as_pillow_would_turn_it(tmp_path, how):
    path = tmp_path / "bird.png"
    Image.fromarray(COLOURS).save(path, exif=held(how))
    with Image.open(path) as picture:
        expected = np.array(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(thumbnail(path, SIDE), expected)
    assert np.array_equal(expected, COLOURS) == (how == 1)


def test_a_jpeg_is_turned_too(tmp_path):
    """It is off by its compression; the other way up it would be off by more."""
    smooth = np.linspace(0, 255, SIDE)[:, None, None] * np.ones((SIDE, SIDE, 3))
    picture = Image.fromarray(smooth[::-1].astype(np.uint8))
    picture.save(tmp_path / "bird.jpg", quality=95, exif=held(3))
    found = thumbnail(tmp_path / "bird.jpg", SIDE).astype(float)
    assert abs(found - smooth).max() < 10 < abs(found[::-1] - smooth).max()


def test_of_a_camera_with_two_pictures_the_first_is_meant(tmp_path):
    first, second = (Image.new("RGB", (SIDE, SIDE), (shade,) * 3) for shade in (40, 200))
    first.save(tmp_path / "two.mpo", save_all=True, append_images=[second])
    assert abs(thumbnail(tmp_path / "two.mpo", SIDE).astype(int) - 40).max() < 5


def frames(path: Path, **more: Any) -> None:
    pictures = [Image.fromarray(COLOURS), Image.fromarray(COLOURS[::-1].copy())]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **more)


def clear(path: Path) -> None:
    """The first pixel shows what is behind it."""
    pixels = opaque(COLOURS)
    pixels[0, 0, 3] = 254
    Image.fromarray(pixels).save(path)


def clear_grey(path: Path) -> None:
    alpha = np.full_like(GREYS, 254)
    Image.merge("LA", [Image.fromarray(GREYS), Image.fromarray(alpha)]).save(path)


def clear_colour(path: Path) -> None:
    """The colour of the first pixel stands for nothing."""
    Image.fromarray(COLOURS).save(path, transparency=tuple(COLOURS[0, 0].tolist()))


def clear_wide(path: Path) -> None:
    """Greys of 16 bits, of which that of the first pixel stands for nothing."""
    greys = WIDE.astype(">u2")
    png(path, 0, 16, greys, (b"tRNS", greys[0, :1].tobytes()))


def cut(path: Path) -> None:
    Image.fromarray(COLOURS).save(path)
    path.write_bytes(path.read_bytes()[:-100])


def header(path: Path, width: int, height: int) -> None:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    write_png(path, (b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))


def swollen(path: Path) -> None:
    """A comment that unpacks to 100 megabytes."""
    text = b"Comment\0\0" + zlib.compress(bytes(10**8))
    png(path, 2, 8, COLOURS, (b"zTXt", text))


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "clear.png": (clear, "some of its pixels are transparent"),
    "clear.webp": (clear, "some of its pixels are transparent"),
    "clear-grey.png": (clear_grey, "some of its pixels are transparent"),
    "clear-palette.png": (
        lambda path: palette().save(path, transparency=0),
        "some of its pixels are transparent",
    ),
    "clear-palette.gif": (
        lambda path: palette().save(path, transparency=0),
        "some of its pixels are transparent",
    ),
    "clear-colour.png": (clear_colour, "some of its pixels are transparent"),
    "clear-wide.png": (clear_wide, "some of its pixels are transparent"),
    "inks.jpg": (
        lambda path: Image.fromarray(COLOURS).convert("CMYK").save(path),
        "of mode CMYK, not grey or red, green, blue",
    ),
    "inks.tiff": (
        lambda path: Image.fromarray(COLOURS).convert("CMYK").save(path),
        "of mode CMYK, not grey or red, green, blue",
    ),
    "lab.tiff": (
        lambda path: Image.merge("LAB", Image.fromarray(COLOURS).split()).save(path),
        "of mode LAB, not grey or red, green, blue",
    ),
    "numbers.tiff": (lambda path: Image.fromarray(WIDE.astype(np.int32)).save(path), "of mode I"),
    "floats.tiff": (lambda path: Image.fromarray(WIDE.astype(np.float32)).save(path), "of mode F"),
    "moving.gif": (frames, "it has 2 frames, not one picture"),
    "moving.png": (frames, "it has 2 frames, not one picture"),
    "moving.webp": (frames, "it has 2 frames, not one picture"),
    "pages.tiff": (frames, "it has 2 frames, not one picture"),
    "empty.png": (lambda path: path.touch(), "it is no picture, or a damaged one"),
    "no-width.png": (lambda path: header(path, 0, 16), "it is no picture, or a damaged one"),
    "no-height.png": (lambda path: header(path, 16, 0), "it is no picture, or a damaged one"),
    "no-pixels.gif": (
        lambda path: path.write_bytes(b"GIF89a" + bytes(7) + b";"),
        "it is no picture, or a damaged one",
    ),
    "text.png": (lambda path: path.write_text("a bird"), "it is no picture, or a damaged one"),
    "cut.png": (cut, "truncated or damaged"),
    "cut.jpg": (cut, "truncated or damaged"),
    "cut.bmp": (cut, "truncated or damaged"),
    "cut.tiff": (cut, "damaged"),
    "cut.webp": (cut, "damaged"),
    "large.png": (lambda path: header(path, 10_000, 10_000), "the picture is far too large"),
    "vast.png": (lambda path: header(path, 2**31 - 1, 2**31 - 1), "the picture is far too large"),
    "swollen.png": (swollen, "damaged"),
    "folder.png": (lambda path: path.mkdir(), "cannot be read: Is a directory"),
    "none.png": (lambda path: None, "no such file"),
}


def refusal(read: Callable[[Path, int], Any], path: Path, size: int) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(path, size)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_that_would_be_guessed_at_is_refused_by_name(tmp_path, name):
    save, said = REFUSED[name]
    save(tmp_path / name)
    assert said in refusal(thumbnail, tmp_path / name, SIDE)


@pytest.mark.parametrize("name", [*READ, *REFUSED])
def test_a_sheet_is_what_was_saved_or_refused(tmp_path, name):
    """Of colours alone: nothing is converted, since a row holds an image's bytes."""
    path = tmp_path / name
    (READ | REFUSED)[name][0](path)
    if name.startswith(("colours.", "wide-colours.")):
        np.testing.assert_array_equal(sheet(path, SIDE), COLOURS)
    else:
        refusal(sheet, path, SIDE)
