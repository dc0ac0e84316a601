"""Writing files whole: whoever opens one, at any moment, has its old contents or its new ones.

All rooms write through this module. A file is written under a temporary name in the folder of its
target, flushed to the disk, and renamed. What a killed process leaves behind is a hidden file
``.NAME-….part``, which nothing reads, and which goes when NAME is written again an hour later or
more.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path

SUFFIX = ".part"
ABANDONED = 3600.0  # seconds after which no process is still writing a temporary file


def write_whole(target: Path, data: bytes) -> Path:
    """Write one file; see ``write_together``."""
    return write_together(target.parent, {target.name: data})[0]


def write_together(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write the files of one output by their names, so that they stay consistent with each other.

    All of them are complete under temporary names before the first is renamed: an error or an
    interrupt before that leaves all files as they were. Only a kill between two renames, which
    follow at once upon each other, can leave new files beside old ones.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = write_together(Path(folder), {"a.txt": b"one", "b.txt": b"two"})
        ...     [path.read_bytes() for path in paths]
        [b'one', b'two']
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        renamed = {
            stack.enter_context(temporary_file(folder, data, f".{name}-", SUFFIX)): folder / name
            for name, data in files.items()
        }
        try:
            _rename(renamed)
        except KeyboardInterrupt:
            _rename(renamed)
            raise
    for target in renamed.values():
        _remove_abandoned(target)
    return list(renamed.values())


@contextmanager
def temporary_file(
    folder: Path, data: bytes, prefix: str, suffix: str = "", *, flush: bool = True
) -> Iterator[Path]:
    """A file under a temporary name, which is gone at the end unless it was given another name.

    With ``flush`` it is on the disk by then, so that after a power failure its new name has it.
    """
    descriptor, name = tempfile.mkstemp(suffix, prefix, folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if flush:
                file.flush()
                os.fsync(descriptor)
        path.chmod(0o644)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _rename(files: Mapping[Path, Path]) -> None:
    for path, target in files.items():
        if path.exists():  # or it has its name already, and Ctrl-C came in between
            path.replace(target)


def _remove_abandoned(target: Path) -> None:
    for path in target.parent.glob(f".{escape(target.name)}-*{SUFFIX}"):
        with suppress(OSError):  # another process may be faster
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()
