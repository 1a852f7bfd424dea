"""Spawn → `initialize` answered, beside a pygls server that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tests.bench._wire import BARE, NABLINT, Wire

RUNS = 9


def lines() -> Iterator[str]:
    times: dict[str, list[float]] = {"nablint": [], "bare": []}
    for _ in range(RUNS):
        for name, command in (("nablint", NABLINT), ("bare", BARE)):
            wire = Wire(command)
            times[name].append(wire.initialize() * 1000)
            wire.end() if name == "nablint" else wire.process.kill()
    ours, bare = median(times["nablint"]), median(times["bare"])
    yield f"spawn → initialize: {ours:.0f} ms, a bare pygls server {bare:.0f} ms, ratio {ours / bare:.2f} (≤ 1.5)"
