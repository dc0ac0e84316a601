"""Theorems written out for people: with their derivations, and as tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from sympy import Add, Expr

from update_magnitude.scenarios.templates import render
from update_magnitude.theory.proofs.derivation import Kind, Line
from update_magnitude.theory.proofs.notation import latex, pretty
from update_magnitude.theory.proofs.signs import Domain

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Case, Theorem

TEXT, PLAIN = "text", "plain"  # with formulas in two dimensions, or in one and in ASCII
TEMPLATES = {
    TEXT: "theory/proofs/proof.txt",
    "markdown": "theory/proofs/proof.md",
    "latex": "theory/proofs/proof.tex",
    PLAIN: "theory/proofs/proof.txt",
}
FORMATS = tuple(TEMPLATES)
ROOM = 100  # columns of a text, if nothing else is said; a line of a page has about as many
INDENT = "    "

# What the sentences of derivations are written with, in LaTeX.
TEX = {
    "θ*_1": r"$\theta^*_1$",
    "θ*_i": r"$\theta^*_i$",
    "θ*_t": r"$\theta^*_t$",
    "⁻¹": "$^{-1}$",
    "⁻²": "$^{-2}$",
    **{"ᵀ": r"$^\top$", "²": "$^2$", "′": "$'$", "⟨": r"$\langle$", "⟩": r"$\rangle$"},
    **{"θ": r"$\theta$", "Δ": r"$\Delta$", "δ": r"$\delta$", "Φ": r"$\Phi$", "α": r"$\alpha$"},
    **{"σ": r"$\sigma$", "ε": r"$\varepsilon$", "χ": r"$\chi$", "ν": r"$\nu$", "ξ": r"$\xi$"},
    **{"η": r"$\eta$", "Σ": r"$\sum$", "∫": r"$\int$", "Γ": r"$\Gamma$", "√": r"$\surd$"},
    **{"‖": r"$\|$", "−": "$-$", "·": r"$\cdot$", "ℝ": r"$\mathbb{R}$", "≥": r"$\ge$"},
    **{"ᵐ": "$^m$", "_": r"\_", "{": r"\{", "}": r"\}", "^": r"\^{}", ">": "$>$", "≤": r"$\le$"},
    **{"μ": r"$\mu$", "|": "$|$", "→": r"$\to$", "∞": r"$\infty$", "λ": r"$\lambda$"},
    **{"γ": r"$\gamma$", "κ": r"$\kappa$", "β": r"$\beta$", "τ": r"$\tau$", "ζ": r"$\zeta$"},
    **{"ω": r"$\omega$", "⊥": r"$\perp$", "φ": r"$\varphi$", "≠": r"$\ne$", "×": r"$\times$"},
    **{"d̂": r"$\hat d$", "Π": r"$\Pi$", "″": "$''$", "∥": r"$\parallel$", "³": "$^3$", "–": "--"},
    **{"Ψ": r"$\Psi$", "ρ": r"$\rho$"},
    **{"⁺": "$^+$", "⁴": "$^4$", "½": r"$\tfrac12$", "<": "$<$", "ᵗ": "$^t$", "ᵀ": r"$^\top$"},
    **{
        "ρ": r"$\rho$",
        "Ψ": r"$\Psi$",
        "∝": r"$\propto$",
        "⁻³": "$^{-3}$",
        "₋": "$_-$",
        "≈": r"$\approx$",
    },
    **{"∈": r"$\in$", "₁": "$_1$", "₂": "$_2$"},
}


class Written(NamedTuple):
    """A case of a theorem in one format: its regime, its result and its numbered lines."""

    regime: str
    result: str
    lines: list[tuple[str, str]]  # reason, formula


def proof(theorem: Theorem, style: str, width: int = ROOM) -> str:
    """The theorem, its domain and source, what it says, and its derivations, which end in that.

    Args:
        theorem: which one.
        style: one of ``FORMATS``.
        width: the columns of a text; the other formats leave lines to those who set them.
    """
    text = render(
        TEMPLATES[style],
        theorem=theorem,
        rests_on=rests_on(theorem),
        cases=[_written(case, style, width) for case in theorem.cases],
        legend=_legend(theorem, style, width),
        tex=tex,
        wrapped=lambda sentence: _wrapped(sentence, width),
    )
    return text.removesuffix("\n")


def _written(case: Case, style: str, width: int) -> Written:
    """A case with the signs of its formulas as its domain has them."""
    domain, derivation = Domain(case.domain), case.derive()
    lines = [
        (reason(line), _formula(domain.turned(line.result), style, width))
        for line in derivation.lines
    ]
    return Written(case.regime, _formula(domain.turned(derivation.result), style, width), lines)


def _legend(theorem: Theorem, style: str, width: int) -> str:
    """What the symbols mean, each in a line of its own, written as a format of text has them."""
    rows = [
        (name if style == PLAIN else symbol.text, symbol.meaning)
        for name, symbol in theorem.symbols.items()
    ]
    room = max((len(name) for name, _ in rows), default=0)
    return "\n".join(
        textwrap.fill(
            f"{name:{room}}  {meaning}",
            width,
            initial_indent="  ",
            subsequent_indent=" " * (room + 4),
            break_on_hyphens=False,
        )
        for name, meaning in rows
    )


def _formula(expression: Expr, style: str, width: int) -> str:
    """A formula as a format has it; the text formats indent it and fit it to a width."""
    if style == "markdown":
        return latex(expression)
    if style == "latex":
        return _display(expression)
    room = width - len(INDENT)
    rows = (
        textwrap.wrap(str(expression), room, break_on_hyphens=False)
        if style == PLAIN
        else pretty(expression, room).splitlines()
    )
    return "\n".join(f"{INDENT}{row}" if row else "" for row in rows)


def counts(theorem: Theorem) -> dict[str, int]:
    """How many lines of each kind a theorem rests on, those of all that it cites among them."""
    origins = theorem.origins()
    return {
        str(kind): sum(count for origin, count in origins.items() if origin.kind is kind)
        for kind in Kind
    }


def rests_on(theorem: Theorem) -> str:
    """The same in words."""
    number = counts(theorem)
    words = [
        f"{number[kind]} {kind}{'' if number[kind] == 1 else 's'}"
        for kind in (Kind.DEFINITION, Kind.ASSUMPTION)
    ]
    words += [f"{number[kind]} {kind}" for kind in (Kind.STATED, Kind.DERIVED)]
    return f"{', '.join(words)} (with those of what it cites)"


def document(proofs: Iterable[str]) -> str:
    """LaTeX proofs as a document that compiles."""
    return render("theory/proofs/document.tex", proofs=list(proofs))


def _wrapped(sentence: str, width: int) -> str:
    return "\n".join(textwrap.wrap(sentence, width, break_on_hyphens=False))


def _display(expression: Expr) -> str:
    """A displayed formula; a long sum has a line for every term."""
    whole = latex(expression)
    terms = [latex(term) for term in Add.make_args(expression)]
    width = max(map(len, pretty(expression).splitlines()))
    if width <= ROOM or len(terms) == 1:
        return whole
    separator = r" \\ "
    signed = [term if term.startswith("-") else f"+{term}" for term in terms]
    signed[0] = signed[0].removeprefix("+")
    rows = separator.join(f"&{term}" for term in signed)
    return rf"\begin{{aligned}}{rows}\end{{aligned}}"


def tex(sentence: str) -> str:
    r"""A sentence in LaTeX.

    Example:
        >>> tex("E‖d_S‖² > 0")
        'E$\\|$d\\_S$\\|$$^2$ $>$ 0'
    """
    parts, position = [], 0
    while position < len(sentence):
        key = next((k for k in TEX if sentence.startswith(k, position)), sentence[position])
        parts.append(TEX.get(key, key))
        position += len(key)
    return "".join(parts)


def reason(line: Line) -> str:
    """The kind of a line, unless it is derived; the rule, the lines it uses, and why.

    An assumption ends in its reference, and what is stated in the name of the test that checks it.
    """
    numbers = ", ".join(f"({used + 1})" for used in line.uses)
    rule = f"{line.rule.name}{f' in {numbers}' if numbers else ''}"
    kind = line.origin.kind
    if kind is Kind.DERIVED:
        return f"{rule}: {line.because}"
    named = line.origin.reference or line.origin.test
    begins = rule if rule == kind else f"{kind}, {rule}"
    return f"{begins}: {line.because}{f' [{named}]' if named else ''}"


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
