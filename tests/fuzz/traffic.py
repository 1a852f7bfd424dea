"""Random sessions of a client that behaves badly, in the order in which its messages come."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pygls.io_ import run_async

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.lsp import convert
from nablint.lsp.documents import file
from nablint.lsp.server import Server
from nablint.source import Source
from truth.generate import activations

LOG = logging.getLogger(__name__)
URIS = tuple(f"file:///fuzz/{name}.py" for name in "abc")
HEAD = "import tensorflow as tf\n\n\n"
PIECES = ("x", "(", ")", "\n", "    ", "tf.exp(x)", " / x", "'", '"""', "# nablint: ignore", "é", "😀", "\f", "\r\n",
          "0", "def g(x):\n    return tf.math.log(x)\n", "[", "\\", ":", "\u2028", "import keras\n")  # fmt: skip
ASKED = ("hover", "codeLens", "inlayHint", "diagnostic", "codeAction", "documentLink", "nonsense")


class Wire:
    """What the server wrote."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        assert int(head.removeprefix(b"Content-Length: ")) == len(body)
        self.messages.append(json.loads(body))


@dataclass
class Client:
    """The client, what it believes is open, and what it waits for."""

    dice: random.Random
    feed: Callable[[bytes], None]
    texts: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.feed(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def ask(self, method: str, params: Any) -> None:
        self.asked.append(len(self.asked) + 1)
        self.send({"id": self.asked[-1], "method": method, "params": params})

    def step(self) -> None:
        moves = (
            self.open,
            self.change,
            self.change,
            self.change,
            self.request,
            self.request,
            self.close,
            self.nonsense,
        )
        self.dice.choice(moves)()

    def open(self) -> None:
        uri = self.dice.choice(URIS)
        if uri not in self.texts:
            made = activations(self.dice.randrange(3, 8), self.dice.randrange(1000))
            self.texts[uri] = HEAD + "\n\n".join(text for _, text in made)
            self.versions[uri] = 1
            item = {"uri": uri, "languageId": "python", "version": 1, "text": self.texts[uri]}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def change(self) -> None:
        uri = self.dice.choice(URIS)
        if uri not in self.texts:
            return
        text = self.texts[uri]
        a, b = sorted((self.dice.randrange(len(text) + 1), self.dice.randrange(len(text) + 1)))
        b = min(b, a + self.dice.choice((0, 0, 1, 1, 3, 30)))
        if self.dice.random() < 0.05:
            a, b = 0, len(text)
        if "\r" in text[max(a - 1, 0) : b + 1]:
            a = b = 0  # No position lies between the two characters of a line's end.
        new = self.dice.choice(PIECES)
        self.replace(uri, a, b, new)
        if "\r" not in new and self.dice.random() < 0.7:  # As typing does it: what is wrong is soon right again.
            self.replace(uri, a, a + len(new), text[a:b])

    def replace(self, uri: str, a: int, b: int, new: str) -> None:
        text = self.texts[uri]
        self.versions[uri] += 1
        self.texts[uri] = text[:a] + new + text[b:]
        edit = {"range": {"start": position(text, a), "end": position(text, b)}, "text": new}
        document = {"uri": uri, "version": self.versions[uri]}
        change = {"textDocument": document, "contentChanges": [edit]}
        self.send({"method": "textDocument/didChange", "params": change})

    def request(self) -> None:
        name, uri = self.dice.choice(ASKED), self.dice.choice((*URIS, "file:///nowhere.py", "odd:///", ""))
        line, character = self.dice.choice(((0, 0), (4, 12), (2**31 - 1, 2**31 - 1), (-1, -5), (1, 10**6)))
        place = {"line": line, "character": character}
        params: dict[str, Any] = {
            "textDocument": {"uri": uri},
            "position": place,
            "range": {"start": place, "end": place},
        }
        if name == "codeAction":
            params["context"] = {"diagnostics": []}
            if self.dice.random() < 0.8:
                return  # Fixes are verified for these, which takes its time.
        self.ask(f"textDocument/{name}", params)
        if self.dice.random() < 0.3:
            self.send({"method": "$/cancelRequest", "params": {"id": self.dice.choice((self.asked[-1], 10**6, "x"))}})

    def close(self) -> None:
        uri = self.dice.choice(URIS)
        if uri in self.texts and self.dice.random() < 0.3:
            del self.texts[uri]
            self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})

    def nonsense(self) -> None:
        """What no client should send."""
        unknown = {"textDocument": {"uri": "file:///never/opened.py", "version": 3}, "contentChanges": [{"text": "x"}]}
        choice = self.dice.randrange(7)
        if choice == 0:
            self.feed(b"Content-Length: 7\r\n\r\n{nonsen")
        elif choice == 1:
            self.feed(b"No-Length: 7\r\n\r\n")
        elif choice == 2:
            self.send({"method": "textDocument/didChange", "params": unknown})
        elif choice == 3:
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": None}})
        elif choice == 4:
            self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"nablint": 7}}})
        elif choice == 5:
            self.send({"id": 10**6, "result": None})
        else:
            self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})


def position(text: str, offset: int) -> dict[str, int]:
    """In UTF-16; only `\\n`, `\\r\\n` and `\\r` end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.rpartition("\n")[2]
    return {"line": before.count("\n"), "character": len(line.encode("utf-16-le")) // 2}


async def session(seed: int, messages: int) -> tuple[str, int]:
    """One session: why its end is wrong, or nothing; and how many diagnostics it ended with."""
    server, wire, reader = Server(), Wire(), asyncio.StreamReader(limit=1 << 30)
    server.protocol.set_writer(wire)
    client = Client(random.Random(seed), reader.feed_data)
    serving = asyncio.ensure_future(
        run_async(threading.Event(), reader, server.protocol, LOG, server.report_server_error)
    )
    if client.dice.random() < 0.2:
        client.request()
    client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    client.send({"method": "initialized", "params": {}})
    for number in range(messages):
        client.step()
        if number % client.dice.choice((1, 5, 20)) == 0:
            await asyncio.sleep(0)
    for uri in client.texts:
        client.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    await settled(server, client, wire)
    shown = diagnostics(wire)
    wrong = verdict(server, client, wire) or ("the server ended" if serving.done() else "")
    client.ask("shutdown", None)
    client.request()
    serving.cancel()
    server.keystrokes.shutdown()
    server.requests.shutdown()
    server.shutdown()
    return wrong, sum(map(len, shown.values()))


async def settled(server: Server, client: Client, wire: Wire) -> None:
    """Until all is answered and looked at, for a minute at most."""
    for _ in range(6000):
        await asyncio.sleep(0.01)
        is_quiet = all(desk.task is None for desk in server.open.values())
        if is_quiet and answered(wire) >= set(client.asked):
            return


def answered(wire: Wire) -> set[Any]:
    return {message.get("id") for message in wire.messages if "method" not in message}


def verdict(server: Server, client: Client, wire: Wire) -> str:
    unanswered = set(client.asked) - answered(wire)
    if unanswered:
        return f"no answer to {sorted(unanswered)[:5]}"
    said = diagnostics(wire)
    for uri, text in client.texts.items():
        path = server.buffers.get_text_document(uri).path
        document = file(uri, None, Source(path, text), "utf-16")
        fresh = [convert.diagnostic(document, f)[1] for f in analyse(document.source, Settings()).findings]
        if said.get(uri) != [json.loads(server.protocol.spelled(item)) for item in fresh]:
            return f"{uri} is shown as {said.get(uri)} with the text {text!r}"
    return ""


def diagnostics(wire: Wire) -> dict[str, list[Any]]:
    """What was last said of each file."""
    told = [m["params"] for m in wire.messages if m.get("method") == "textDocument/publishDiagnostics"]
    return {params["uri"]: params["diagnostics"] for params in told}
