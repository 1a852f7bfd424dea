"""Behind the result of each activation: its dtype, and its range for float32 inputs within the input range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsprotocol import types as t

from nablint.lsp import convert
from nablint.lsp.server import Server, View
from nablint.source import NOWHERE, Position, Span

if TYPE_CHECKING:
    from nablint.analyse import Analysed

DTYPE = "float32"


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_INLAY_HINT, hints, t.InlayHintOptions(resolve_provider=False))


async def hints(server: Server, params: t.InlayHintParams) -> list[t.InlayHint]:
    uri = params.text_document.uri
    view = await server.view(uri)
    where = convert.span(view.document, uri, params.range) if view else None
    if view is None or where is None or not view.analysis.settings.inlay_hints:
        return []
    return await server.ask(lambda: list(_hints(view, where)))


def _hints(view: View, where: Span) -> Iterator[t.InlayHint]:
    limit = view.analysis.settings.input_range
    tip = f"For {DTYPE} inputs with |x| ≤ {limit:g}, every rounding error included."
    for found in view.analysis.functions:
        if found.may_train and found.span.overlaps(where):
            for end, labels in _results(found, limit).items():
                at = convert.location(view.document, Span(end, end)).range.start
                label = f": {' or '.join(labels)}"
                yield t.InlayHint(at, label, t.InlayHintKind.Type, tooltip=tip, padding_left=True)


def _results(found: Analysed, limit: float) -> dict[Position, list[str]]:
    """What the result of each path is, by where the path ends."""
    from nablint.lsp.cards import of_node

    ends: dict[Position, list[str]] = {}
    for known in found.facts:
        result = known.function.result
        where = known.function.nodes[result].span
        label = " in ".join(of_node(known, result, DTYPE, limit))
        if (
            known.complete
            and where != NOWHERE
            and label not in (labels := ends.setdefault(where.down(found.line).end, []))
        ):
            labels.append(label)
    return ends
