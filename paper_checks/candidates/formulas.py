"""From the text of a formula to a SymPy expression, without running any of the text.

The text is parsed to a syntax tree, and the expression is built up from it, operation by operation;
what is not in the tables below is refused by its name. A formula also has a weight: the number of
its parts, whole numbers counted by their binary digits, with all powers written out. It bounds
every number that SymPy could come across on the way, so that 9**9**9 is refused and not computed.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import sympy
from sympy import Expr, Rational

from update_magnitude.paper_checks.candidates.refusals import (
    FormulaError,
    in_words,
    refuse,
    short,
    suggestion,
)
from update_magnitude.paper_checks.candidates.symbols import TWO_TASKS, symbol_named

HEAVIEST = 30_000  # the weight that a formula may have; G, multiplied out, has half of it
DIGITS = 1024  # binary digits of a number, beyond which float64 does not hold it


class Part(NamedTuple):
    """A formula or a part of one, and its weight."""

    expression: Any
    weight: int


Names = Mapping[str, Part]

# What a formula may be made of.
CONSTANTS = {
    "pi": Part(sympy.pi, 1),
    **{name: Part(symbol, 1) for name, symbol in TWO_TASKS.items()},
}
BLOCK_NAMES = ("norm_", "step_", "cross_")  # how the names of what blocks share begin
OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
# Not evaluated, Abs, Min and Max cost nothing to build, however large what they compare.
FUNCTIONS: dict[str, tuple[int | None, Callable[..., Any]]] = {  # and how many arguments they take
    "sqrt": (1, sympy.sqrt),
    "exp": (1, sympy.exp),
    "log": (1, sympy.log),
    "Abs": (1, partial(sympy.Abs, evaluate=False)),
    "Min": (None, partial(sympy.Min, evaluate=False)),
    "Max": (None, partial(sympy.Max, evaluate=False)),
    "Rational": (2, Rational),
    "Piecewise": (None, partial(sympy.Piecewise, evaluate=False)),
}
COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def parsed(text: str, mode: str = "eval") -> Any:
    """The syntax tree of a formula (``eval``) or of a Python file (``exec``).

    Raises:
        FormulaError: if the text is not Python.

    Example:
        >>> type(parsed("n_2/m").body).__name__
        'BinOp'
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # on text that will be refused
            return ast.parse(text, mode=mode)
    except SyntaxError as error:
        line = f" in line {error.lineno}" if mode == "exec" and error.lineno else ""
        raise FormulaError(f"not a formula of Python{line}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError("not a formula of Python, or nested too deeply") from None


def formula(tree: ast.expr, names: Names) -> Part:
    """The expression that a syntax tree stands for.

    Args:
        tree: of an expression.
        names: what may be used in it beside ``CONSTANTS``.

    Raises:
        FormulaError: naming what is not known here, and what would be right.

    Example:
        >>> formula(parsed("n_2/m*(step_S - 0.5)").body, {}).expression
        n_2*(step_S - 1/2)/m
    """
    try:
        part = _part(tree, names)
        infinite = part.expression.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan)
        imaginary = part.expression.has(sympy.I)
    except RecursionError:
        raise FormulaError("it is nested too deeply") from None
    if infinite:
        raise FormulaError("it divides by zero")
    if imaginary:
        raise FormulaError("it is not real: a root or a logarithm of a negative number is in it")
    return part


def _part(tree: ast.expr, names: Names) -> Part:
    """Any expression; long sums and products lean to the left and are taken as they come."""
    spine = []
    while isinstance(tree, ast.BinOp):
        spine.append(tree)
        tree = tree.left
    part = _leaf(tree, names)
    for outer in reversed(spine):
        part = _operation(outer, part, _part(outer.right, names))
    return part


def _leaf(tree: ast.expr, names: Names) -> Part:
    match tree:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return _named(name, names)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _part(operand, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            part = _part(operand, names)
            return Part(-part.expression, part.weight)
        case ast.Call():
            return _call(tree, names)
    refuse(tree, f"{in_words(tree)} has no place in a formula")


def _number(value: object) -> Part:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormulaError(
            f"{short(repr(value))} is no number; a formula has whole numbers and decimals"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise FormulaError("a number is too large for floating point")
    exact = Rational(repr(value)) if isinstance(value, float) else Rational(value)
    return _weighed(1 + exact.p.bit_length() + exact.q.bit_length(), lambda: exact)


def _named(name: str, names: Names) -> Part:
    known = {**CONSTANTS, **names}
    if name in known:
        return known[name]
    symbol = symbol_named(name)
    if symbol is not None:
        return Part(symbol, 1)
    if name in FUNCTIONS:
        raise FormulaError(f"{name} is a function; it takes its arguments in brackets")
    hint = suggestion(name, known)
    if name.startswith(BLOCK_NAMES):
        hint = f"blocks appear only as S (trained at task 2) and C (held); {hint}"
    raise FormulaError(f"{name} is not known here; {hint}")


def _operation(tree: ast.BinOp, left: Part, right: Part) -> Part:
    if type(tree.op) not in OPERATIONS:
        hint = "; a power is written **" if isinstance(tree.op, ast.BitXor) else ""
        refuse(tree, f"of the operations, + - * / and ** are known here{hint}")
    weight = left.weight + right.weight + 1
    if isinstance(tree.op, ast.Pow):
        weight = left.weight * _times(right.expression) + right.weight
    make = OPERATIONS[type(tree.op)]
    return _weighed(weight, lambda: make(left.expression, right.expression))


def _times(exponent: Expr) -> int:
    """How often a power could repeat its base: the largest number in the exponent."""
    numbers = exponent.atoms(Rational)
    return max((int(sympy.ceiling(abs(number))) for number in numbers), default=1) or 1


def _weighed(weight: int, make: Callable[[], Any]) -> Part:
    """Make a part only if it is not too large to be made."""
    if weight > HEAVIEST:
        raise FormulaError("its powers or its numbers are too large, or it is too long")
    expression = make()
    number = expression.as_coeff_Mul()[0]
    if number.is_Rational and max(number.p.bit_length(), number.q.bit_length()) > DIGITS:
        raise FormulaError("a number in it is too large for floating point")
    return Part(expression, weight)


def _call(tree: ast.Call, names: Names) -> Part:
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    if name not in FUNCTIONS:
        refuse(tree.func, f"no function known here; {suggestion(name, FUNCTIONS)}")
    if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
        refuse(tree, f"{name} takes plain arguments")
    count, make = FUNCTIONS[name]
    if not tree.args or len(tree.args) != (count or len(tree.args)):
        refuse(tree, f"{name} takes {count or 'at least one'} argument{'s' * (count != 1)}")
    read = _case if name == "Piecewise" else _part
    parts = [read(argument, names) for argument in tree.args]
    expressions = [part.expression for part in parts]
    if name == "Rational" and not (
        all(number.is_Integer for number in expressions) and expressions[1] != 0
    ):
        refuse(tree, "Rational takes two whole numbers, the second not 0")
    weight = 1 + sum(part.weight for part in parts)
    if name == "exp":  # of a logarithm is a power
        weight *= _times(expressions[0])
    return _weighed(weight, lambda: make(*expressions))


def _case(pair: ast.expr, names: Names) -> Part:
    """One of the cases of Piecewise, the first whose condition holds counting."""
    match pair:
        case ast.Tuple(elts=[value, ast.Constant(value=True)]):
            part = _part(value, names)
            return Part((part.expression, True), part.weight + 1)
        case ast.Tuple(elts=[value, ast.Compare(left, [sign], [right])]) if (
            type(sign) in COMPARISONS
        ):
            parts = [_part(tree, names) for tree in (value, left, right)]
            result, low, high = (part.expression for part in parts)
            condition = sympy.Rel(low, high, COMPARISONS[type(sign)], evaluate=False)
            return Part((result, condition), 1 + sum(part.weight for part in parts))
        case ast.Tuple(elts=[_, condition]):
            refuse(condition, "a condition is one comparison with < <= > >=, or True")
    refuse(pair, "Piecewise takes pairs (value, condition)")
