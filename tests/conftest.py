"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

# Before jax is imported anywhere: implicit broadcasting over ranks hides mistakes in shapes.
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")

# Tests, and the commands that they start, keep what was compiled: those of the law engine take 71 s
# of processor time after a first run that takes 181 s.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "compiled")
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.5")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("house")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., str]:
    """A function that writes a candidate file and gives its path."""

    def write(text: str, name: str = "mine.py") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write
