"""``update-magnitude derive``."""

from __future__ import annotations

import shutil
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.streams import can_print

if TYPE_CHECKING:
    from update_magnitude.theory.proofs.theorem import Theorem

DRAWN = "ξ√─⎛"  # some of what formulas in two dimensions are drawn with


class Format(StrEnum):
    """How a derivation is written."""

    text = "text"
    markdown = "markdown"
    latex = "latex"


def derive(
    name: Annotated[
        str | None, typer.Argument(metavar="[THEOREM]", help="A theorem. Default: a table of all.")
    ] = None,
    style: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.text,
    standalone: Annotated[
        bool, typer.Option(help="With --format latex: a document that compiles.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Print a theorem with its derivation, every line of which is verified first.

    The result comes first, and last. Every line says what it rests on: a definition, an assumption
    with its reference, stated with the test that holds it, or else derived by the rule it names.
    How many there are of each kind is counted. Without a theorem, --format text lists all; the
    other formats write them out. A text fits the terminal, or 100 columns elsewhere; where the
    output has no Greek letters, formulas are in one line, as in Python.

    Examples:
        update-magnitude derive

        update-magnitude derive optimal-count-forgetting

        update-magnitude derive --format latex --standalone > theorems.tex
    """
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.simulations.progress import announce
    from update_magnitude.theory.theorems import UnknownTheoremError, theorem, theorem_names

    if standalone and style is not Format.latex:
        raise ScenarioError(
            "--standalone: only LaTeX has documents that compile; add --format latex"
        )
    try:
        chosen = [theorem(entry) for entry in ([name] if name else theorem_names())]
    except UnknownTheoremError as error:
        raise ScenarioError(
            f"{error.problem}; `update-magnitude derive` lists all of them"
        ) from None
    if name is None and (as_json or style is not Format.text):
        announce(f"deriving {len(chosen)} theorems: this takes half a minute")
    if as_json:
        import json

        found = [_theorem_document(entry) for entry in chosen]
        text = json.dumps(found, ensure_ascii=False)
        print(text if can_print(text) else json.dumps(found))  # escapes lose nothing in JSON
    elif name is None and style is Format.text:
        from update_magnitude.theory.proofs.writing import table_in_lines

        print(table_in_lines(chosen))
    else:
        from update_magnitude.theory.proofs.writing import PLAIN, document, proof

        for of in chosen:
            of.verify()
        # Stand-ins are wider than what they stand for, which would tear formulas apart.
        plain = style is Format.text and not can_print(DRAWN)
        proofs = [proof(entry, PLAIN if plain else style.value, _width()) for entry in chosen]
        print(document(proofs) if standalone else "\n\n".join(proofs))


def _width() -> int:
    """The columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100


def _theorem_document(theorem: Theorem) -> dict[str, object]:
    """A theorem as it is printed in JSON."""
    from update_magnitude.theory.proofs.notation import in_words, latex
    from update_magnitude.theory.proofs.signs import Domain
    from update_magnitude.theory.proofs.writing import counts

    theorem.verify()
    return {
        "name": theorem.name,
        "statement": theorem.statement,
        "domain": theorem.domain,
        "source": theorem.source,
        "arguments": list(theorem.arguments),
        "kinds": counts(theorem),
        "cases": [
            {
                "regime": case.regime,
                "domain": [in_words(relation) for relation in case.domain],
                "formula": str(case.derive().result),
                "latex": latex(Domain(case.domain).turned(case.derive().result)),
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
                    for line in case.derive().lines
                ],
            }
            for case in theorem.cases
        ],
    }
