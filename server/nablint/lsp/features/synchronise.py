"""Opening, changing, saving and closing of files and notebooks."""

from __future__ import annotations

from lsprotocol import types as t

from nablint.lsp.features import diagnostics
from nablint.lsp.server import Server


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_DID_OPEN, opened)
    server.answers(t.TEXT_DOCUMENT_DID_CHANGE, changed)
    server.answers(t.TEXT_DOCUMENT_DID_SAVE, saved)
    server.answers(t.TEXT_DOCUMENT_DID_CLOSE, closed)
    server.answers(t.NOTEBOOK_DOCUMENT_DID_OPEN, notebook_opened)
    server.answers(t.NOTEBOOK_DOCUMENT_DID_CHANGE, notebook_changed)
    server.answers(t.NOTEBOOK_DOCUMENT_DID_CLOSE, notebook_closed)


async def opened(server: Server, params: t.DidOpenTextDocumentParams) -> None:
    server.touch(params.text_document.uri)


async def changed(server: Server, params: t.DidChangeTextDocumentParams) -> None:
    server.touch(params.text_document.uri)


async def saved(server: Server, params: t.DidSaveTextDocumentParams) -> None:
    """Settings may have changed where the client does not watch files."""
    server.forget_settings()
    server.touch(server.buffers.home(params.text_document.uri))


async def closed(server: Server, params: t.DidCloseTextDocumentParams) -> None:
    diagnostics.clear(server, params.text_document.uri)


async def notebook_opened(server: Server, params: t.DidOpenNotebookDocumentParams) -> None:
    server.touch(params.notebook_document.uri)


async def notebook_changed(server: Server, params: t.DidChangeNotebookDocumentParams) -> None:
    server.touch(params.notebook_document.uri)


async def notebook_closed(server: Server, params: t.DidCloseNotebookDocumentParams) -> None:
    diagnostics.clear(server, params.notebook_document.uri)
