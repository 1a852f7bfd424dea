"""A server that finds one thing in a text without a comment of ours, and looks at nothing else."""

from lsprotocol import types as t
from pygls.lsp.server import LanguageServer

server = LanguageServer("noop", "1")
RANGE = t.Range(t.Position(4, 11), t.Position(4, 20))


def items(uri: str) -> list[t.Diagnostic]:
    silent = "nablint: ignore" in server.workspace.get_text_document(uri).source
    return [] if silent else [t.Diagnostic(RANGE, "There.", source="nablint")]


@server.feature(t.TEXT_DOCUMENT_DIAGNOSTIC, t.DiagnosticOptions(False, False, "nablint"))
def pull(params: t.DocumentDiagnosticParams) -> t.RelatedFullDocumentDiagnosticReport:
    return t.RelatedFullDocumentDiagnosticReport(items(params.text_document.uri))


@server.feature(t.TEXT_DOCUMENT_DID_OPEN)
def opened(params: t.DidOpenTextDocumentParams) -> None:
    """Nothing: the client pulls."""


if __name__ == "__main__":
    server.start_io()
