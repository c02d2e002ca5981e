"""The program ``neurotomy``: its commands, each loaded when it is asked for, and how it ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neurotomy.errors import Cancelled, NeurotomyError

# The program's matrices are small: BLAS threads would wait for each other, by minutes on a busy machine. Must be said
# before numpy is loaded; what the person has set wins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["COMMANDS", "app", "main"]

COMMANDS = (
    "demo",
    "new",
    "run",
    "lesion",
    "plan",
    "views",
    "blocks",
    "nerves",
    "patient",
    "export",
    "fetch",
    "series",
    "evidence",
    "gallery",
    "fit",
    "study",
    "training",
    "verify",
    "validate",
    "benchmark",
    "serve",
)
"""In the order of the help. Each is the module of its name in this package, with its own Typer ``app``."""

REFUSED, STOPPED = 1, 130


class _Commands(TyperGroup):
    """Imports a command's module only when that command is used or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"neurotomy.cli.{cmd_name}").app)
        command.name = cmd_name
        self.commands[cmd_name] = command
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # told here, since Typer would end without a word
            raise Cancelled("Stopped. Nothing was written.") from None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # Typer suggests names from the commands it holds, so all must be there before it says that one does not exist.
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,  # importing rich would double the time of a short command
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nStart with:   neurotomy demo --out demo\n"
    "Exit status:  0 done, 1 refused or failed, 2 wrong usage, 130 stopped with Ctrl-C",
)


def _version(wanted: bool) -> None:
    if wanted:
        from neurotomy import __version__

        typer.echo(f"neurotomy {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="Say more: -v what is done, -vv with tracebacks.")
    ] = 0,
) -> None:
    """Radiofrequency neurotomy, from volts to months of relief. Research and teaching; not a medical device."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG if verbose > 1 else logging.INFO, format="%(name)s: %(message)s")
        # Libraries of others tell a lot at these levels, and nothing that helps here.
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger("neurotomy").setLevel(logging.DEBUG if verbose > 1 else logging.INFO)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and end the process.

    Parameters
    ----------
    args : sequence of str, optional
        Instead of ``sys.argv[1:]``.
    """
    given = list(sys.argv[1:] if args is None else args)
    debug = bool(os.environ.get("NEUROTOMY_DEBUG")) or _very_verbose(given)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that has no "≥" shows "?", and nothing breaks
            stream.reconfigure(errors="replace")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins takes longer than our models
    try:
        app(args=given, prog_name="neurotomy")
    except Cancelled as error:
        _end(str(error), STOPPED)
    except NeurotomyError as error:
        if debug:
            raise
        _end(str(error), REFUSED)
    except Exception as error:
        if debug:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        _end(f"This is a fault of the program, please report it: {reason} (-vv shows where).", REFUSED)


def _very_verbose(args: Sequence[str]) -> bool:
    """Whether -vv or two -v stand before the command: tracebacks are wanted even when parsing fails."""
    count = 0
    for arg in args:
        if not arg.startswith("-"):
            break
        count += arg.count("v") if set(arg) == {"-", "v"} else arg == "--verbose"
    return count > 1


def _end(message: str, status: int) -> None:
    print(f"neurotomy: {message}", file=sys.stderr)
    sys.exit(status)
