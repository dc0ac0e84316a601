"""From a file to candidates; whatever is wrong with it is said here, before anything runs."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sympy import Expr, sympify

from update_magnitude.paper_checks.candidates.candidate import (
    MEASURES,
    RISK,
    Candidate,
    canonical,
)
from update_magnitude.paper_checks.candidates.formulas import (
    CONSTANTS,
    FUNCTIONS,
    NESTED,
    Part,
    formula,
    parsed,
    refuse,
    short,
    suggestion,
)
from update_magnitude.paper_checks.candidates.symbols import symbol_named, symbol_value
from update_magnitude.scenarios import Scenario, ScenarioError, fields
from update_magnitude.scenarios.files import read_text, toml_tables
from update_magnitude.theory.proofs.evaluation import lower

LARGEST_FILE = 64 * 1024  # characters: a formula is read, not a program
MODULES = (  # that a Python file may import names from; of symbols under all names they have had
    "sympy",
    "update_magnitude.theory.results.symbols",
    "update_magnitude.theory.symbols",
    "theory.symbols",
    "__future__",
)


class Line(NamedTuple):
    """An assignment in a file, and how an error says where it is."""

    name: str
    tree: ast.expr
    place: str

    @property
    def is_measure(self) -> bool:
        """Whether it is a candidate; else it names a part of one."""
        return self.name in MEASURES[:-1] or RISK.fullmatch(self.name) is not None


def read_candidates(path: str | Path) -> tuple[Candidate, ...]:
    """Read candidate formulas from a TOML or a Python file, of which nothing is executed.

    Args:
        path: a file with a line ``measure = formula`` for at least one of ``MEASURES``; other
            lines name parts of the formulas that follow (docs/candidates.md).

    Raises:
        ScenarioError: naming the file, the line and what would be right.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "mine.toml")
        ...     _ = file.write_text('forgetting = "n_2/m*(step_S - norm_S)"')
        ...     read_candidates(file)[0].statement
        'forgetting = n_2*(-norm_S + step_S)/m'
    """
    if not isinstance(path, str | Path):
        fields.fail("candidates", path, "the name of a file is needed")
    source = fields.one_line(str(path))
    with _errors_in(source):
        lines = list(_lines(Path(path)))
        parts: dict[str, Part] = {}
        candidates = []
        for line in lines:
            with _errors_in(line.place):
                _require_new(line.name, parts)
                parts[line.name] = formula(line.tree, parts)
                if line.is_measure:
                    expression = parts[line.name].expression
                    candidates.append(formula_candidate(line.name, expression, source))
        _require_use(lines)
        return tuple(candidates)


def formula_candidate(measure: str, expression: Expr | float, source: str) -> Candidate:
    """A formula in the symbols of docs/candidates.md as a candidate.

    Args:
        measure: one of ``MEASURES``.
        expression: of SymPy, or a number.
        source: where it comes from.

    Raises:
        ScenarioError: if there is no such measure, or no such symbol.

    Example:
        >>> from update_magnitude import scenarios
        >>> from update_magnitude.theory.results.symbols import m, n_2
        >>> share = formula_candidate("forgetting", n_2 / m, "mine")
        >>> share.value(scenarios.preset("two-close-tasks"))
        0.3125
    """
    canonical(measure)
    given = fields.plain(expression)
    if isinstance(given, bool) or not isinstance(given, Expr | int | float):
        fields.fail("expression", given, "a formula of SymPy is needed, or a number")
    expression = sympify(given)
    symbols = tuple(sorted(expression.free_symbols, key=str))
    unknown = [str(symbol) for symbol in symbols if symbol_named(str(symbol)) != symbol]
    if unknown:
        fields.fail("expression", str(expression), f"no such symbol: {', '.join(unknown)}")
    try:
        statement, evaluate = f"{measure} = {expression}", lower(symbols, expression)
    except RecursionError:
        raise ScenarioError(NESTED) from None

    def value(scenario: Scenario) -> float:
        given = [np.float64(symbol_value(scenario, str(symbol))) for symbol in symbols]
        with np.errstate(all="ignore"):
            try:
                number = evaluate(*given)
            except (OverflowError, ZeroDivisionError):  # of whole numbers, which NumPy leaves alone
                return math.nan
        return float(number) if np.isrealobj(number) else math.nan

    return Candidate(measure, statement, source, value)


@contextmanager
def _errors_in(place: str) -> Iterator[None]:
    """Let errors begin with the place at which what cannot be read stands."""
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError(f"{place}: {error}") from None


def _lines(path: Path) -> Iterator[Line]:
    readers = {".toml": _toml_lines, ".py": _python_lines}
    if path.suffix not in readers:
        raise ScenarioError("a candidate is written in a .toml or a .py file")
    try:
        return readers[path.suffix](read_text(path, LARGEST_FILE))
    except FileNotFoundError:
        raise ScenarioError("no such file") from None


def _toml_lines(text: str) -> Iterator[Line]:
    """Formulas in quotes, which may be spread over lines, or numbers."""
    for name, value in toml_tables(text).items():
        place = f"{short(name)} = {fields.shown(value)}"
        with _errors_in(place):
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ScenarioError("a formula in quotes is needed, or a number")
            if "#" in str(value):  # Python would take the rest for a comment and drop it
                raise ScenarioError("a comment belongs outside the quotes")
            yield Line(name, parsed(fields.one_line(str(value)), "eval").body, place)


def _python_lines(text: str) -> Iterator[Line]:
    """Assignments; texts, and imports of names that are known here anyway, say nothing."""
    for statement in parsed(text, "exec").body:
        place = f"line {statement.lineno}"
        match statement:
            case ast.Assign(targets=[target], value=tree) if _is_name(ast.unparse(target)):
                name = ast.unparse(target)
                yield Line(name, tree, f"{place}, {name}")
            case ast.Assign():
                refuse(statement, "write name = formula, one name in a line", f"{place}: ")
            case ast.ImportFrom(module=module, names=aliases, level=0) if (
                module in MODULES and not any(alias.asname for alias in aliases)
            ):
                pass
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                words = f"only name = formula, from {MODULES[0]} import …, and texts"
                refuse(statement, words, f"{place}: ")


def _is_name(text: str) -> bool:
    return text.isidentifier() or RISK.fullmatch(text) is not None


def _require_new(name: str, parts: Mapping[str, Part]) -> None:
    """Refuse to give a name a second meaning."""
    if name in FUNCTIONS or name in CONSTANTS or symbol_named(name):
        raise ScenarioError(f"{name} has a meaning of its own; choose another name")
    if name in parts:
        raise ScenarioError(f"{name} is there already; choose another name")


def _require_use(lines: Sequence[Line]) -> None:
    """Refuse a name that nothing uses: it may be a measure misspelt."""
    nodes = [node for line in lines for node in ast.walk(line.tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    for line in lines:
        if line.name not in used and not line.is_measure:
            raise ScenarioError(
                f"{line.place}: no measure, and no other line uses it; "
                f"{suggestion(line.name, MEASURES)}"
            )
    if not any(line.is_measure for line in lines):
        raise ScenarioError(f"no line for any of {', '.join(MEASURES)}, as in forgetting = …")
