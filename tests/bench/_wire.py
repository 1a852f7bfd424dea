"""A client that does nothing but talk: what it measures is the server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from queue import Queue
from typing import Any


class Wire:
    """A server process and the messages that came from it, each with its time."""

    def __init__(self, command: Sequence[str]) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.heard: Queue[tuple[float, dict[str, Any]]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, method: str, params: Any, number: int | None = None) -> float:
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number else {})
        body = json.dumps(message).encode()
        assert self.process.stdin
        now = time.perf_counter()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        return now

    def wait(self, fits: Callable[[dict[str, Any]], bool]) -> float:
        """When the first message that fits came."""
        while True:
            at, message = self.heard.get(timeout=60)
            if fits(message):
                return at

    def initialize(self, options: Any = None, capabilities: Any = None) -> float:
        """Seconds from the start of the process until `initialize` is answered."""
        params = {"processId": None, "rootUri": None, "initializationOptions": options}
        self.send("initialize", {**params, "capabilities": capabilities or {}}, 1)
        at = self.wait(lambda message: message.get("id") == 1)
        self.send("initialized", {})
        return at - self.began

    def end(self) -> None:
        self.send("shutdown", None, 9)
        self.send("exit", None)
        self.process.wait(timeout=20)

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream
        length = 0
        while header := stream.readline():
            if header.startswith(b"Content-Length:"):
                length = int(header.split(b":")[1])
            if header.strip():
                continue
            body = stream.read(length)
            self.heard.put((time.perf_counter(), json.loads(body)))


NABLINT = [sys.executable, "-m", "nablint.lsp"]
BARE = [
    sys.executable,
    "-c",
    "from lsprotocol import types as t\n"
    "from pygls.lsp.server import LanguageServer\n"
    "server = LanguageServer('bare', '1')\n"
    "server.feature(t.TEXT_DOCUMENT_DID_OPEN)(lambda params: None)\n"
    "server.start_io()\n",
]
PARSER = [
    sys.executable,
    "-c",
    "import libcst\n"
    "from lsprotocol import types as t\n"
    "from pygls.lsp.server import LanguageServer\n"
    "server = LanguageServer('parser', '1')\n"
    "@server.feature(t.TEXT_DOCUMENT_DID_OPEN)\n"
    "@server.feature(t.TEXT_DOCUMENT_DID_CHANGE)\n"
    "def look(ls: LanguageServer, params):\n"
    "    document = params.text_document\n"
    "    libcst.parse_module(ls.workspace.get_text_document(document.uri).source)\n"
    "    found = t.PublishDiagnosticsParams(document.uri, [], document.version)\n"
    "    ls.text_document_publish_diagnostics(found)\n"
    "server.start_io()\n",
]
"""A floor for servers on LibCST: it parses the whole file at every keystroke, and finds nothing."""
