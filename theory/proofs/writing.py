"""A theorem with its derivation, written out for people."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sympy import Add, Expr

from update_magnitude.theory.proofs.derivation import Line
from update_magnitude.theory.proofs.kinds import Kind
from update_magnitude.theory.proofs.notation import latex, pretty
from update_magnitude.theory.proofs.signs import Domain

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Theorem

TEXT, PLAIN = "text", "plain"  # with formulas in two dimensions, or in one and in ASCII
FORMATS = (TEXT, "markdown", "latex", PLAIN)
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
    **{"⁺": "$^+$", "⁴": "$^4$", "½": r"$\tfrac12$", "<": "$<$", "ᵗ": "$^t$", "ᵀ": r"$^\top$"},
}


class Writer(NamedTuple):
    """How the parts of a proof are written in one format."""

    head: Callable[[Theorem], str]
    regime: Callable[[str], str]
    result: Callable[[str, Expr], str]  # regime, formula
    line: Callable[[int, str, Expr], str]  # number, reason, result


def proof(theorem: Theorem, style: str, width: int = ROOM) -> str:
    """The theorem, its domain and source, what it says, and its derivations, which end in that.

    Args:
        theorem: which one.
        style: one of ``FORMATS``.
        width: the columns of a text; the other formats leave lines to those who set them.

    Example:
        >>> from update_magnitude.theory.theorems import theorem
        >>> print(proof(theorem("haar-mean"), "text").splitlines()[0])
        haar-mean
    """
    return "\n".join(filter(None, _parts(theorem, _writer(style, width))))


def _parts(theorem: Theorem, writer: Writer) -> Iterator[str]:
    """Head, results, and regime by regime the numbered lines, as one writer has them."""
    domains = [Domain(case.domain) for case in theorem.cases]
    yield writer.head(theorem)
    for case, domain in zip(theorem.cases, domains, strict=True):
        yield writer.result(case.regime, domain.turned(case.derive().result))
    for case, domain in zip(theorem.cases, domains, strict=True):
        yield writer.regime(case.regime)
        for number, line in enumerate(case.derive().lines, 1):
            yield writer.line(number, reason(line), domain.turned(line.result))


def counts(theorem: Theorem) -> dict[str, int]:
    """How many lines of each kind a theorem rests on, those of all that it cites among them.

    Example:
        >>> from update_magnitude.theory.theorems import theorem
        >>> counts(theorem("haar-mean"))
        {'definition': 0, 'assumption': 1, 'stated and tested': 0, 'derived': 1}
    """
    found = theorem.origins()
    return {
        str(kind): sum(count for origin, count in found.items() if origin.kind is kind)
        for kind in Kind
    }


def rests_on(theorem: Theorem) -> str:
    """The same in words."""
    number = counts(theorem)
    words = (
        _counted(number["definition"], "definition"),
        _counted(number["assumption"], "assumption"),
        f"{number['stated and tested']} stated and tested",
        f"{number['derived']} derived",
    )
    return f"{', '.join(words)} (with those of what it cites)"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def document(proofs: Iterable[str]) -> str:
    """LaTeX proofs as a document that compiles."""
    head = (
        r"\documentclass{article}",
        r"\usepackage{amsmath,amssymb,graphicx}",
        # Shrinks what is wider than the page.
        r"\newsavebox\wide",
        r"\newcommand\fit[1]{\sbox\wide{$\displaystyle #1$}\ifdim\wd\wide>\linewidth",
        r"\resizebox{\linewidth}{!}{\usebox\wide}\else\usebox\wide\fi}",
        r"\usepackage[margin=2cm]{geometry}",
        r"\allowdisplaybreaks",
        r"\begin{document}",
    )
    return "\n".join((*head, *proofs, r"\end{document}", ""))


def _writer(style: str, width: int) -> Writer:
    if style in (TEXT, PLAIN):
        formula = partial(_formula if style == TEXT else _plain_formula, width)
        return Writer(
            partial(_text_head, width),
            lambda regime: f"\n-- {regime} --" if regime else "",
            partial(_text_result, formula),
            partial(_text_line, width, formula),
        )
    return WRITERS[style]


def _text_head(width: int, theorem: Theorem) -> str:
    facts = (
        theorem.statement,
        f"domain: {theorem.domain}",
        f"source: {theorem.source}",
        f"lines: {rests_on(theorem)}",
    )
    rule = "=" * len(theorem.name)
    return "\n".join((theorem.name, rule, *(_wrapped(fact, width) for fact in facts)))


def _text_result(formula: Callable[[Expr], str], regime: str, result: Expr) -> str:
    name = f"result, {regime}" if regime else "result"
    return f"\n{name}:\n\n{formula(result)}"


def _text_line(
    width: int, formula: Callable[[Expr], str], number: int, why: str, result: Expr
) -> str:
    return f"\n{_wrapped(f'({number}) {why}', width)}\n\n{formula(result)}"


def _formula(width: int, result: Expr) -> str:
    rows = pretty(result, width - len(INDENT)).splitlines()
    return "\n".join(f"{INDENT}{row}" if row else "" for row in rows)


def _plain_formula(width: int, result: Expr) -> str:
    """A formula in one dimension and in ASCII, as it is written in Python."""
    rows = textwrap.wrap(str(result), width - len(INDENT), break_on_hyphens=False)
    return "\n".join(f"{INDENT}{row}" for row in rows)


def _wrapped(sentence: str, width: int) -> str:
    return "\n".join(textwrap.wrap(sentence, width, break_on_hyphens=False))


def _markdown_head(theorem: Theorem) -> str:
    facts = f"*Domain*: {theorem.domain}. *Source*: {theorem.source}."
    lines = f"*Lines*: {rests_on(theorem)}."
    return f"## {theorem.name}\n\n{theorem.statement}\n\n{facts} {lines}\n"


def _latex_head(theorem: Theorem) -> str:
    facts = f"Domain: {tex(theorem.domain)}. Source: {tex(theorem.source)}."
    facts += f" Lines: {tex(rests_on(theorem))}."
    return f"\\section*{{{tex(theorem.name)}}}\n{tex(theorem.statement)}. {facts}"


def _latex_result(regime: str, result: Expr) -> str:
    name = f"Result, {regime}" if regime else "Result"
    return f"\\par\\medskip\\noindent {tex(name)}:\n\\[\\fit{{{_display(result)}}}\\]"


def _latex_line(number: int, why: str, result: Expr) -> str:
    sentence = rf"\par\medskip\noindent({number}) {tex(why)}"
    return f"{sentence}\n\\[\\fit{{{_display(result)}}}\\]"


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
    parts, at = [], 0
    while at < len(sentence):
        key = next((k for k in TEX if sentence.startswith(k, at)), sentence[at])
        parts.append(TEX.get(key, key))
        at += len(key)
    return "".join(parts)


def reason(line: Line) -> str:
    """The kind of a line, unless it is derived; the rule, the lines it uses, and why.

    An assumption ends in its reference, and what is stated in the name of the test that holds it.
    """
    numbers = ", ".join(f"({used + 1})" for used in line.uses)
    rule = f"{line.rule.name}{f' in {numbers}' if numbers else ''}"
    kind = line.origin.kind
    if kind is Kind.DERIVED:
        return f"{rule}: {line.because}"
    named = line.origin.reference or line.origin.test
    begins = rule if rule == kind else f"{kind}, {rule}"
    return f"{begins}: {line.because}{f' [{named}]' if named else ''}"


WRITERS = {
    "markdown": Writer(
        _markdown_head,
        lambda regime: f"### {regime}\n" if regime else "",
        lambda regime, result: (
            f"*Result*{f', {regime}' if regime else ''}:\n\n$${latex(result)}$$\n"
        ),
        lambda number, why, result: f"({number}) {why}\n\n$${latex(result)}$$\n",
    ),
    "latex": Writer(
        _latex_head,
        lambda regime: rf"\subsection*{{{tex(regime)}}}" if regime else "",
        _latex_result,
        _latex_line,
    ),
}
