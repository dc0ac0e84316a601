"""How a formula that cannot be read is refused: in one line that says what would be right."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from update_magnitude.scenarios import ScenarioError
from update_magnitude.scenarios.fields import near_miss, one_line

SHOWN = 60  # characters of a wrong piece that an error repeats
WORDS: dict[type[ast.AST], str] = {
    ast.Attribute: "a name with a dot",
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.Compare: "a comparison",
    ast.Tuple: "a tuple",
    ast.List: "a list",
    ast.Subscript: "an index",
    ast.IfExp: "an if-expression (Piecewise has cases)",
}


class FormulaError(ScenarioError):
    """A formula that cannot be read: one line that says what is wrong with it."""


@contextmanager
def errors_in(place: str) -> Iterator[None]:
    """Name the place at which what cannot be read stands.

    Raises:
        FormulaError: of the same words, which begin with the place.
    """
    try:
        yield
    except ScenarioError as error:
        raise FormulaError(f"{place}: {error}") from None


def refuse(tree: ast.AST, message: str, place: str = "") -> NoReturn:
    """Raise the one-line error for a piece of a formula, which may begin with its place."""
    try:
        shown = short(ast.unparse(tree))
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        shown = "…"
    raise FormulaError(f"{place}{shown}: {message}")


def in_words(tree: ast.AST) -> str:
    """A piece of syntax, as a person would call it.

    Example:
        >>> in_words(ast.parse("m.n", mode="eval").body)
        'a name with a dot'
    """
    return WORDS.get(type(tree), f"what Python calls {type(tree).__name__}")


def short(text: str) -> str:
    """The text on one line, its beginning if it is long."""
    line = one_line(text)
    return line if len(line) <= SHOWN else line[:SHOWN] + "…"


def suggestion(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name, or else what there is: the end of an error.

    Example:
        >>> suggestion("sigma1", ["sigma_1", "norm_S"])
        'did you mean sigma_1?'
    """
    known = list(known)
    return near_miss(name, known) or f"known: {', '.join(known)}"
