"""From a file to candidates; whatever is wrong with it is found here, before anything runs."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sympy import Expr, Symbol, sympify

from update_magnitude.paper_checks.candidates.formulas import (
    CONSTANTS,
    FUNCTIONS,
    Part,
    formula,
    parsed,
)
from update_magnitude.paper_checks.candidates.measures import MEASURES, RISK, canonical
from update_magnitude.paper_checks.candidates.refusals import (
    FormulaError,
    errors_in,
    refuse,
    short,
    suggestion,
)
from update_magnitude.paper_checks.candidates.symbols import symbol_named, symbol_values
from update_magnitude.scenarios import Scenario, fields
from update_magnitude.scenarios.fields import one_line
from update_magnitude.scenarios.files import read_text, toml_tables
from update_magnitude.theory.proofs.evaluation import lower

LARGEST_FILE = 64 * 1024  # characters: a formula is read, not a program
# Today's name, and those of earlier versions, for files that were written then.
SYMBOLS = (
    "update_magnitude.theory.results.symbols",
    "update_magnitude.theory.symbols",
    "theory.symbols",
)
MODULES = ("sympy", *SYMBOLS, "__future__")  # that a Python file may import names from


@dataclass(frozen=True)
class Candidate:
    """A formula that someone proposes for a measure."""

    measure: str  # one of MEASURES
    expression: Expr  # in the symbols of docs/candidates.md
    source: str  # the file it stands in

    def __post_init__(self) -> None:
        """Take numbers for formulas, and refuse what cannot be evaluated.

        Raises:
            ScenarioError: if there is no such measure, or no such symbol.
        """
        canonical(self.measure)
        given = fields.plain(self.expression)
        if isinstance(given, bool) or not isinstance(given, Expr | int | float):
            fields.fail("expression", given, "a formula of SymPy is needed, or a number")
        expression = sympify(given)
        symbols = {symbol: str(symbol) for symbol in expression.free_symbols}
        unknown = sorted(name for symbol, name in symbols.items() if symbol_named(name) != symbol)
        if unknown:
            fields.fail("expression", str(expression), f"no such symbol: {', '.join(unknown)}")
        object.__setattr__(self, "expression", expression)

    @property
    def statement(self) -> str:
        """The formula as an equation, in one line."""
        return f"{self.measure} = {self.expression}"

    def value(self, scenario: Scenario) -> float:
        """What the formula comes to in a scenario; NaN where that is no real number.

        Raises:
            ScenarioError: if the scenario has no value for a symbol in it.
        """
        symbols = _symbols(self.expression)
        given = symbol_values(scenario, map(str, symbols)).values()
        with np.errstate(all="ignore"):
            try:
                found = lower(symbols, self.expression)(*map(np.float64, given))
            except (OverflowError, ZeroDivisionError):  # of whole numbers, which NumPy leaves alone
                return math.nan
        return float(found) if np.isrealobj(found) else math.nan


def _symbols(expression: Expr) -> tuple[Symbol, ...]:
    return tuple(sorted(expression.free_symbols, key=str))


class Line(NamedTuple):
    """An assignment in a file, and how an error says where it is."""

    name: str
    tree: ast.expr
    place: str


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
    name = one_line(str(path))
    with errors_in(name):
        return _candidates(list(_lines(Path(path))), name)


def _lines(path: Path) -> Iterator[Line]:
    readers = {".toml": _toml_lines, ".py": _python_lines}
    if path.suffix not in readers:
        raise FormulaError("a candidate is written in a .toml or a .py file")
    try:
        return readers[path.suffix](read_text(path, LARGEST_FILE))
    except FileNotFoundError:
        raise FormulaError("no such file") from None


def _toml_lines(text: str) -> Iterator[Line]:
    for name, value in toml_tables(text).items():
        place = f"{short(name)} = {short(repr(value))}"
        with errors_in(place):
            yield Line(name, parsed(_joined(value)).body, place)


def _joined(value: Any) -> str:
    """A formula as text; TOML may spread it over lines."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if not isinstance(value, str):
        raise FormulaError("a formula in quotes is needed, or a number")
    if "#" in value:  # Python would take the rest for a comment and drop it
        raise FormulaError("a comment belongs outside the quotes")
    return one_line(value)


def _python_lines(text: str) -> Iterator[Line]:
    for statement in parsed(text, "exec").body:
        place = f"line {statement.lineno}: "
        match statement:
            case ast.Assign(targets=[target], value=tree) if _is_name(ast.unparse(target)):
                name = ast.unparse(target)
                yield Line(name, tree, f"line {statement.lineno}, {name}")
            case ast.Assign():
                refuse(statement, "write name = formula, one name in a line", place)
            case _ if not _says_nothing(statement):
                words = f"only name = formula, from {MODULES[0]} import …, and texts"
                refuse(statement, words, place)


def _is_name(text: str) -> bool:
    return text.isidentifier() or RISK.fullmatch(text) is not None


def _says_nothing(statement: ast.stmt) -> bool:
    """Whether it is a text, or an import of names that are known here anyway."""
    match statement:
        case ast.ImportFrom(module=module, names=aliases, level=0):
            return module in MODULES and not any(alias.asname for alias in aliases)
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def _candidates(lines: Sequence[Line], source: str) -> tuple[Candidate, ...]:
    names: dict[str, Part] = {}
    for line in lines:
        with errors_in(line.place):
            names[line.name] = _named(line, names)
    _require_use(lines)
    return tuple(
        _candidate(line, names[line.name].expression, source)
        for line in lines
        if _is_measure(line.name)
    )


def _is_measure(name: str) -> bool:
    return name in MEASURES[:-1] or RISK.fullmatch(name) is not None


def _named(line: Line, names: dict[str, Part]) -> Part:
    if line.name in FUNCTIONS or line.name in CONSTANTS or symbol_named(line.name):
        raise FormulaError(f"{line.name} has a meaning of its own; choose another name")
    if line.name in names:
        raise FormulaError(f"{line.name} is there already; choose another name")
    return formula(line.tree, names)


def _candidate(line: Line, expression: Expr, source: str) -> Candidate:
    """A candidate that can be printed and evaluated, as others need not be."""
    try:
        str(expression), lower(_symbols(expression), expression)
    except RecursionError:
        raise FormulaError(f"{line.place}: it is nested too deeply") from None
    return Candidate(line.name, expression, source)


def _require_use(lines: Sequence[Line]) -> None:
    """Refuse a name that nothing uses: it may be a measure misspelt."""
    used = {
        entry.id for line in lines for entry in ast.walk(line.tree) if isinstance(entry, ast.Name)
    }
    for line in lines:
        if line.name not in used and not _is_measure(line.name):
            raise FormulaError(
                f"{line.place}: no measure, and no other line uses it; "
                f"{suggestion(line.name, MEASURES)}"
            )
    if not any(_is_measure(line.name) for line in lines):
        raise FormulaError(f"no line for any of {', '.join(MEASURES)}, as in forgetting = …")
