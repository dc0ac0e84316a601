"""The command ``update-magnitude``: one file per subcommand, joined here.

Nothing else reads this room. Importing it loads neither jax nor SymPy: each subcommand imports what
it needs when it runs.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from update_magnitude import __version__

app = typer.Typer(
    name="update-magnitude",
    help="What the size of a parameter update does to forgetting and generalization: predicted "
    "exactly, simulated literally, and compared with honest statistics.",
    epilog="Exit status: 0 all hold, 1 something refuted, 2 bad input, 3 inconclusive.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"update-magnitude {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


def _join() -> None:
    """Join the subcommands; importing them loads neither jax nor SymPy."""
    from update_magnitude.commands.check import check
    from update_magnitude.commands.data import data
    from update_magnitude.commands.derive import derive
    from update_magnitude.commands.explore import explore
    from update_magnitude.commands.figures import figures
    from update_magnitude.commands.predict import predict
    from update_magnitude.commands.simulate import simulate
    from update_magnitude.commands.sweep import sweep
    from update_magnitude.commands.train import train

    for command in (check, predict, simulate, sweep, derive, figures, train):
        app.command(no_args_is_help=command in (predict, simulate, sweep, train))(command)
    app.add_typer(explore, name="explore")
    app.add_typer(data, name="data")


def main() -> None:
    """Run the command; bad input ends in one line and exit status 2."""
    from update_magnitude.scenarios import ScenarioError

    _join()
    try:
        sys.exit(app(standalone_mode=False))
    except ScenarioError as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:  # typer keeps its exceptions in a module of no public name
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
            sys.exit(2)
        if not hasattr(error, "format_message"):
            raise
        _fail(f"{error.format_message()} (see --help)")  # a mistake in options or arguments


def _fail(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)
