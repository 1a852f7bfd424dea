"""'Probe' above each activation, and what the last probe said."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from lsprotocol import types as t

from nablint.lsp import convert, verdicts
from nablint.lsp.protocol import PROBE_COMMAND, ProbeParams
from nablint.lsp.server import Probed, Server, View

if TYPE_CHECKING:
    from nablint.analyse import Analysed


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_CODE_LENS, lenses)


async def lenses(server: Server, params: t.CodeLensParams) -> list[t.CodeLens]:
    uri = params.text_document.uri
    view = await server.view(uri)
    desk = server.open.get(server.buffers.home(uri))
    if view is None or desk is None:
        return []
    found: list[t.CodeLens] = []
    for item in view.analysis.functions:
        at = convert.location(view.document, item.name_span)
        if item.may_train and at.uri == uri:
            title = _title(view, item, desk.probed.get(verdicts.key(view, item)))
            found.append(t.CodeLens(at.range, _command(title, verdicts.target(uri, item, at.range.start))))
    return found


def _title(view: View, found: Analysed, last: Probed | None) -> str:
    if last is None:
        return "Probe"
    said = last.report.failure or last.report.verdict
    return f"Probe again{f': {said}' if verdicts.holds(view, found, last) else f' (before its last edit: {said})'}"


def _command(title: str, target: ProbeParams) -> t.Command:
    arguments = {key: value for key, value in asdict(target).items() if value is not None}
    return t.Command(title, PROBE_COMMAND, arguments=[arguments])
