"""From the text of a formula to a SymPy expression, without running any of the text.

The text is parsed to a syntax tree, and the expression is built from it, operation by operation;
what is not in the tables below is refused by its name. A formula also has a weight: the number of
its parts, whole numbers counted by their binary digits, with all powers written out. It bounds
every number that SymPy could come across on the way, so that 9**9**9 is refused and not computed.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Literal, NamedTuple, NoReturn, overload

import sympy
from sympy import Expr, Rational
from sympy.functions.elementary.piecewise import ExprCondPair

from update_magnitude.paper_checks.candidates.symbols import TWO_TASKS, symbol_named
from update_magnitude.scenarios import ScenarioError, fields

HEAVIEST = 30_000  # the weight that a formula may have; G, multiplied out, has half of it
DIGITS = 1024  # binary digits of a number, beyond which float64 does not hold it
TOO_LARGE = "a number in it is too large for floating point"
NESTED = "it is nested too deeply"

# What a formula may be made of, beside numbers and the symbols of ``symbols``.
CONSTANTS = {"pi": sympy.pi, **TWO_TASKS}
OPERATIONS: dict[type[ast.operator], Callable[[Expr, Expr], Expr]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
WORDS: dict[type[ast.AST], str] = {  # for what has no place in a formula
    ast.Attribute: "a name with a dot",
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.Compare: "a comparison",
    ast.Tuple: "a tuple",
    ast.List: "a list",
    ast.Subscript: "an index",
    ast.IfExp: "an if-expression (Piecewise has cases)",
}


def _ratio(above: Expr, below: Expr) -> Expr:
    if not (above.is_Integer and below.is_Integer and below):
        raise ScenarioError("Rational takes two whole numbers, the second not 0")
    return Rational(above, below)


# How many arguments each takes. Not evaluated, Abs, Min and Max cost nothing to build, however
# large what they compare.
FUNCTIONS: dict[str, tuple[int | None, Callable[..., Expr]]] = {
    "sqrt": (1, sympy.sqrt),
    "exp": (1, sympy.exp),
    "log": (1, sympy.log),
    "Abs": (1, partial(sympy.Abs, evaluate=False)),
    "Min": (None, partial(sympy.Min, evaluate=False)),
    "Max": (None, partial(sympy.Max, evaluate=False)),
    "Rational": (2, _ratio),
    "Piecewise": (None, partial(sympy.Piecewise, evaluate=False)),
}


class Part(NamedTuple):
    """A formula or a part of one, and its weight."""

    expression: Expr
    weight: int


Names = Mapping[str, Part]


@overload
def parsed(text: str, mode: Literal["eval"] = "eval") -> ast.Expression: ...
@overload
def parsed(text: str, mode: Literal["exec"]) -> ast.Module: ...
def parsed(text: str, mode: Literal["eval", "exec"] = "eval") -> ast.mod:
    """The syntax tree of a formula (``eval``) or of a Python file (``exec``)."""
    try:
        with warnings.catch_warnings(action="ignore"):  # on text that will be refused
            return ast.parse(text, mode=mode)
    except SyntaxError as error:
        line = f" in line {error.lineno}" if mode == "exec" and error.lineno else ""
        raise ScenarioError(f"not a formula of Python{line}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ScenarioError("not a formula of Python, or nested too deeply") from None


def formula(tree: ast.expr, names: Names) -> Part:
    """The expression that a tree stands for, in symbols, constants and names of earlier lines.

    What is not known here is an error of one line, which names it and says what would be right.
    """
    try:
        part = _part(tree, names)
        infinite = part.expression.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan)
        imaginary = part.expression.has(sympy.I)
    except RecursionError:
        raise ScenarioError(NESTED) from None
    if infinite:
        raise ScenarioError("it divides by zero")
    if imaginary:
        raise ScenarioError("it is not real: a root or a logarithm of a negative number is in it")
    return part


def refuse(tree: ast.AST, message: str, place: str = "") -> NoReturn:
    """Raise the one-line error for a piece of a formula, which may begin with its place."""
    try:
        text = fields.one_line(ast.unparse(tree))
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        text = "…"
    raise ScenarioError(f"{place}{short(text)}: {message}")


def short(text: str) -> str:
    """The text on one line, its beginning if it is long."""
    line = fields.one_line(text)
    return line if len(line) <= fields.SHOWN else line[: fields.SHOWN] + "…"


def suggestion(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name, or else what there is: the end of an error."""
    known = list(known)
    return fields.near_miss(name, known) or f"known: {', '.join(known)}"


def _part(tree: ast.expr, names: Names) -> Part:
    match tree:
        case ast.BinOp():
            return _operations(tree, names)
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
    words = WORDS.get(type(tree), f"what Python calls {type(tree).__name__}")
    refuse(tree, f"{words} has no place in a formula")


def _operations(tree: ast.expr, names: Names) -> Part:
    """Sums and products, however long: they lean to the left and are taken as they come."""
    spine = []
    while isinstance(tree, ast.BinOp):
        spine.append(tree)
        tree = tree.left
    left = _part(tree, names)
    for outer in reversed(spine):
        right, make = _part(outer.right, names), OPERATIONS.get(type(outer.op))
        if make is None:
            hint = "; a power is written **" if isinstance(outer.op, ast.BitXor) else ""
            refuse(outer, f"of the operations, + - * / and ** are known here{hint}")
        weight = left.weight + right.weight + 1
        if make is operator.pow:
            weight = left.weight * _repeats(right.expression) + right.weight
        left = _built(weight, make, left.expression, right.expression)
    return left


def _repeats(exponent: Expr) -> int:
    """How often a power could repeat its base: the largest number in the exponent."""
    numbers = exponent.atoms(Rational)
    return max((int(sympy.ceiling(abs(number))) for number in numbers), default=1) or 1


def _built(weight: int, make: Callable[..., Expr], *parts: Expr) -> Part:
    """What is made of some parts, if it is not too large to be made."""
    if weight > HEAVIEST:
        raise ScenarioError("its powers or its numbers are too large, or it is too long")
    expression = make(*parts)
    number = expression.as_coeff_Mul()[0]
    if number.is_Rational and max(number.p.bit_length(), number.q.bit_length()) > DIGITS:
        raise ScenarioError(TOO_LARGE)
    return Part(expression, weight)


def _number(value: object) -> Part:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(
            f"{fields.shown(value)} is no number; a formula has whole numbers and decimals"
        )
    try:
        exact = Rational(repr(value)) if isinstance(value, float) else Rational(value)
    except TypeError:  # of infinity
        raise ScenarioError(TOO_LARGE) from None
    return _built(1 + exact.p.bit_length() + exact.q.bit_length(), Rational, exact)


def _named(name: str, names: Names) -> Part:
    if name in names:
        return names[name]
    symbol = CONSTANTS.get(name, symbol_named(name))
    if symbol is not None:
        return Part(symbol, 1)
    if name in FUNCTIONS:
        raise ScenarioError(f"{name} is a function; it takes its arguments in brackets")
    hint = suggestion(name, [*CONSTANTS, *names])
    if name.startswith(("norm_", "step_", "cross_")):
        hint = f"blocks appear only as S (trained at task 2) and C (held); {hint}"
    raise ScenarioError(f"{name} is not known here; {hint}")


def _call(tree: ast.Call, names: Names) -> Part:
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    if name not in FUNCTIONS:
        refuse(tree.func, f"no function known here; {suggestion(name, FUNCTIONS)}")
    if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
        refuse(tree, f"{name} takes plain arguments")
    count, make = FUNCTIONS[name]
    if not tree.args or len(tree.args) != (count or len(tree.args)):
        refuse(tree, f"{name} takes {count or 'at least one'} argument{'s' * (count == 2)}")
    build = _case if name == "Piecewise" else _part
    parts = [build(argument, names) for argument in tree.args]
    weight = 1 + sum(part.weight for part in parts)
    if name == "exp":  # of a logarithm is a power
        weight *= _repeats(parts[0].expression)
    return _built(weight, make, *(part.expression for part in parts))


def _case(pair: ast.expr, names: Names) -> Part:
    """One of the cases of Piecewise, the first whose condition holds counting."""
    match pair:
        case ast.Tuple(elts=[value, ast.Constant(value=True)]):
            part = _part(value, names)
            return Part(ExprCondPair(part.expression, True), part.weight + 1)
        case ast.Tuple(elts=[value, ast.Compare(left, [sign], [right])]) if (
            type(sign) in COMPARISONS
        ):
            parts = [_part(tree, names) for tree in (value, left, right)]
            result, low, high = (part.expression for part in parts)
            condition = sympy.Rel(low, high, COMPARISONS[type(sign)], evaluate=False)
            return Part(ExprCondPair(result, condition), 1 + sum(part.weight for part in parts))
        case ast.Tuple(elts=[_, condition]):
            refuse(condition, "a condition is one comparison with < <= > >=, or True")
    refuse(pair, "Piecewise takes pairs (value, condition)")
