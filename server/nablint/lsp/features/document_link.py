"""The names of rules in comments that ignore them lead to their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types as t

from nablint import config
from nablint.lsp import convert
from nablint.lsp.server import Server, View
from nablint.source import Span

_NAME = re.compile(r"[\w-]+")


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_DOCUMENT_LINK, links, t.DocumentLinkOptions(resolve_provider=False))


async def links(server: Server, params: t.DocumentLinkParams) -> list[t.DocumentLink]:
    uri = params.text_document.uri
    view = await server.view(uri)
    if view is None or not convert.PAGES:
        return []
    places = [(convert.location(view.document, where), rule) for where, rule in _named(view)]
    return [
        t.DocumentLink(at.range, convert.rule_page(rule), f"Explain {rule}") for at, rule in places if at.uri == uri
    ]


def _named(view: View) -> Iterator[tuple[Span, str]]:
    from nablint.suppress import ignores

    for ignore in ignores(view.analysis.parsed):
        text = view.analysis.source.slice(ignore.span)
        line, column = ignore.span.start
        for found in _NAME.finditer(text, text.find("[") + 1 or len(text)):
            if found[0] in config.rule_names():
                yield Span((line, column + found.start()), (line, column + found.end())), found[0]
