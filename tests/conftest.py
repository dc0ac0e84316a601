"""What all tests share."""

from __future__ import annotations

import os

# Before jax is imported anywhere: implicit broadcasting over ranks hides mistakes in shapes.
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("house")
