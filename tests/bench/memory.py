"""What the server holds with many files open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.bench._wire import NABLINT, Wire
from tests.bench.keystroke import module

FILES, SIZE = 20, 1_000


def lines() -> Iterator[str]:
    wire = Wire(NABLINT)
    wire.initialize()
    empty = resident(wire)
    for number in range(FILES):
        uri = f"file:///bench/activations{number}.py"
        # No two files share a function: nothing that is cached by content helps.
        text = re.sub(r"\b(\d+)\.0", rf"\1.{number + 1}", module(SIZE))
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        wire.send("textDocument/didOpen", {"textDocument": document})
        wire.wait(lambda message, uri=uri: message.get("params", {}).get("uri") == uri)
    full = resident(wire)
    wire.process.kill()
    yield f"memory: {full:.0f} MB with {FILES} files of {SIZE:,} lines (≤ 150), {empty:.0f} MB with none"


def resident(wire: Wire) -> float:
    """Megabytes that the process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{wire.process.pid}/status").read_text())
    assert found
    return int(found[1]) / 1024
