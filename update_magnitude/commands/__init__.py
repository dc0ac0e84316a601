"""The command ``update-magnitude``: one file per subcommand, joined here.

Nothing else reads this room. Importing it loads neither jax nor SymPy: each subcommand imports what
it needs when it runs. ``options`` has what several of them share, ``panels`` prints tables of
risks, ``streams`` writes any text to any output, ``statuses`` says how a command ends.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any, Protocol

import typer
from typer.main import get_command

from update_magnitude import __version__
from update_magnitude.commands import statuses
from update_magnitude.commands.streams import flush_output, prepare_streams

COMMANDS = ("check", "predict", "simulate", "sweep", "derive", "figures", "train")
GROUPS = ("explore", "data")  # of commands
NEEDING = ("predict", "simulate", "sweep", "train")  # an argument, without which they show help

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


def main() -> None:
    """Run the command; whatever ends it is an exit status, and one line where one is needed."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        prepare_streams()
        status = _run(arguments)
        flush_output()
    except BaseException as error:
        status = statuses.explain(error, debug="--debug" in sys.argv)
    sys.exit(status)


@cache
def command() -> Any:
    """The command with its subcommands, as typer's version of click has it."""
    for name in COMMANDS:
        function = getattr(import_module(f"{__name__}.{name}"), name)
        app.command(no_args_is_help=name in NEEDING)(function)
    for name in GROUPS:
        app.add_typer(getattr(import_module(f"{__name__}.{name}"), name), name=name)
    whole = get_command(app)
    _join_lines(whole)
    return whole


def _run(arguments: list[str]) -> int:
    """The exit status of a command that came to its end.

    This is what typer does, but for closed pipes and Ctrl-C: of these it would make statuses of
    its own.
    """
    whole = command()
    try:
        with whole.make_context("update-magnitude", arguments) as context:
            whole.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return statuses.ALL_HOLD


class _Described(Protocol):
    """A command or a group of them, of whichever click typer has."""

    help: str | None


def _join_lines(described: _Described) -> None:
    """Let the terminal alone break the lines of help texts, but for those of examples."""
    paragraphs = cleandoc(described.help or "").split("\n\n")
    joined = [text if "\n " in text else text.replace("\n", " ") for text in paragraphs]
    described.help = "\n\n".join(joined)
    for part in getattr(described, "commands", {}).values():
        _join_lines(part)
