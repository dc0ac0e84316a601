"""``update_magnitude.figures(...)``: figures made and written, as the command does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from update_magnitude.figures.figure import FIGURES, Made, Order, make_all
from update_magnitude.figures.paths import OUTPUT, require_folder, require_formats
from update_magnitude.paper_checks.profiles import PROFILES
from update_magnitude.scenarios import ScenarioError, fields


def figures(
    names: str | Iterable[str] | None = None,
    *,
    output: str | Path = OUTPUT,
    formats: Iterable[str] = ("png", "pdf"),
    profile: str = "default",
    seed: int = 0,
    workers: int = 1,
    watch: Callable[[str, float], None] | None = None,
) -> list[Made]:
    """Make figures, each with its data beside it, as ``update-magnitude figures`` does.

    Args:
        names: of figures, of which ``FIGURES`` has a list; all of them if None.
        output: the folder to write to; it is made if need be.
        formats: ``png``, ``pdf``, ``svg``.
        profile: ``quick``, ``default`` or ``thorough``: how many replicates stand behind a point.
        seed: of the random numbers.
        workers: processes; more than one are spawned, for which the program that calls this must
            be prepared. They change nothing about the files.
        watch: called with what is being made and the share of it that is done.

    Returns:
        The figures in the order of the names, each with ``name``, ``dataset`` and ``files``.

    Raises:
        ScenarioError: if there is no such figure, format, profile or seed, or if nothing can be
            written to the folder.

    Source: docs/gallery.md shows them.
    """
    chosen = require_names([names] if isinstance(names, str) else names)
    kinds = tuple(require_formats(",".join(formats)))
    fields.choice(profile, "profile", tuple(PROFILES))
    order = Order(require_folder(Path(output)), kinds, profile, seed)
    made = list(make_all(chosen, order, workers, watch or _unseen))
    return sorted(made, key=lambda figure: chosen.index(figure.name))


def require_names(names: Iterable[str] | None) -> list[str]:
    """Names of figures, each once; all of them, if none is given.

    Raises:
        ScenarioError: naming what is no figure.

    Example:
        >>> require_names(["drift", "drift"])
        ['drift']
    """
    chosen = list(dict.fromkeys(names or FIGURES))
    for name in chosen:
        if name not in FIGURES:
            raise ScenarioError(f"{name!r} is no figure; known: {', '.join(FIGURES)}")
    return chosen


def _unseen(name: str, share: float) -> None:
    """Progress that nobody watches."""
