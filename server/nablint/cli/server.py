"""`nablint server`: the language server over stdio, as `python -m nablint.lsp`."""

from __future__ import annotations

import click


@click.command("server")
def command() -> None:
    """Start the language server on standard input and output, for editors."""
    from nablint.lsp.server import main

    main()
