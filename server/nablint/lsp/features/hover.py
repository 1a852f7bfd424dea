"""On a function's name: what is proved of it and where it breaks. On an operation: its range and dtype."""

from __future__ import annotations

from lsprotocol import types as t

from nablint.lsp import convert
from nablint.lsp.server import Server


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_HOVER, hover)


async def hover(server: Server, params: t.HoverParams) -> t.Hover | None:
    uri = params.text_document.uri
    view = await server.view(uri)
    at = convert.position(view.document, uri, params.position) if view else None
    if view is None or at is None:
        return None
    # Imported here: what it says comes from the analysis, which is not there yet while `initialize` is answered.
    from nablint.lsp.cards import card, plain

    is_markdown = _takes_markdown(server)
    pictures = is_markdown and server.options.pictures
    found = await server.ask(lambda: card(view.analysis, at, pictures=pictures))
    if found is None:
        return None
    where, text = found
    kind = t.MarkupKind.Markdown if is_markdown else t.MarkupKind.PlainText
    content = t.MarkupContent(kind, text if is_markdown else plain(text))
    return t.Hover(content, convert.location(view.document, where).range)


def _takes_markdown(server: Server) -> bool:
    text = server.client_capabilities.text_document
    formats = text.hover.content_format if text and text.hover else None
    return t.MarkupKind.Markdown in (formats or ())
