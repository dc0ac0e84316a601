"""A theorem with its derivation, written out for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Add, Expr

from theory.derivation import Derivation, Line
from theory.notation import latex, pretty
from theory.statements import Case, Theorem

FORMATS = ("text", "markdown", "latex")
ROOM = 180  # characters of LaTeX that fit a line of a page, roughly

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
    **{"μ": r"$\mu$", "|": "$|$"},
}


def proof(theorem: Theorem, style: str) -> str:
    """The theorem, its domain, source and derivations.

    Args:
        theorem: which one.
        style: one of ``FORMATS``.

    Example:
        >>> from theory.theorem_table import theorem
        >>> print(proof(theorem("haar-mean"), "text").splitlines()[0])
        haar-mean
    """
    writer = {"text": _text, "markdown": _markdown, "latex": _latex}[style]
    return "\n".join(writer(theorem))


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


def _text(theorem: Theorem) -> Iterator[str]:
    yield theorem.name
    yield "=" * len(theorem.name)
    yield theorem.statement
    yield f"domain: {theorem.domain}"
    yield f"source: {theorem.source}"
    for case, derivation in _cases(theorem):
        if case.regime:
            yield f"\n-- {case.regime} --"
        for number, line in enumerate(derivation.lines, 1):
            yield f"\n({number}) {_reason(line)}\n"
            yield from (f"    {row}" for row in pretty(line.result).splitlines())


def _markdown(theorem: Theorem) -> Iterator[str]:
    yield f"## {theorem.name}\n"
    yield f"{theorem.statement}\n"
    yield f"*Domain*: {theorem.domain}. *Source*: {theorem.source}.\n"
    for case, derivation in _cases(theorem):
        if case.regime:
            yield f"### {case.regime}\n"
        for number, line in enumerate(derivation.lines, 1):
            yield f"({number}) {_reason(line)}\n\n$${latex(line.result)}$$\n"


def _latex(theorem: Theorem) -> Iterator[str]:
    yield rf"\section*{{{tex(theorem.name)}}}"
    yield f"{tex(theorem.statement)}. Domain: {tex(theorem.domain)}. Source: {tex(theorem.source)}."
    for case, derivation in _cases(theorem):
        if case.regime:
            yield rf"\subsection*{{{tex(case.regime)}}}"
        for number, line in enumerate(derivation.lines, 1):
            yield rf"\par\medskip\noindent({number}) {tex(_reason(line))}"
            yield rf"\[\fit{{{_display(line.result)}}}\]"


def _display(expression: Expr) -> str:
    """A displayed formula; a long sum has a line for every term."""
    whole = latex(expression)
    terms = [latex(term) for term in Add.make_args(expression)]
    if len(whole) <= ROOM or len(terms) == 1:
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


def _cases(theorem: Theorem) -> Iterator[tuple[Case, Derivation]]:
    for case in theorem.cases:
        yield case, case.derive()


def _reason(line: Line) -> str:
    """The rule, the lines it uses, and why."""
    numbers = ", ".join(f"({used + 1})" for used in line.uses)
    return f"{line.rule.name}{f' in {numbers}' if numbers else ''}: {line.because}"
