"""An editor for tests: the one place that knows how a client talks to the server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types as t
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

FAKE = [sys.executable, str(Path(__file__).with_name("fake_server.py"))]
REAL = [sys.executable, "-m", "nablint.lsp"]
EDITORS = ("visual-studio-code", "neovim", "emacs")
PATIENCE = 20


@dataclass
class Editor:
    """A client with open files."""

    client: LanguageClient
    capabilities: t.ServerCapabilities
    root: Path
    versions: dict[str, int] = field(default_factory=dict)
    published: list[t.PublishDiagnosticsParams] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str) -> str:
        uri = self.uri(name)
        self.versions[uri] = 1
        self.client.text_document_did_open(t.DidOpenTextDocumentParams(t.TextDocumentItem(uri, "python", 1, text)))
        return uri

    def replace(self, uri: str, text: str) -> None:
        """The whole text at once."""
        self._change(uri, t.TextDocumentContentChangeWholeDocument(text))

    def edit(self, uri: str, range_: t.Range, text: str) -> None:
        self._change(uri, t.TextDocumentContentChangePartial(range_, text))

    def fresh(self) -> Iterator[Editor]:
        """The same editor with nothing open and nothing heard: a server for each test would take most of the time."""
        for heard in (self.published, self.events, self.client.messages, self.client.log_messages):
            heard.clear()
        yield self
        for uri in list(self.versions):
            self.close(uri)

    def close(self, uri: str) -> None:
        del self.versions[uri]
        self.client.text_document_did_close(t.DidCloseTextDocumentParams(t.TextDocumentIdentifier(uri)))

    async def diagnostics(self, uri: str) -> Sequence[t.Diagnostic]:
        """Those of the text as it is now: pulled, or waited for, as this editor does it."""
        if self.pulls:
            report = await self.client.text_document_diagnostic_async(
                t.DocumentDiagnosticParams(t.TextDocumentIdentifier(uri))
            )
            assert isinstance(report, t.RelatedFullDocumentDiagnosticReport)
            return report.items
        return (await self.pushed(uri, self.versions[uri])).diagnostics

    async def pushed(
        self, uri: str, version: int | None = None, count: int | None = None
    ) -> t.PublishDiagnosticsParams:
        """The first that was pushed for a version, or with so many diagnostics."""

        def fits(item: t.PublishDiagnosticsParams) -> bool:
            return (
                item.uri == uri
                and (version is None or item.version == version)
                and (count is None or len(item.diagnostics) == count)
            )

        return await until(lambda: next((item for item in self.published if fits(item)), None))

    @property
    def pulls(self) -> bool:
        capabilities = self.client.capabilities
        return bool(capabilities and capabilities.text_document and capabilities.text_document.diagnostic)

    async def actions(self, uri: str, range_: t.Range, *only: str) -> Sequence[t.CodeAction]:
        shown = [item for item in await self.diagnostics(uri) if item.range == range_]
        context = t.CodeActionContext(shown, only or None)
        found = await self.client.text_document_code_action_async(
            t.CodeActionParams(t.TextDocumentIdentifier(uri), range_, context)
        )
        return [item for item in found or () if isinstance(item, t.CodeAction)]

    async def lenses(self, uri: str) -> Sequence[t.CodeLens]:
        found = await self.client.text_document_code_lens_async(t.CodeLensParams(t.TextDocumentIdentifier(uri)))
        return found or ()

    async def hover(self, uri: str, line: int, character: int) -> t.Hover | None:
        at = t.Position(line, character)
        return await self.client.text_document_hover_async(t.HoverParams(t.TextDocumentIdentifier(uri), at))

    async def request(self, method: str, params: Any, message_id: str | None = None) -> Any:
        return await self.client.protocol.send_request_async(method, params, message_id)

    def cancel(self, message_id: str) -> None:
        self.client.cancel_request(t.CancelParams(message_id))

    def logged(self, words: str) -> list[str]:
        return [item.message for item in self.client.log_messages if words in item.message]

    def _change(self, uri: str, change: t.TextDocumentContentChangeEvent) -> None:
        self.versions[uri] += 1
        document = t.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.client.text_document_did_change(t.DidChangeTextDocumentParams(document, [change]))


@asynccontextmanager
async def editor(
    root: Path,
    name: str = "emacs",
    command: Sequence[str] = FAKE,
    options: Any = None,
    capabilities: t.ClientCapabilities | None = None,
    **client: Any,
) -> AsyncIterator[Editor]:
    """A server and a client that have shaken hands."""
    made = make_test_lsp_client()
    made._configuration = {"": client.pop("configuration", {})}
    await made.start_io(*command, **client)
    params = t.InitializeParams(
        capabilities or announced(name), root_uri=root.as_uri(), initialization_options=options, process_id=None
    )
    result = await made.initialize_session(params)
    session = Editor(made, result.capabilities, root)
    watch(session)
    try:
        yield session
    finally:
        await made.shutdown_session()
        await made.stop()


def announced(name: str) -> t.ClientCapabilities:
    """What an editor says of itself; VS Code's stored answer is from before it pulled and knew notebooks."""
    found = client_capabilities(name)
    if name == "visual-studio-code":
        assert found.text_document
        assert found.workspace
        assert found.window
        found.window.show_document = t.ShowDocumentClientCapabilities(support=True)
        found.text_document.diagnostic = t.DiagnosticClientCapabilities()
        found.workspace.diagnostics = t.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
        found.notebook_document = t.NotebookDocumentClientCapabilities(t.NotebookDocumentSyncClientCapabilities())
    return found


def watch(session: Editor) -> None:
    """Keeps what the server says on its own."""
    features = session.client.protocol.fm.features
    first = features[t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]

    def published(params: t.PublishDiagnosticsParams) -> None:
        session.published.append(params)
        first(params)

    features[t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS] = published
    features["nablint/probeEvent"] = session.events.append


async def until(get: Any, patience: float = PATIENCE) -> Any:
    """The first value that is true."""
    for _ in range(int(patience / 0.01)):
        if found := get():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited {patience} s in vain")
