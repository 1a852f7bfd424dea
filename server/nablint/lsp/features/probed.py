"""What the last probe said of a function: for a panel that follows the cursor and must not show what holds no more."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nablint.lsp import convert, verdicts
from nablint.lsp.features.probe import function_at, place, target_in
from nablint.lsp.protocol import PROBED, LastProbe
from nablint.lsp.server import Server


def register(server: Server) -> None:
    server.answers(PROBED, request)


async def request(server: Server, params: Any) -> dict[str, Any] | None:
    asked = target_in(params)
    view = await server.view(asked.uri)
    desk = server.open.get(server.buffers.home(asked.uri))
    if view is None or desk is None:
        return None
    found = function_at(view, asked.name, place(view, asked))
    last = desk.probed.get(verdicts.key(view, found)) if found else None
    if found is None or not (found.may_train or last):
        return None
    at = convert.location(view.document, found.name_span)
    holds = last is not None and verdicts.holds(view, found, last)
    answer = asdict(LastProbe(verdicts.target(at.uri, found, at.range.start), last.report if last else None, holds))
    return {**answer, "target": {key: value for key, value in answer["target"].items() if value is not None}}
