"""``update-magnitude predict`` and ``update-magnitude derive``."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scenarios import Scenario
    from theory.prediction import Prediction
    from theory.statements import Theorem


class Format(StrEnum):
    """How a derivation is written."""

    text = "text"
    markdown = "markdown"
    latex = "latex"


def predict(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a preset.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print exact risks, forgetting and generalization of a scenario.

    Examples:
        update-magnitude predict two-close-tasks

        update-magnitude predict my-scenario.toml --json
    """
    from scenarios import load
    from theory.prediction import predict as exact

    found = load(scenario)
    prediction = exact(found)
    if as_json:
        import json

        print(json.dumps(prediction.document(), allow_nan=False))
    else:
        _show(found, prediction)


def _show(scenario: Scenario, prediction: Prediction) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title = Text(f"{scenario.title}: mean risks")
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("after task")
    for task in range(scenario.tasks.count):
        table.add_column(f"on task {task + 1}", justify="right")
    for task, row in enumerate(prediction.risk, start=1):
        table.add_row(str(task), *(f"{risk:.6g}" for risk in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=14 + 14 * scenario.tasks.count)  # a file has room for all of it
    console.print(table)
    for name, value in (
        ("forgetting", prediction.forgetting),
        ("generalization error", prediction.generalization),
        ("learning error", prediction.learning_error),
    ):
        shown = "undefined" if math.isnan(value) else f"{value:.10g}"
        console.print(f"{name:<21} {shown}", highlight=False)
    if prediction.undefined:
        console.print(
            f"undefined: {prediction.undefined}", highlight=False, markup=False, soft_wrap=True
        )


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
    from scenarios import ScenarioError
    from theory.theorem_table import UnknownTheoremError, theorem, theorem_names

    if standalone and style is not Format.latex:
        raise ScenarioError(
            "--standalone: only LaTeX has documents that compile; add --format latex"
        )
    try:
        chosen = [theorem(of) for of in ([name] if name else theorem_names())]
    except UnknownTheoremError as error:
        raise ScenarioError(str(error)) from None
    if as_json:
        import json

        print(json.dumps([_theorem_document(of) for of in chosen], ensure_ascii=False))
    elif name is None and style is Format.text:
        for of in chosen:
            print(
                f"{of.name}\n    {of.statement}\n    domain: {of.domain}\n    source: {of.source}"
            )
    else:
        from theory.proof import document, proof

        for of in chosen:
            of.verify()
        proofs = [proof(of, style.value) for of in chosen]
        print(document(proofs) if standalone else "\n\n".join(proofs))


def _theorem_document(theorem: Theorem) -> dict[str, object]:
    """A theorem as it is printed in JSON."""
    from theory.notation import in_words, latex

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
