"""Every message that goes out is valid JSON, and every request that comes in is answered."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from lsprotocol import types as t

from nablint.lsp.guards import spelled
from nablint.lsp.server import Server


class Wire:
    """What the server wrote."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def write(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        assert int(head.removeprefix(b"Content-Length: ")) == len(body)
        self.messages.append(json.loads(body, parse_constant=lambda word: pytest.fail(f"{word} is not JSON")))


@pytest.fixture
def server() -> Iterator[tuple[Server, Wire]]:
    made, wire = Server(), Wire()
    made.protocol.set_writer(wire)
    yield made, wire
    made.keystrokes.shutdown()
    made.requests.shutdown()


def receive(server: Server, message: dict[str, Any]) -> None:
    """As the transport does it, with a moment for tasks."""

    async def inside() -> None:
        found = json.loads(json.dumps({"jsonrpc": "2.0", **message}), object_hook=server.protocol.structure_message)
        server.protocol.handle_message(found)
        await asyncio.sleep(0.05)

    asyncio.run(inside())


INITIALIZE = {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
HOVER = {"textDocument": {"uri": "file:///nowhere.py"}, "position": {"line": 0, "character": 0}}

ANSWERS = [
    pytest.param([], {"id": 7, "method": "textDocument/hover", "params": HOVER}, -32002, id="before initialize"),
    pytest.param([INITIALIZE], INITIALIZE, -32600, id="initialize twice"),
    pytest.param([INITIALIZE], {"id": 7, "method": "textDocument/hover", "params": {}}, -32602, id="no parameters"),
    pytest.param(
        [INITIALIZE],
        {"id": 7, "method": "textDocument/hover", "params": {**HOVER, "position": {"line": -1, "character": -1}}},
        -32602,
        id="negative position",
    ),
    pytest.param([INITIALIZE], {"id": 7, "method": "textDocument/hover", "params": HOVER}, None, id="unknown document"),
    pytest.param(
        [INITIALIZE],
        {"id": 7, "method": "textDocument/hover", "params": {**HOVER, "position": {"line": 2**31 - 1, "character": 9}}},
        None,
        id="huge position",
    ),
    pytest.param([INITIALIZE], {"id": 7, "method": "no/such/method", "params": {}}, -32601, id="unknown method"),
    pytest.param([INITIALIZE], {"id": 7, "method": "nablint/probe", "params": {}}, -32602, id="probe of nothing"),
    pytest.param([INITIALIZE], {"id": 7, "method": "nablint/probe", "params": None}, -32602, id="probe without any"),
    pytest.param(
        [INITIALIZE, {"id": 2, "method": "shutdown", "params": None}],
        {"id": 7, "method": "textDocument/hover", "params": HOVER},
        -32600,
        id="after shutdown",
    ),
]


@pytest.mark.parametrize(("before", "message", "code"), ANSWERS)
def test_every_request_is_answered(
    server: tuple[Server, Wire], before: list[dict[str, Any]], message: dict[str, Any], code: int | None
) -> None:
    for each in before:
        receive(server[0], each)
    receive(server[0], message)
    answer = next(each for each in reversed(server[1].messages) if each.get("id") == message["id"])
    assert answer.get("error", {}).get("code") == code
    assert "Traceback" not in json.dumps(answer)


def test_numbers_that_json_does_not_know(server: tuple[Server, Wire]) -> None:
    server[0].protocol.notify("test/numbers", {"a": math.nan, "b": [math.inf, -math.inf, 1.5], "c": "nan"})
    assert server[1].messages[-1]["params"] == {"a": "nan", "b": ["inf", "-inf", 1.5], "c": "nan"}


def test_a_result_that_is_not_json(server: tuple[Server, Wire]) -> None:
    server[0].protocol._send_response(5, {"a": {1, 2}})
    assert server[1].messages[-1]["id"] == 5
    assert server[1].messages[-1]["error"]["code"] == -32603


def test_half_characters_are_sent(server: tuple[Server, Wire]) -> None:
    server[0].protocol.notify("test/half", {"a": "\ud83d"})
    assert server[1].messages[-1]["params"] == {"a": "\ud83d"}


def test_a_fault_of_ours_is_logged_and_nothing_pops_up(server: tuple[Server, Wire]) -> None:
    server[0].report_server_error(RuntimeError("line one\nline two"), RuntimeError)
    assert [each["method"] for each in server[1].messages] == [t.WINDOW_LOG_MESSAGE]
    assert "line one line two" in server[1].messages[0]["params"]["message"]


def test_spelled() -> None:
    assert spelled({"x": [1, math.nan, {"y": math.inf}]}) == {"x": [1, "nan", {"y": "inf"}]}
