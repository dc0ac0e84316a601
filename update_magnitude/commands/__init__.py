"""The command ``update-magnitude``: one file per subcommand, joined here.

Nothing else reads this room. Importing it loads neither jax nor SymPy: each subcommand imports what
it needs when it runs.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.main import get_command

from update_magnitude import __version__
from update_magnitude.commands import statuses
from update_magnitude.commands.failures import explain
from update_magnitude.commands.streams import flush_output, prepare_streams

app = typer.Typer(
    name="update-magnitude",
    help="What the size of a parameter update does to forgetting and generalization: predicted "
    "exactly, simulated literally, and compared with honest statistics.",
    epilog=statuses.IN_WORDS,
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
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error arose; after any command, too.")
    ] = False,
) -> None:
    del version, debug  # --debug is read by main, since parsing may fail too


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
    """Run the command; whatever ends it is an exit status, and one line where one is needed."""
    arguments, debug = _without_debug(sys.argv[1:])
    try:
        prepare_streams()
        _join()
        status = _run(arguments)
        flush_output()
    except BaseException as error:
        status = explain(error, debug=debug)
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    """The exit status of a command that came to its end.

    This is what typer does, but for closed pipes and Ctrl-C: of these it would make statuses of
    its own.
    """
    command = get_command(app)
    try:
        with command.make_context("update-magnitude", arguments) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return statuses.ALL_HOLD


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without --debug, which may stand anywhere, and whether it was there."""
    rest = [argument for argument in arguments if argument != "--debug"]
    return rest, len(rest) < len(arguments)
