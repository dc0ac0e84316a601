"""The figures: one module per figure, one style, one place for paths.

A figure is a data function, which simulates and predicts and returns a labelled dataset, and a plot
function, which reads that dataset and nothing else. To add one: a module that has both, and a line
in ``figure.SHOWN``; a figure of curves is a ``curves.Curves``, which has the data, and a plot. This
room is the end of the line: it reads all others but the command, and nothing else reads it. Called,
as in ``update_magnitude.figures("drift")``, it makes figures: see ``figure.figures``.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from update_magnitude.figures.figure import FIGURES as FIGURES
from update_magnitude.figures.figure import Figure as Figure
from update_magnitude.figures.figure import Made as Made
from update_magnitude.figures.figure import make as make


class _Room(types.ModuleType):
    """A room that can be called: the public name of the function is that of the room."""

    def __call__(self, *names: Any, **options: Any) -> list[Made]:
        """Make figures; arguments and errors are those of ``figure.figures``."""
        from update_magnitude.figures.figure import figures

        return figures(*names, **options)


sys.modules[__name__].__class__ = _Room
