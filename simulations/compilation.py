"""Keeping what XLA compiles, so that the command starts warm the next time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def keep_compiled() -> None:
    """Let jax store compiled programs in the user's cache folder, unless it has one already.

    For commands only: a library has no business deciding this for whoever imports it.
    """
    import jax

    configure: Callable[[str, object], None] = jax.config.update
    if getattr(jax.config, "jax_compilation_cache_dir", None) is None:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "update-magnitude" / f"jax-{jax.__version__}"
        configure("jax_compilation_cache_dir", str(folder))
        configure("jax_persistent_cache_min_compile_time_secs", 0.1)
        configure("jax_persistent_cache_min_entry_size_bytes", 0)
