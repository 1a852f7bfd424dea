"""Hover with its drawing, as a client sees it: on every activation of a file, each time for the first time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import quantiles

from tests.bench._wire import NABLINT, Wire
from tests.bench.keystroke import URI, at, module, opened, published

SIZE = 1_000


def lines() -> Iterator[str]:
    text = module(SIZE)
    wire = Wire(NABLINT)
    wire.initialize({"pictures": True}, {"textDocument": {"hover": {"contentFormat": ["markdown"]}}})
    wire.send("textDocument/didOpen", {"textDocument": opened(text)})
    wire.wait(published(1))
    names = [row for row, line in enumerate(text.split("\n")) if line.startswith("def ") and "(x" in line]
    times = [hovered(wire, row, number) for number, row in enumerate(names, 100)]
    wire.process.kill()
    cuts = quantiles(times[1:], n=20)
    yield f"hover with drawing, {len(times)} activations: p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms (≤ 15)"


def hovered(wire: Wire, row: int, number: int) -> float:
    time.sleep(0.01)
    params = {"textDocument": {"uri": URI}, "position": at(row, 5)}
    began = wire.send("textDocument/hover", params, number)
    answer: list[str] = []

    def fits(message: dict[str, object]) -> bool:
        if message.get("id") != number:
            return False
        answer.append(str(message["result"]))
        return True

    took = (wire.wait(fits) - began) * 1000
    assert "data:image/svg+xml" in answer[0]
    return took
