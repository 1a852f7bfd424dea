"""'Probe' above each activation, and what the last probe said."""

from __future__ import annotations

from dataclasses import asdict

from lsprotocol import types as t

from nablint.lsp import convert, verdicts
from nablint.lsp.protocol import PROBE_COMMAND, ProbeParams
from nablint.lsp.server import Probed, Server, View


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_CODE_LENS, lenses)


async def lenses(server: Server, params: t.CodeLensParams) -> list[t.CodeLens]:
    uri = params.text_document.uri
    view = await server.view(uri)
    desk = server.open.get(server.buffers.home(uri))
    if view is None or desk is None:
        return []
    places = [(item.name, convert.location(view.document, item.name_span)) for item in view.analysis.functions]
    return [
        t.CodeLens(at.range, _command(uri, name, _title(view, desk.probed.get(name))))
        for name, at in places
        if at.uri == uri
    ]


def _title(view: View, last: Probed | None) -> str:
    if last is None:
        return "Probe"
    said = last.report.failure or last.report.verdict
    return f"Probe again: {said}" if verdicts.holds(view, last) else f"Probe again (before the last edit: {said})"


def _command(uri: str, name: str, title: str) -> t.Command:
    target = {key: value for key, value in asdict(ProbeParams(uri, name)).items() if value is not None}
    return t.Command(title, PROBE_COMMAND, arguments=[target])
