"""``update-magnitude derive``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.streams import can_print

if TYPE_CHECKING:
    from update_magnitude.theory.statements import Theorem


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

    Without a theorem, --format text prints a table of all; the other formats write them all out.

    Examples:
        update-magnitude derive

        update-magnitude derive optimal-count-forgetting

        update-magnitude derive --format latex --standalone > theorems.tex
    """
    from update_magnitude.scenarios import ScenarioError
    from update_magnitude.simulations.progress import announce
    from update_magnitude.theory.theorem_table import UnknownTheoremError, theorem, theorem_names

    if standalone and style is not Format.latex:
        raise ScenarioError(
            "--standalone: only LaTeX has documents that compile; add --format latex"
        )
    try:
        chosen = [theorem(of) for of in ([name] if name else theorem_names())]
    except UnknownTheoremError as error:
        raise ScenarioError(str(error)) from None
    if name is None and (as_json or style is not Format.text):
        announce(f"verifying {len(chosen)} derivations first: this takes a minute or two")
    if as_json:
        import json

        found = [_theorem_document(of) for of in chosen]
        text = json.dumps(found, ensure_ascii=False)
        print(text if can_print(text) else json.dumps(found))  # escapes lose nothing in JSON
    elif name is None and style is Format.text:
        for of in chosen:
            print(
                f"{of.name}\n    {of.statement}\n    domain: {of.domain}\n    source: {of.source}"
            )
    else:
        from update_magnitude.theory.proof import document, proof

        for of in chosen:
            of.verify()
        proofs = [proof(of, style.value) for of in chosen]
        print(document(proofs) if standalone else "\n\n".join(proofs))


def _theorem_document(theorem: Theorem) -> dict[str, object]:
    """A theorem as it is printed in JSON."""
    from update_magnitude.theory.notation import in_words, latex

    theorem.verify()
    return {
        "name": theorem.name,
        "statement": theorem.statement,
        "domain": theorem.domain,
        "source": theorem.source,
        "arguments": list(theorem.arguments),
        "cases": [
            {
                "regime": case.regime,
                "domain": [in_words(relation) for relation in case.domain],
                "formula": str(case.derive().result),
                "latex": latex(case.derive().result),
                "lines": [
                    {
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
