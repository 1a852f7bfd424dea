"""What can be done with the function at the cursor, besides fixing it: a page, a test, a gradient, a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path

from lsprotocol import types as t
from pygls.uris import from_fs_path, to_fs_path

from nablint.finding import Finding
from nablint.lsp import convert, engine
from nablint.lsp.protocol import EXPLAIN_COMMAND
from nablint.lsp.server import Server, View
from nablint.source import Span

EXPLAIN = "nablint.explain"
EXTRACT = "refactor.extract.nablint"
DERIVE = "refactor.rewrite.nablint"
TEST = "refactor.nablint.test"
KINDS = (EXPLAIN, EXTRACT, DERIVE, TEST)


def explanations(server: Server, near: Iterable[Finding]) -> Iterator[t.CodeAction]:
    """An action for each rule that speaks here, which shows its page, in clients that show documents."""
    window = server.client_capabilities.window
    if not (convert.PAGES and window and window.show_document and window.show_document.support):
        return
    for rule in dict.fromkeys(finding.rule for finding in near):
        title = f"Explain {rule}"
        command = t.Command(title, EXPLAIN_COMMAND, arguments=[convert.rule_page(rule)])
        yield t.CodeAction(title, EXPLAIN, command=command)


async def extraction(server: Server, view: View, _uri: str, where: Span) -> list[t.CodeAction]:
    """The lambda at the cursor as a function of its own."""
    fix = await server.ask(engine.extracted, view.analysis, where.start)
    if fix is None:
        return []
    return [t.CodeAction(fix.title, EXTRACT, edit=convert.workspace_edit(view.document, fix.edits, versioned(server)))]


async def derivation(server: Server, view: View, _uri: str, where: Span) -> list[t.CodeAction]:
    """The gradient of a smooth function written out, on its name."""
    fix = await server.ask(engine.derived, view.analysis, where.start)
    if fix is None:
        return []
    return [t.CodeAction(fix.title, DERIVE, edit=convert.workspace_edit(view.document, fix.edits, versioned(server)))]


async def test(server: Server, view: View, uri: str, where: Span) -> list[t.CodeAction]:
    """A pytest file beside the file, on the name of a function; never over one that is there."""
    found = next((f for f in view.analysis.functions if f.may_train and where.start in f.name_span), None)
    path = to_fs_path(uri) if uri.startswith("file:") else None
    if found is None or path is None or view.document.is_notebook or not _creates(server):
        return []
    file, text = await server.ask(engine.scaffolded, view.analysis, found.name)
    beside = Path(path).parent / file
    new = from_fs_path(str(beside))
    if not text or new is None or beside.exists():
        return []
    start = t.Range(t.Position(0, 0), t.Position(0, 0))
    changes: list[t.CreateFile | t.TextDocumentEdit] = [
        t.CreateFile(new, options=t.CreateFileOptions(ignore_if_exists=True)),
        t.TextDocumentEdit(t.OptionalVersionedTextDocumentIdentifier(new), [t.TextEdit(start, text)]),
    ]
    return [t.CodeAction(f"Write a test: {file}", TEST, edit=t.WorkspaceEdit(document_changes=changes))]


Offer = Callable[[Server, View, str, Span], Awaitable[list[t.CodeAction]]]
OFFERS: Mapping[str, Offer] = {EXTRACT: extraction, DERIVE: derivation, TEST: test}
"""By kind of action."""


def versioned(server: Server) -> bool:
    workspace = server.client_capabilities.workspace
    edit = workspace.workspace_edit if workspace else None
    return bool(edit and edit.document_changes)


def _creates(server: Server) -> bool:
    """Whether the client makes new files for an edit."""
    workspace = server.client_capabilities.workspace
    edit = workspace.workspace_edit if workspace else None
    return versioned(server) and t.ResourceOperationKind.Create in ((edit and edit.resource_operations) or ())
