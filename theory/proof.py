"""A theorem with its derivation, written out for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sympy import Add, Expr

from update_magnitude.theory.derivation import Line
from update_magnitude.theory.notation import latex, pretty
from update_magnitude.theory.statements import Theorem

FORMATS = ("text", "markdown", "latex")
ROOM = 100  # columns on a terminal of what also fits a line of a page, roughly

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
    line: Callable[[int, str, Expr], str]  # number, reason, result


def proof(theorem: Theorem, style: str) -> str:
    """The theorem, its domain, source and derivations.

    Args:
        theorem: which one.
        style: one of ``FORMATS``.

    Example:
        >>> from update_magnitude.theory.theorem_table import theorem
        >>> print(proof(theorem("haar-mean"), "text").splitlines()[0])
        haar-mean
    """
    writer = WRITERS[style]
    return "\n".join(_parts(theorem, writer))


def _parts(theorem: Theorem, writer: Writer) -> Iterator[str]:
    """Head, regimes and numbered lines of a theorem, as one writer has them."""
    yield writer.head(theorem)
    for case in theorem.cases:
        if case.regime:
            yield writer.regime(case.regime)
        for number, line in enumerate(case.derive().lines, 1):
            yield writer.line(number, _reason(line), line.result)


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


def _text_head(theorem: Theorem) -> str:
    rule = "=" * len(theorem.name)
    facts = f"domain: {theorem.domain}\nsource: {theorem.source}"
    return f"{theorem.name}\n{rule}\n{theorem.statement}\n{facts}"


def _text_line(number: int, reason: str, result: Expr) -> str:
    rows = "\n".join(f"    {row}" for row in pretty(result).splitlines())
    return f"\n({number}) {reason}\n\n{rows}"


def _markdown_head(theorem: Theorem) -> str:
    facts = f"*Domain*: {theorem.domain}. *Source*: {theorem.source}."
    return f"## {theorem.name}\n\n{theorem.statement}\n\n{facts}\n"


def _latex_head(theorem: Theorem) -> str:
    facts = f"Domain: {tex(theorem.domain)}. Source: {tex(theorem.source)}."
    return f"\\section*{{{tex(theorem.name)}}}\n{tex(theorem.statement)}. {facts}"


def _latex_line(number: int, reason: str, result: Expr) -> str:
    sentence = rf"\par\medskip\noindent({number}) {tex(reason)}"
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


def _reason(line: Line) -> str:
    """The rule, the lines it uses, and why."""
    numbers = ", ".join(f"({used + 1})" for used in line.uses)
    return f"{line.rule.name}{f' in {numbers}' if numbers else ''}: {line.because}"


WRITERS = {
    "text": Writer(_text_head, lambda regime: f"\n-- {regime} --", _text_line),
    "markdown": Writer(
        _markdown_head,
        lambda regime: f"### {regime}\n",
        lambda number, reason, result: f"({number}) {reason}\n\n$${latex(result)}$$\n",
    ),
    "latex": Writer(_latex_head, lambda regime: rf"\subsection*{{{tex(regime)}}}", _latex_line),
}
