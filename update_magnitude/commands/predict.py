"""``update-magnitude predict``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from update_magnitude.commands.panels import print_risks

if TYPE_CHECKING:
    from update_magnitude.scenarios import Scenario
    from update_magnitude.theory import Means


def predict(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a preset.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print exact risks, forgetting and generalization of a scenario.

    Examples:
        update-magnitude predict two-close-tasks

        update-magnitude predict my-scenario.toml --json
    """
    from update_magnitude.scenarios import load
    from update_magnitude.theory import means
    from update_magnitude.theory.numbers.prediction import document

    found = load(scenario)
    if as_json:
        import json

        print(json.dumps(document(found), allow_nan=False))
    else:
        _show(found, means(found))


def _show(scenario: Scenario, prediction: Means[float]) -> None:
    from rich.console import Console

    from update_magnitude.theory.numbers.prediction import digits_lost, undefined

    console = Console()
    cells = [[f"{risk:.6g}" for risk in row] for row in prediction.risk]
    print_risks(f"{scenario.title}: mean risks", cells, console)
    for name, value in (
        ("forgetting", prediction.forgetting),
        ("generalization error", prediction.generalization),
        ("learning error", prediction.learning_error),
    ):
        shown = "undefined" if math.isnan(value) else f"{value:.10g}"
        console.print(f"{name:<21} {shown}", highlight=False)
    for name, words in (
        ("undefined", undefined(scenario, prediction)),
        ("digits lost", digits_lost(prediction)),
    ):
        if words:
            console.print(f"{name}: {words}", highlight=False, markup=False, soft_wrap=True)
