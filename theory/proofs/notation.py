"""How symbols and formulas are written for people: on a terminal, and in LaTeX."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import NamedTuple
from xml.dom.minidom import Element

from sympy import Add, Expr, Rational, Symbol
from sympy.core.relational import Relational
from sympy.printing.latex import LatexPrinter
from sympy.printing.mathml import MathMLPresentationPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.stringpict import prettyForm
from sympy.printing.str import StrPrinter

from update_magnitude.theory.proofs.inner_products import Inner

# A symbol on the terminal and in LaTeX, where its own name would not do.
NAMES: dict[Symbol, tuple[str, str]] = {}

# What a symbol stands for, in plain words; a theorem may say it more closely.
MEANINGS: dict[Symbol, str] = {}

# Symbols that may have any value: what is shown for all values may be used at each.
PARAMETERS: set[Symbol] = set()

# Vectors on the terminal and in LaTeX, where their own names would not do.
VECTORS = {
    "theta": ("θ", r"\theta"),
    "Delta": ("Δ", r"\Delta"),
    "target": ("θ*_t", r"\theta^*_t"),
    "other": ("θ*_i", r"\theta^*_i"),
    "e": ("e_S", "e_S"),
    "d": ("d_S", "d_S"),
    "mean": ("μ", r"\mu"),
    "g_i": ("g′_i", "g'_i"),
    "g_j": ("g′_j", "g'_j"),
    "h_i": ("g″_i", "g''_i"),
    "h_j": ("g″_j", "g''_j"),
    "delta": ("δ_t", r"\delta_t"),
}


def symbol(
    name: str,
    text: str = "",
    latex: str = "",
    *,
    meaning: str = "",
    parameter: bool = False,
    **assumptions: bool,
) -> Symbol:
    r"""A symbol, how people write it, and what it means.

    Symbols of one name and the same assumptions are one symbol to SymPy, wherever they are made.

    Args:
        name: by which formulas and users know it.
        text: on a terminal; the name, if not given.
        latex: in LaTeX, where text is given.
        meaning: what it stands for, in a few plain words.
        parameter: whether it may have any value, so that a line may be taken at one of them.
        assumptions: those of SymPy.

    Raises:
        ValueError: if the same symbol was made before, to be written or to mean otherwise.

    Example:
        >>> in_words(symbol("rho", "ρ", r"\rho", positive=True) > 2)
        'ρ > 2'
    """
    made = Symbol(name, **assumptions)
    if text and NAMES.setdefault(made, (text, latex)) != (text, latex):
        raise ValueError(f"{name}: this symbol is written {NAMES[made][0]} already, not {text}")
    if meaning and MEANINGS.setdefault(made, meaning) != meaning:
        raise ValueError(f"{name}: this symbol means “{MEANINGS[made]}” already, not “{meaning}”")
    if parameter:
        PARAMETERS.add(made)
    return made


class _PositiveFirst:
    """Sums begin with a term that has no minus, if there is one."""

    def _as_ordered_terms(self, expr: Expr, order: str | None = None) -> list[Expr]:
        terms: list[Expr] = super()._as_ordered_terms(expr, order)  # type: ignore[misc]
        first = next((term for term in terms if not term.could_extract_minus_sign()), terms[0])
        return [first, *(term for term in terms if term is not first)]


class _Words(_PositiveFirst, StrPrinter):  # type: ignore[misc]  # SymPy carries no types
    def _print_Symbol(self, expr: Symbol) -> str:
        return NAMES.get(expr, (str(expr),))[0]

    def _print_MatrixSymbol(self, expr: Expr) -> str:
        return self._print_Symbol(expr)

    def _print_Mul(self, expr: Expr) -> str:
        return str(super()._print_Mul(expr)).replace("*", "·")

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        if expr.exp == Rational(1, 2):
            return f"√({self._print(expr.base)})"
        if expr.exp == 2:
            return f"{self.parenthesize(expr.base, PRECEDENCE['Pow'])}²"
        return str(super()._print_Pow(expr, rational))

    def _print_Relational(self, expr: Relational) -> str:
        signs = {">": ">", ">=": "≥", "<": "<", "<=": "≤", "==": "="}
        return f"{self._print(expr.lhs)} {signs[expr.rel_op]} {self._print(expr.rhs)}"


class _Pretty(_PositiveFirst, PrettyPrinter):  # type: ignore[misc]
    def _print_Symbol(self, e: Symbol, bold_name: bool = False) -> prettyForm:
        return prettyForm(NAMES.get(e, (str(e),))[0])

    def _print_Inner(self, e: Inner) -> prettyForm:
        first, second = (_vector(arg)[0] for arg in e.args)
        return prettyForm(f"‖{first}‖²" if first == second else f"⟨{first},{second}⟩")


class _Latex(_PositiveFirst, LatexPrinter):  # type: ignore[misc]
    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return NAMES[expr][1] if expr in NAMES else str(super()._print_Symbol(expr))

    def _print_Inner(self, expr: Inner, exp: str | None = None) -> str:
        first, second = (_vector(arg)[1] for arg in expr.args)
        same = first == second
        return rf"\|{first}\|^2" if same else rf"\langle {first}, {second}\rangle"


class _MathML(_PositiveFirst, MathMLPresentationPrinter):  # type: ignore[misc]
    def _print_Symbol(self, sym: Symbol, style: str = "plain") -> Element:
        """The symbol as on the terminal, its subscripts set as such."""
        row: Element = self.dom.createElement("mrow")
        row.setAttribute("data-symbol", str(sym))  # which a page may explain
        for part, below in PARTS.findall(NAMES.get(sym, (str(sym),))[0]):
            base = self._element("mi" if part.isalpha() else "mo", part)
            if below:
                indexed = self.dom.createElement("msub")
                indexed.appendChild(base)
                indexed.appendChild(self._element("mi", below))
                base = indexed
            row.appendChild(base)
        return row

    def _print_Inner(self, expr: Inner) -> Element:
        """An inner product in brackets, a squared length between bars."""
        first, second = (_vector(arg)[0] for arg in expr.args)
        if first == second:
            return self._signs(("‖", first, "‖²"))
        return self._signs(("⟨", first, ",", second, "⟩"))

    def _signs(self, parts: tuple[str, ...]) -> Element:
        """Texts in a row, as symbols are written."""
        row: Element = self.dom.createElement("mrow")
        for part in parts:
            row.appendChild(self._print_Symbol(Symbol(part)))
        return row

    def _element(self, tag: str, text: str) -> Element:
        element: Element = self.dom.createElement(tag)
        if tag == "mo":
            for attribute, setting in (("stretchy", "false"), ("lspace", "0"), ("rspace", "0")):
                element.setAttribute(attribute, setting)
        element.appendChild(self.dom.createTextNode(text))
        return element


PARTS = re.compile(r"([^\W\d_]+\*?|.)(?:_(\w+))?")  # letters or one sign, and what is below them


def in_words(expression: Expr) -> str:
    """One line, for a terminal."""
    return str(_Words().doprint(expression))


def pretty(expression: Expr, width: int | None = None) -> str:
    """A formula in two dimensions, for a terminal, and for a width in columns if one is given.

    A sum is broken before + and −, and what is too wide all the same is written in one dimension.
    """
    whole = _picture(expression)
    if width is None or _wide(whole) <= width:
        return whole
    printer = _pretty_printer()
    terms = printer._as_ordered_terms(expression) if expression.is_Add else [expression]
    rows: list[list[Expr]] = [[]]
    for term in terms:
        longer = Add(*rows[-1], term, evaluate=False)
        if rows[-1] and _wide(_picture(longer)) > width - len("+ "):
            rows.append([])
        rows[-1].append(term)
    pictures = [_row(row, begins=row is rows[0]) for row in rows]
    if max(map(_wide, pictures)) <= width:
        return "\n\n".join(pictures)
    return "\n".join(textwrap.wrap(in_words(expression), width, break_long_words=False))


def _row(terms: list[Expr], begins: bool) -> str:
    """Some terms of a sum; where others come before them, they begin with a sign."""
    total = Add(*terms, evaluate=False)
    if begins or all(term.could_extract_minus_sign() for term in terms):
        return _picture(total)
    form = _pretty_printer()._print(total)
    return _trimmed(prettyForm(*form.left("+ ")).render(wrap_line=False))


def _picture(expression: Expr) -> str:
    return _trimmed(_pretty_printer().doprint(expression))


def _trimmed(picture: str) -> str:
    return "\n".join(row.rstrip() for row in picture.splitlines())


def _pretty_printer() -> _Pretty:
    return _Pretty({"use_unicode": True, "wrap_line": False})


def _wide(picture: str) -> int:
    return max(map(len, picture.splitlines()))


def latex(expression: Expr) -> str:
    """A formula in LaTeX, without dollars."""
    return str(_Latex().doprint(expression))


class Explained(NamedTuple):
    """A symbol for people: how it is written on a terminal and in LaTeX, and what it means."""

    text: str
    latex: str
    meaning: str


def explained(symbol: Symbol, instead: Mapping[str, str]) -> Explained:
    """What people need to know of a symbol; by its name it may have another meaning instead."""
    meaning = instead.get(str(symbol)) or MEANINGS.get(symbol, "")
    return Explained(in_words(symbol), latex(symbol), meaning)


def mathml(expression: Expr) -> str:
    """A formula in MathML, as browsers set it."""
    printer = _MathML({"mul_symbol": "\u2062"})  # an invisible product
    inside = printer._print(expression).toxml()
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{inside}</math>'


def _vector(symbol: Symbol) -> tuple[str, str]:
    name = symbol.name.removeprefix("vec_")
    return VECTORS.get(name, (name, name))
