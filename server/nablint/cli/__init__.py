"""The command line. Each command is a module of this package and is imported when it is asked for."""

from __future__ import annotations

import importlib
import io
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, cast

import click

from nablint import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "check": "Show where activations break.",
    "fix": "Repair what has a verified fix.",
    "probe": "Run one activation in TensorFlow and tell what it does.",
    "scaffold": "Write a test for one activation.",
    "explain": "Show what is known of the function at a line.",
    "rule": "Show a rule's page, or the names of all rules.",
    "doctor": "Tell what nablint works with, and what is missing.",
    "server": "Start the language server on standard input and output.",
}


INTERRUPTED = 130


class Commands(click.Group):
    """The group; `--help` and `--version` import none of the commands."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return cast(click.Command, importlib.import_module(f"{__name__}.{name}").command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        # Not the group's own, which would import every command to offer its name.
        options = click.Command.shell_complete(self, ctx, incomplete)
        offered = ((name, what) for name, what in COMMANDS.items() if name.startswith(incomplete))
        return [CompletionItem(name, help=what) for name, what in offered] + options

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # As shells have it; 1 would mean that something was found.
            ctx.exit(INTERRUPTED)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command("nablint", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="nablint %(version)s")
@click.option(
    "-v", "--verbose", is_flag=True, help="Tell more on standard error, tracebacks of nablint's own included."
)
def group(verbose: bool) -> None:
    """Shows where a TensorFlow or Keras activation breaks before training does.

    Exit status: 0 nothing found, 1 findings, 2 the run itself failed.
    """
    click.get_current_context().color = _colours()
    if verbose:
        _log()


def main() -> None:
    """Runs the command line; an exception that gets this far is told in one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Signs such as ≤ must not end a run in a terminal that cannot show them.
            stream.reconfigure(errors="replace")
    if not sys.warnoptions:
        # A library's warning about our use of it is nothing that a user could act on.
        warnings.simplefilter("ignore")
    try:
        group(prog_name="nablint")
    except Exception as error:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            import traceback

            traceback.print_exc()
        click.echo(f"nablint: nablint itself failed ({type(error).__name__}: {error}). Please report it.", err=True)
        sys.exit(2)


def _colours() -> bool | None:
    """What the environment says of colours; if nothing, a terminal gets them."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _log() -> None:
    # Imported here: it takes longer to import than the rest of what `--version` needs.
    import logging

    logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")
