"""``update-magnitude derive``."""

from __future__ import annotations

import json
import shutil
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.streams import can_print

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Case, Theorem

DRAWN = "ξ√─⎛"  # some of what formulas in two dimensions are drawn with


class Format(StrEnum):
    """How a derivation is written."""

    text = "text"
    markdown = "markdown"
    latex = "latex"


Name = Annotated[
    str | None, typer.Argument(metavar="[THEOREM]", help="A theorem. Default: a table of all.")
]
Style = Annotated[Format, typer.Option("--format", help="How it is written.")]
Standalone = Annotated[bool, typer.Option(help="With --format latex: a document that compiles.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]
Graph = Annotated[
    bool, typer.Option("--graph", help="Print a graph as SVG: what uses what, by evidence.")
]


def derive(
    name: Name = None,
    style: Style = Format.text,
    standalone: Standalone = False,
    as_json: AsJson = False,
    graph: Graph = False,
) -> None:
    """Print a theorem with its derivation, every line of which is verified first.

    The result comes first, and last. Every line says what it rests on: a definition, an assumption
    with its reference, stated with the test that holds it, or else derived by the rule it names.
    How many there are of each kind is counted. A text and JSON also say in words what the symbols
    of the result mean. Without a theorem, --format text lists all; the other formats write them
    out. A text fits the terminal, or 100 columns elsewhere; where the output has no Greek letters,
    formulas are in one line, as in Python.

    With --graph all theorems are drawn, or one with those that it rests on, and nothing is
    verified: an arrow leads to each from what its derivation uses. Green are those that a claim of
    `check` tests, blue those that such a one uses, grey those that are derived alone.

    Examples:
        update-magnitude derive

        update-magnitude derive optimal-count-forgetting

        update-magnitude derive --format latex --standalone > theorems.tex

        update-magnitude derive --graph > theorems.svg
    """
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.simulations.progress import announce
    from update_magnitude.theory.proofs.writing import table_in_lines

    if standalone and style is not Format.latex:
        words = "only LaTeX has documents that compile; add --format latex"
        raise ScenarioError(f"--standalone: {words}")
    chosen = _chosen(name)
    if graph:
        announce("deriving all theorems for their graph: this takes half a minute")
        print(_graph(chosen, style, as_json))
        return
    if name is None and style is Format.text and not as_json:
        print(table_in_lines(chosen))
        return
    if name is None:
        announce(f"deriving {len(chosen)} theorems: this takes half a minute")
    for theorem in chosen:
        theorem.verify()
    print(_in_json(chosen) if as_json else _written(chosen, style, standalone))


def _chosen(name: str | None) -> list[Theorem]:
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.theory.theorems import UnknownTheoremError, theorem, theorem_names

    try:
        return [theorem(wanted) for wanted in ([name] if name else theorem_names())]
    except UnknownTheoremError as error:
        words = "`update-magnitude derive` lists all of them"
        raise ScenarioError(f"{error.problem}; {words}") from None


def _written(theorems: list[Theorem], style: Format, standalone: bool) -> str:
    from update_magnitude.theory.proofs.writing import PLAIN, document, proof

    # Stand-ins are wider than what they stand for, which would tear formulas apart.
    plain = style is Format.text and not can_print(DRAWN)
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100
    proofs = [proof(theorem, PLAIN if plain else style.value, width) for theorem in theorems]
    return document(proofs) if standalone else "\n\n".join(proofs)


def _graph(chosen: list[Theorem], style: Format, as_json: bool) -> str:
    """All theorems and what they use, or one with all that it rests on."""
    from update_magnitude.paper_checks.claims.standings import standings
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.theory.proofs.graph import above, drawing
    from update_magnitude.theory.theorems import theorems

    if style is not Format.text or as_json:
        raise ScenarioError("--graph: it is an SVG file; leave --format and --json out")
    uses = {name: one.uses for name, one in theorems().items()}
    shown = {one.name for one in chosen}
    shown |= {name for one in shown for name in above(one, uses)}
    return drawing(
        {name: one for name, one in theorems().items() if name in shown}, classes=standings()
    )


def _in_json(theorems: list[Theorem]) -> str:
    from update_magnitude.theory.proofs.writing import counts

    documents = [
        {
            "name": theorem.name,
            "statement": theorem.statement,
            "domain": theorem.domain,
            "source": theorem.source,
            "arguments": list(theorem.arguments),
            "symbols": {name: symbol._asdict() for name, symbol in theorem.symbols.items()},
            "kinds": counts(theorem),
            "cases": [_case(case) for case in theorem.cases],
        }
        for theorem in theorems
    ]
    text = json.dumps(documents, ensure_ascii=False)
    return text if can_print(text) else json.dumps(documents)  # escapes lose nothing in JSON


def _case(case: Case) -> dict[str, object]:
    from update_magnitude.theory.proofs.notation import in_words, latex
    from update_magnitude.theory.proofs.signs import Domain

    derivation = case.derive()
    return {
        "regime": case.regime,
        "domain": [in_words(relation) for relation in case.domain],
        "formula": str(derivation.result),
        "latex": latex(Domain(case.domain).turned(derivation.result)),
        "lines": [
            {
                "kind": str(line.origin.kind),
                "reference": line.origin.reference or None,
                "test": line.origin.test or None,
                "rule": line.rule.name,
                "uses": [used + 1 for used in line.uses],
                "because": line.because,
                "result": str(line.result),
            }
            for line in derivation.lines
        ],
    }
