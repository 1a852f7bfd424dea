"""The server: what is open, what is known of it, and when it is looked at again."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import pkgutil
import sys
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types as t
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from nablint import __version__, config
from nablint.config import ConfigError, Settings
from nablint.finding import Finding, Fix
from nablint.lsp import engine, features, stdio
from nablint.lsp.buffers import Buffers
from nablint.lsp.documents import Document
from nablint.lsp.guards import Protocol
from nablint.lsp.probing import Probes
from nablint.lsp.protocol import InitializationOptions
from nablint.source import Source

if TYPE_CHECKING:
    from nablint.analyse import Analysis
    from nablint.probe.protocol import Report

T = TypeVar("T")
log = logging.getLogger("nablint")

NOTEBOOKS = t.NotebookDocumentSyncOptions(
    notebook_selector=[t.NotebookDocumentFilterWithNotebook("*", [t.NotebookCellLanguage("python")])]
)

QUICK = 0.03
"""Seconds for which messages may wait: handing over to a thread and back costs a keystroke's tenth."""


@dataclass(frozen=True, slots=True)
class View:
    """A document and what is known of it: what handlers read."""

    document: Document
    analysis: Analysis
    offers: dict[int, tuple[Fix, ...]] = field(default_factory=dict)
    """The verified fixes of findings that were asked for, by identity: the analysis keeps them alive."""


@dataclass(frozen=True, slots=True)
class Probed:
    """The last probe of a function, and what it saw (`verdicts.seen`)."""

    report: Report
    seen: Hashable


@dataclass(slots=True)
class Open:
    """What the server keeps of one open document."""

    uri: str
    view: View | None = None
    took: float = float("inf")
    """Seconds for the last look."""
    is_stale: bool = False
    """Whether the text or the settings changed since the last look."""
    task: asyncio.Task[None] | None = None
    probed: dict[str, Probed] = field(default_factory=dict)
    """By `verdicts.key`."""
    published: dict[str, int] = field(default_factory=dict)
    """How many diagnostics the client was last sent, by part."""
    spelled: dict[int, tuple[Finding, str, str]] = field(default_factory=dict)
    """The diagnostics of its findings as they are sent, with their part, by the finding's identity."""


class Server(LanguageServer):
    """pygls's server with our state; the features do the work."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__("nablint", __version__, notebook_document_sync=NOTEBOOKS, protocol_cls=Protocol, max_workers=1)
        self.open: dict[str, Open] = {}
        self.options = InitializationOptions()
        self.editor: dict[str, Any] = {}
        """The settings that the user changed in the editor, by field."""
        self.interpreter = ""
        """The Python that the user set for probes; empty means the one found beside the file."""
        self.known: dict[str, Settings] = {}
        """The settings of each file that was asked for."""
        self.said: set[str] = set()
        self.probes = Probes()
        self.on_settled: Callable[[Server, Open], None] = lambda _server, _open: None
        # pygls reads stdin in a pool of its own. Keystrokes and requests must not wait for each other either.
        self.keystrokes = ThreadPoolExecutor(1, "analysis")
        self.requests = ThreadPoolExecutor(1, "request")
        for module in pkgutil.iter_modules(features.__path__):
            importlib.import_module(f"{features.__name__}.{module.name}").register(self)

    @property
    def buffers(self) -> Buffers:
        workspace = self.workspace
        assert isinstance(workspace, Buffers)
        return workspace

    def answers(self, method: str, handler: Callable[[Server, Any], Awaitable[Any]], options: Any = None) -> None:
        """Registers a handler. Whatever goes wrong in it is logged, and its answer is empty."""

        async def answer(params: Any) -> Any:
            try:
                return await handler(self, params)
            except JsonRpcException:
                raise
            except Exception:
                log.exception("%s failed", method)
                self.say(f"{method} failed; this is a fault of nablint's. The server's error output tells more.")
                return None

        self.feature(method, options)(answer)

    def say(self, text: str, kind: t.MessageType = t.MessageType.Warning) -> None:
        """One sentence in the client's log."""
        self.window_log_message(t.LogMessageParams(kind, text))

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002
        """To the log: pygls would pop up a message for each."""
        self.say(f"A message was left unanswered: {' '.join(str(error).split())[:300]}")

    async def heard(self, answer: Awaitable[T]) -> T | None:
        """The client's answer to a request of ours, None if it refuses."""
        try:
            return await answer
        except JsonRpcException as error:
            log.info("The client refused: %s", error)
            return None

    def say_once(self, text: str) -> None:
        if text not in self.said:
            self.said.add(text)
            self.say(text)

    def settings(self, path: str) -> Settings:
        """The settings that hold for a file: the editor's before those of pyproject.toml before the defaults."""
        if path not in self.known:
            self.known[path] = replace(self._configured(path), **self.editor)
            try:
                config.check_rules(self.known[path], config.rule_names(), "select and ignore of nablint: ")
            except ConfigError as error:
                self.say_once(str(error))
        return self.known[path]

    def is_excluded(self, path: str, settings: Settings) -> bool:
        """Whether the settings leave a file out, as they do on the command line."""
        if not Path(path).is_absolute():
            return False
        roots = [to_fs_path(uri) for uri in self.workspace.folders] or [self.workspace.root_path]
        around = [Path(root) for root in roots if root and Path(path).is_relative_to(root)]
        return config.is_excluded(settings, Path(path), max(around, default=None, key=lambda root: len(root.parts)))

    def _configured(self, path: str) -> Settings:
        folder = Path(path).parent if Path(path).is_absolute() else Path(self.workspace.root_path or "/")
        try:
            return config.load(folder)
        except ConfigError as error:
            self.say_once(str(error))
            return Settings()

    def forget_settings(self) -> None:
        """Has configuration files read again."""
        config.forget()
        self.known.clear()
        self.said.clear()

    def touch(self, uri: str) -> None:
        """Has a document looked at again; once more at the end, however often it is touched meanwhile."""
        desk = self.open.setdefault(uri, Open(uri))
        desk.is_stale = True
        if desk.task is None:
            desk.task = asyncio.get_running_loop().create_task(self._settle(desk))

    def touch_all(self) -> None:
        """Has everything looked at again: the settings changed."""
        for uri in self.open:
            self.touch(uri)
        workspace = self.client_capabilities.workspace
        if workspace and workspace.diagnostics and workspace.diagnostics.refresh_support:
            self.workspace_diagnostic_refresh(None)

    def forget(self, uri: str) -> Open | None:
        return self.open.pop(uri, None)

    async def view(self, uri: str) -> View | None:
        """The document that holds `uri`, as it is now, once it is analysed; None if it is not open."""
        desk = self.open.get(self.buffers.home(uri))
        while desk is not None and desk.task is not None:
            await asyncio.wait([desk.task])
        return desk.view if desk is not None else None

    async def ask(self, work: Callable[..., T], *args: Any) -> T:
        """The result of work that a request needs, done beside the keystrokes."""
        return await asyncio.get_running_loop().run_in_executor(self.requests, work, *args)

    async def _settle(self, desk: Open) -> None:
        try:
            while desk.is_stale and desk.uri in self.open:
                desk.is_stale = False
                desk.view = await self._look(desk)
                if not desk.is_stale and desk.uri in self.open:
                    self.on_settled(self, desk)
        finally:
            desk.task = None

    async def _look(self, desk: Open) -> View | None:
        document = self.buffers.document(desk.uri)
        previous = desk.view.analysis if desk.view else None
        if document is None:
            return None
        settings = self.settings(document.source.path)
        if len(document.source.lines) > settings.max_lines:
            path, most = document.source.path, f"{settings.max_lines:,}"
            self.say_once(f"{path} has more lines than max-lines ({most}): it is not analysed.")
            document = replace(document, source=Source(path, ""))
        elif self.is_excluded(document.source.path, settings):
            document = replace(document, source=Source(document.source.path, ""))
        work = partial(engine.analyse, document.source, settings, previous)
        try:
            analysis = await self._analysis(desk, work)
        except Exception:
            log.exception("analysing %s failed", document.source.path)
            self.say(f"{document.source.path} could not be analysed; this is a fault of nablint's.")
            return None
        return View(document, analysis)

    async def _analysis(self, desk: Open, work: Callable[[], Analysis]) -> Analysis:
        """The analysis: at once if the last one was quick, else in a thread, beside which messages are still read."""
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        analysis = work() if desk.took < QUICK else await loop.run_in_executor(self.keystrokes, work)
        desk.took = time.perf_counter() - began
        return analysis


def offered(view: View, finding: Finding) -> tuple[Fix, ...]:
    """The verified fixes of a finding; verified once for each view."""
    if id(finding) not in view.offers:
        view.offers[id(finding)] = engine.offered(view.analysis, finding)
    return view.offers[id(finding)]


def main() -> None:
    """Serves one client on stdin and stdout until it says `exit` or hangs up."""
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("NABLINT_LOG", "ERROR").upper())
    # Syntax trees come and go by the thousand at each keystroke, and hold no cycles worth a look.
    gc.set_threshold(20_000, 20, 50)
    server = Server()
    stdio.serve(server)
    server.probes.close()
    sys.stderr.flush()
    # Threads that still analyse must not hold up the editor: Python would wait for them.
    os._exit(0 if server.protocol._shutdown else 1)
