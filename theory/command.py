"""``update-magnitude predict``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scenarios import Scenario
    from theory.prediction import Prediction


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

    table = Table(title=f"{scenario.title}: mean risks", title_justify="left", box=None)
    table.add_column("after task")
    for task in range(scenario.tasks.count):
        table.add_column(f"on task {task + 1}", justify="right")
    for task, row in enumerate(prediction.risk, start=1):
        table.add_row(str(task), *(f"{risk:.6g}" for risk in row))
    console = Console()
    console.print(table)
    console.print(f"forgetting            {prediction.forgetting:.10g}", highlight=False)
    console.print(f"generalization error  {prediction.generalization:.10g}", highlight=False)
    console.print(f"learning error        {prediction.learning_error:.10g}", highlight=False)
    if prediction.undefined:
        console.print(f"undefined: {prediction.undefined}", highlight=False, soft_wrap=True)
