"""Images in one compact, lossless file per data set, for machines that have nothing but files.

``python -m benchmarks.carried mnist cifar10 --data DIR`` makes the files that
``benchmarks.accelerator`` reads. A file is a line of JSON, then LZMA: of photographs, what is left
of each pixel by a prediction from its neighbours, and of each red and blue by that of green; of
grey images the pixels as they are, since these are mostly 0 and predictions make them larger.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.writing import write_whole
from update_magnitude.simulations.networks.data import DATA_SETS, Images, Split, load_images
from update_magnitude.simulations.networks.data.files import UnreadableError

FOLDER = Path("benchmarks") / "output" / "carried"
MOST_BYTES = 56 * 2**20  # of all files together: what may travel is limited
# Images of each class, of those to train and to test with; a set that is not here goes as a whole.
SUBSETS = {"cifar10": (2_000, 500)}
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 4, "lp": 0, "pb": 0}]

Bytes = NDArray[np.uint8]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="+", choices=[n for n in DATA_SETS if n != "digits"])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="of the data sets")
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="DIR", help="of the files")
    given = parser.parse_args(arguments)
    for name in given.names:
        whole = load_images(name, given.data)
        images = subset(whole, *SUBSETS[name]) if name in SUBSETS else whole
        path = write_whole(path_of(name, given.output), packed(images))
        counts = f"{len(images.train.labels):,} + {len(images.test.labels):,}"
        of = f"{len(whole.train.labels):,} + {len(whole.test.labels):,}"
        print(f"{path}: {counts} images of {of}, {path.stat().st_size:,} bytes")
    size = sum(path.stat().st_size for path in given.output.glob("*.images"))
    print(f"{size / 2**20:.1f} MiB in all; at most {MOST_BYTES / 2**20:.0f} may travel")
    return 0 if size <= MOST_BYTES else 1


def path_of(name: str, folder: Path) -> Path:
    """The file of a data set."""
    return folder / f"{name}.images"


def subset(images: Images, train: int, test: int) -> Images:
    """The first so many images of each class, in their order."""

    def first(split: Split, count: int) -> Split:
        kept = np.zeros(len(split.labels), bool)
        for label in range(len(images.classes)):
            kept[np.flatnonzero(split.labels == label)[:count]] = True
        return Split(split.images[kept], split.labels[kept])

    return Images(images.name, first(images.train, train), first(images.test, test), images.classes)


def packed(images: Images) -> bytes:
    """The contents of the file of a data set."""
    every = np.concatenate([images.train.images, images.test.images])
    labels = np.concatenate([images.train.labels, images.test.labels]).astype(np.uint8)
    head: dict[str, Any] = {
        "name": images.name,
        "shape": every.shape[1:],
        "train": len(images.train.labels),
        "test": len(images.test.labels),
        "classes": images.classes,
    }
    head["checksum"] = _checksum(head, every, labels)
    body = labels.tobytes() + (residues(every) if every.shape[3] == 3 else every).tobytes()
    return json.dumps(head).encode() + b"\n" + lzma.compress(body, filters=FILTERS)


def carried(name: str, folder: Path) -> Images:
    """A data set out of its file; an UnreadableError says what is wrong with that.

    The checksum of all that is in it, which was made before it was packed, is checked.
    """
    path = path_of(name, folder)
    try:
        head, rest = _head_and_rest(path)
        count, shape = head["train"] + head["test"], tuple(head["shape"])
        body = np.frombuffer(lzma.decompress(rest), np.uint8)
        labels, every = body[:count], body[count:]
        if shape[2] == 3:
            every = restored(every.reshape(count, 3, *shape[:2]))
        every = every.reshape(count, *shape)
        right = head["name"] == name and head["checksum"] == _checksum(head, every, labels)
    except OSError as error:
        raise UnreadableError(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError, EOFError, lzma.LZMAError):
        right = False
    if not right:
        anew = f"make it anew: python -m benchmarks.carried {name} --data DIR"
        raise UnreadableError(path, f"it is damaged, or the file of another data set; {anew}")
    parts = [slice(head["train"]), slice(head["train"], None)]
    train, test = (Split(every[part], labels[part].astype(np.int32)) for part in parts)
    return Images(name, train, test, tuple(head["classes"]))


def checksum_of(name: str, folder: Path) -> str | None:
    """The checksum that stands in the file of a data set; None if there is no such file."""
    path = path_of(name, folder)
    if not path.exists():
        return None
    try:
        return str(_head_and_rest(path)[0]["checksum"])
    except (ValueError, KeyError, TypeError, OSError):
        return "damaged"  # reading it says so


def residues(images: Bytes) -> Bytes:
    """What predictions leave of colour images, [n, H, W, 3] → [n, 3, H, W], modulo 256.

    Small numbers of either sign become small ones: 0, −1, 1, −2, … are 0, 1, 2, 3, ….
    """
    pixels = images.transpose(1, 2, 0, 3).astype(np.int16)
    left = np.empty(pixels.shape, np.uint8)
    for place in np.ndindex(left.shape[:2]):
        left[place] = (pixels[place] - _predicted(pixels, *place)).astype(np.uint8)
    left[..., ::2] -= left[..., 1:2]
    signed = left.view(np.int8)
    folded = (signed << 1) ^ (signed >> 7)
    return np.ascontiguousarray(folded.view(np.uint8).transpose(2, 3, 0, 1))


def restored(folded: Bytes) -> Bytes:
    """The images of which ``residues`` gave that, [n, 3, H, W] → [n, H, W, 3]."""
    left = np.ascontiguousarray((folded >> 1 ^ -(folded & 1)).transpose(2, 3, 0, 1))
    left[..., ::2] += left[..., 1:2]
    pixels = np.empty(left.shape, np.int16)
    for place in np.ndindex(left.shape[:2]):
        pixels[place] = (_predicted(pixels, *place) + left[place]) % 256
    return np.ascontiguousarray(pixels.astype(np.uint8).transpose(2, 0, 1, 3))


def _predicted(pixels: NDArray[np.int16], row: int, column: int) -> NDArray[np.int16]:
    """A pixel of all images by those before it, [n, 3]: the median of left, above, and their plane.

    Source:
        M. Weinberger, G. Seroussi and G. Sapiro (2000), The LOCO-I lossless image compression
        algorithm, IEEE Transactions on Image Processing 9 (8).
    """
    if not row and not column:
        return np.zeros_like(pixels[0, 0])
    above = pixels[row - 1, column] if row else pixels[row, column - 1]
    left = pixels[row, column - 1] if column else above
    corner = pixels[row - 1, column - 1] if row and column else above
    between: NDArray[np.int16] = np.clip(
        left + above - corner, np.minimum(left, above), np.maximum(left, above)
    )
    return between


def _head_and_rest(path: Path) -> tuple[dict[str, Any], bytes]:
    line, _, rest = path.read_bytes().partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    return head, rest


def _checksum(head: dict[str, Any], images: Bytes, labels: Bytes) -> str:
    """Of all that is in a file, but for itself."""
    said = json.dumps({name: head[name] for name in sorted(head) if name != "checksum"})
    digest = hashlib.blake2b(said.encode() + labels.tobytes(), digest_size=16)
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        status = main()
    except ScenarioError as failure:
        print(f"error: {failure}", file=sys.stderr)
        status = 2
    sys.exit(status)
