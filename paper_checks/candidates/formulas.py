"""From the text of a formula to a SymPy expression, without running any of the text.

The text is parsed to a syntax tree, and the expression is built up from it, operation by operation;
what is not in the tables below is refused by its name. A formula also has a weight: the number of
its parts, whole numbers counted by their binary digits, with all powers written out. It bounds
every number that SymPy could come across on the way, so that 9**9**9 is refused and not computed.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from sympy import (
    Abs,
    Expr,
    I,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    Rel,
    ceiling,
    exp,
    log,
    nan,
    oo,
    pi,
    sqrt,
    zoo,
)

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
CONSTANTS: dict[str, Part] = {
    "pi": Part(pi, 1),
    **{name: Part(symbol, 1) for name, symbol in TWO_TASKS.items()},
}
OF_BLOCKS = ("norm_", "step_", "cross_")  # how the names of what blocks share begin
OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
# Not evaluated, Abs, Min and Max cost nothing to build, however large what they compare.
FUNCTIONS: dict[str, tuple[int | None, Callable[..., Any]]] = {  # and how many arguments they take
    "sqrt": (1, sqrt),
    "exp": (1, exp),
    "log": (1, log),
    "Abs": (1, partial(Abs, evaluate=False)),
    "Min": (None, partial(Min, evaluate=False)),
    "Max": (None, partial(Max, evaluate=False)),
    "Rational": (2, Rational),
    "Piecewise": (None, Piecewise),
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
        found = _part(tree, names)
        infinite, imaginary = found.expression.has(zoo, oo, -oo, nan), found.expression.has(I)
    except RecursionError:
        raise FormulaError("it is nested too deeply") from None
    if infinite:
        raise FormulaError("it divides by zero")
    if imaginary:
        raise FormulaError("it is not real: a root or a logarithm of a negative number is in it")
    return found


def _part(tree: ast.expr, names: Names) -> Part:
    """Any expression; long sums and products lean to the left and are taken as they come."""
    spine = []
    while isinstance(tree, ast.BinOp):
        spine.append(tree)
        tree = tree.left
    found = _leaf(tree, names)
    for outer in reversed(spine):
        found = _operation(outer, found, _part(outer.right, names))
    return found


def _leaf(tree: ast.expr, names: Names) -> Part:
    if isinstance(tree, ast.Constant):
        return _number(tree.value)
    if isinstance(tree, ast.Name):
        return _named(tree.id, names)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
        of = _part(tree.operand, names)
        return of if isinstance(tree.op, ast.UAdd) else Part(-of.expression, of.weight)
    if isinstance(tree, ast.Call):
        return _call(tree, names)
    refuse(tree, f"{in_words(tree)} has no place in a formula")


def _number(value: object) -> Part:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormulaError(
            f"{short(repr(value))} is no number; a formula has whole numbers and decimals"
        )
    if value != value or value in (float("inf"), -float("inf")):
        raise FormulaError("a number is too large for floating point")
    exact = Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
    top, bottom = exact.numerator, exact.denominator
    weight = 1 + top.bit_length() + bottom.bit_length()
    return _weighed(weight, lambda: Rational(top, bottom))


def _named(name: str, names: Names) -> Part:
    if name in names:
        return names[name]
    if name in CONSTANTS:
        return CONSTANTS[name]
    symbol = symbol_named(name)
    if symbol is not None:
        return Part(symbol, 1)
    if name in FUNCTIONS:
        raise FormulaError(f"{name} is a function; it takes its arguments in brackets")
    hint = suggestion(name, [*CONSTANTS, *names])
    if name.startswith(OF_BLOCKS):
        hint = f"blocks appear only as S (trained at task 2) and C (held); {hint}"
    raise FormulaError(f"{name} is not known here; {hint}")


def _operation(tree: ast.BinOp, left: Part, right: Part) -> Part:
    operation = OPERATIONS.get(type(tree.op))
    if operation is None:
        hint = "; a power is written **" if isinstance(tree.op, ast.BitXor) else ""
        refuse(tree, f"of the operations, + - * / and ** are known here{hint}")
    weight = left.weight + right.weight + 1
    if isinstance(tree.op, ast.Pow):
        weight = left.weight * _times(right.expression) + right.weight
    return _weighed(weight, lambda: operation(left.expression, right.expression))


def _times(exponent: Expr) -> int:
    """How often a power could repeat its base: the largest number in the exponent."""
    return max((int(ceiling(abs(of))) for of in exponent.atoms(Rational)), default=1) or 1


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
    if tree.keywords or any(isinstance(of, ast.Starred) for of in tree.args):
        refuse(tree, f"{name} takes plain arguments")
    count, function = FUNCTIONS[name]
    if not tree.args or len(tree.args) != (count or len(tree.args)):
        refuse(tree, f"{name} takes {count or 'at least one'} argument{'s' * (count != 1)}")
    if name == "Piecewise":
        return _piecewise(tree.args, names)
    parts = [_part(of, names) for of in tree.args]
    if name == "Rational" and not _is_ratio(*(of.expression for of in parts)):
        refuse(tree, "Rational takes two whole numbers, the second not 0")
    weight = 1 + sum(of.weight for of in parts)
    if name == "exp":  # of a logarithm is a power
        weight *= _times(parts[0].expression)
    return _weighed(weight, lambda: function(*(of.expression for of in parts)))


def _is_ratio(top: Expr, bottom: Expr) -> bool:
    return bool(top.is_Integer and bottom.is_Integer and bottom != Integer(0))


def _piecewise(pairs: Sequence[ast.expr], names: Names) -> Part:
    """Cases, the first whose condition holds counting: Piecewise((value, condition), …)."""
    cases, weight = [], 1
    for pair in pairs:
        if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
            refuse(pair, "Piecewise takes pairs (value, condition)")
        value, condition = _part(pair.elts[0], names), _condition(pair.elts[1], names)
        cases.append((value.expression, condition.expression))
        weight += value.weight + condition.weight
    return _weighed(weight, lambda: Piecewise(*cases, evaluate=False))


def _condition(tree: ast.expr, names: Names) -> Part:
    if isinstance(tree, ast.Constant) and tree.value is True:
        return Part(True, 1)
    if not isinstance(tree, ast.Compare) or [type(of) in COMPARISONS for of in tree.ops] != [True]:
        refuse(tree, "a condition is one comparison with < <= > >=, or True")
    left, right = (_part(of, names) for of in (tree.left, *tree.comparators))
    sign = COMPARISONS[type(tree.ops[0])]
    relation = Rel(left.expression, right.expression, sign, evaluate=False)
    return Part(relation, 1 + left.weight + right.weight)
