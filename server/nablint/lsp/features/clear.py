"""Forgets what probes found, in lenses and diagnostics."""

from __future__ import annotations

from nablint.lsp.features import diagnostics
from nablint.lsp.protocol import CLEAR_COMMAND
from nablint.lsp.server import Server


def register(server: Server) -> None:
    @server.command(CLEAR_COMMAND)
    async def run() -> None:
        clear(server)


def clear(server: Server) -> None:
    for desk in server.open.values():
        if desk.probed:
            desk.probed.clear()
            if desk.task is None:
                diagnostics.publish(server, desk)
    workspace = server.client_capabilities.workspace
    if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
        server.workspace_code_lens_refresh(None)
