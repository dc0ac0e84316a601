"""How theorems show themselves in Python: in a terminal, in a notebook, and as one formula."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from sympy import And, Expr, Piecewise

from update_magnitude.theory.proofs.notation import latex
from update_magnitude.theory.proofs.signs import Domain
from update_magnitude.theory.proofs.writing import tex

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Theorem


def formula(theorem: Theorem) -> Expr:
    """The result; where it has several regimes, a Piecewise of them on their domains."""
    if len(theorem.cases) == 1:
        return theorem.cases[0].derive().result
    return Piecewise(
        *((case.derive().result, And(*case.domain, evaluate=False)) for case in theorem.cases)
    )


def formula_in_latex(theorem: Theorem) -> str:
    """The result in LaTeX, without dollars; several regimes are written as cases."""
    rows = [latex(Domain(case.domain).turned(case.derive().result)) for case in theorem.cases]
    if len(rows) == 1:
        return rows[0]
    regimes = [rf"\text{{{tex(case.regime)}}}" for case in theorem.cases]
    lines = r" \\ ".join(f"{row} & {regime}" for row, regime in zip(rows, regimes, strict=True))
    return rf"\begin{{cases}} {lines} \end{{cases}}"


def in_lines(theorem: Theorem) -> str:
    """The theorem on a terminal; its arguments are those by which it is called."""
    call = f"{theorem.name}({', '.join(theorem.arguments)})"
    return "\n    ".join((call, *facts(theorem)))


def in_html(theorem: Theorem) -> str:
    """The theorem in a notebook, which sets the formula."""
    lines = "<br>".join(map(escape, facts(theorem)))
    call = escape(f"{theorem.name}({', '.join(theorem.arguments)})")
    shown = escape(formula_in_latex(theorem))
    return f"<p><code>{call}</code><br>{lines}</p><p>$\\displaystyle {shown}$</p>"


def table_in_lines(theorems: Iterable[Theorem]) -> str:
    """A list of theorems on a terminal; nothing is derived for it."""
    return "\n".join("\n    ".join((theorem.name, *facts(theorem))) for theorem in theorems)


def table_in_html(theorems: Iterable[Theorem]) -> str:
    """A list of theorems in a notebook; nothing is derived for it."""
    rows = (
        f"<tr><td><code>{escape(theorem.name)}</code></td><td>{escape(theorem.statement)}</td>"
        f"<td>{escape(theorem.domain)}</td><td>{escape(theorem.source)}</td></tr>"
        for theorem in theorems
    )
    head = "".join(f"<th>{name}</th>" for name in ("theorem", "statement", "domain", "source"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def facts(theorem: Theorem) -> tuple[str, str, str]:
    """What a theorem says, where, and by whom, each in one line."""
    return theorem.statement, f"domain: {theorem.domain}", f"source: {theorem.source}"
