"""Shows a rule's page, at its section."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urldefrag

from lsprotocol import types as t
from pygls.uris import to_fs_path

from nablint.lsp import convert
from nablint.lsp.protocol import EXPLAIN_COMMAND
from nablint.lsp.server import Server


def register(server: Server) -> None:
    @server.command(EXPLAIN_COMMAND)
    async def run(page: str) -> None:
        await explain(server, page)


async def explain(server: Server, page: str) -> None:
    uri, rule = urldefrag(page)
    if uri != convert.PAGES:
        return
    at = t.Position(_line(uri, rule), 0)
    params = t.ShowDocumentParams(uri, take_focus=True, selection=t.Range(at, at))
    await server.heard(server.window_show_document_async(params))


def _line(uri: str, rule: str) -> int:
    """The line of the rule's heading, or the first one."""
    lines = Path(to_fs_path(uri) or "").read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines) if line.strip("# ") == rule and line.startswith("#")), 0)
