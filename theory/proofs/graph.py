"""The graph of theorems: which derivation uses which theorem, drawn from left to right as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import NamedTuple

from update_magnitude.scenarios.templates import render
from update_magnitude.theory.proofs.theorem import Theorem

WIDTH, HEIGHT = 250, 20  # of a box, in pixels
COLUMN, ROW = 330, 27  # from one box to the next
MARGIN = 10
SWEEPS = 8  # over all columns, each of which moves boxes nearer to their neighbours

Arrows = dict[str, tuple[str, ...]]  # from a theorem to those that it uses


class Box(NamedTuple):
    """A theorem in the picture: where its upper left corner is, how it looks, what it says."""

    name: str
    x: float
    y: float
    kind: str
    title: str


def drawing(
    theorems: Mapping[str, Theorem],
    classes: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    links: bool = False,
) -> str:
    """The graph as SVG.

    An arrow leads from a theorem to one whose derivation uses it; what follows from other arrows is
    left out. What a theorem uses must be among the theorems, or it is not drawn.

    Args:
        theorems: by name.
        classes: of the boxes, by the names of their theorems; all alike, if not given.
        titles: what is said of each beside its statement.
        links: whether a box is a link to ``NAME.html``.

    Returns:
        The text of an SVG file.
    """
    arrows = shortest(
        {name: tuple(u for u in one.uses if u in theorems) for name, one in theorems.items()}
    )
    places = layout(arrows)
    boxes = [
        Box(
            name,
            MARGIN + COLUMN * column,
            MARGIN + ROW * row,
            (classes or {}).get(name, "derived"),
            f"{theorems[name].statement}. {(titles or {}).get(name, '')}".strip(),
        )
        for name, (column, row) in places.items()
    ]
    at = {box.name: box for box in boxes}
    curves = [_curve(at[used], at[name]) for name, uses in arrows.items() for used in uses]
    return render(
        "theory/proofs/graph.svg",
        boxes=boxes,
        curves=curves,
        box=(WIDTH, HEIGHT),
        links=links,
        width=max(box.x for box in boxes) + WIDTH + MARGIN,
        height=max(box.y for box in boxes) + HEIGHT + MARGIN,
    )


def shortest(arrows: Arrows) -> Arrows:
    """The arrows that do not follow from others.

    Example:
        >>> shortest({"a": (), "b": ("a",), "c": ("a", "b")})["c"]
        ('b',)
    """
    beyond = {name: above(name, arrows) for name in arrows}
    return {
        name: tuple(u for u in uses if not any(u in beyond[other] for other in uses))
        for name, uses in arrows.items()
    }


def above(name: str, arrows: Arrows) -> set[str]:
    """All that a theorem rests on.

    Example:
        >>> sorted(above("c", {"a": (), "b": ("a",), "c": ("b",)}))
        ['a', 'b']
    """
    known: set[str] = set()
    waiting = list(arrows[name])
    while waiting:
        one = waiting.pop()
        if one not in known:
            known.add(one)
            waiting += arrows[one]
    return known


def layout(arrows: Arrows) -> dict[str, tuple[int, float]]:
    """Column and row of every theorem: a column behind the last that it uses, and near to it.

    Rows follow the mean of the neighbours' rows, from left to right and back (Sugiyama's method).
    """
    columns: dict[str, int] = {}
    for name in TopologicalSorter(arrows).static_order():  # what is used comes first
        columns[name] = 1 + max((columns[used] for used in arrows[name]), default=-1)
    used_by: dict[str, list[str]] = {name: [] for name in arrows}
    for name, uses in arrows.items():
        for used in uses:
            used_by[used].append(name)
    layers = [[n for n in arrows if columns[n] == c] for c in range(max(columns.values()) + 1)]
    rows = _in_rows(layers)
    for sweep in range(SWEEPS):
        neighbours: Mapping[str, tuple[str, ...] | list[str]] = used_by if sweep % 2 else arrows
        for layer in reversed(layers) if sweep % 2 else layers:
            layer.sort(key=lambda name: _mean([rows[n] for n in neighbours[name]], rows[name]))
        rows = _in_rows(layers)
    return {name: (columns[name], rows[name]) for name in arrows}


def _in_rows(layers: list[list[str]]) -> dict[str, float]:
    """Every column centred on the tallest."""
    tallest = max(map(len, layers))
    return {
        name: row + (tallest - len(layer)) / 2 for layer in layers for row, name in enumerate(layer)
    }


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _curve(start: Box, end: Box) -> str:
    """The path from the right side of one box to the left side of another."""
    x, y = start.x + WIDTH, start.y + HEIGHT / 2
    to_x, to_y = end.x, end.y + HEIGHT / 2
    bend = (to_x - x) / 2
    return f"M{x:g},{y:g} C{x + bend:g},{y:g} {to_x - bend:g},{to_y:g} {to_x:g},{to_y:g}"
