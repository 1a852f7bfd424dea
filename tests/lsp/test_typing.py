"""While the user types: what is shown is always true of the text that it is shown for."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from fake_server import analyse
from lsprotocol import types as t
from session import FAKE, editor

from nablint.config import Settings
from nablint.lsp import convert
from nablint.lsp.documents import file
from nablint.source import Source

pytestmark = pytest.mark.asyncio

PIECES = (
    "tf.exp(x)",
    "tf.exp(y)",
    "(",
    ")",
    "\n",
    "\r\n",
    "\r",
    "😀",
    "\u2028",
    "\f",
    "x",
    " ",
    "",
    "é",
    "def f(a):\n",
)
EDITS = 200


@pytest.mark.parametrize(("name", "slow"), [("emacs", "0"), ("emacs", "0.004"), ("visual-studio-code", "0.002")])
async def test_never_stale(tmp_path: Path, name: str, slow: str) -> None:
    chance = random.Random(f"{name}{slow}")
    async with editor(tmp_path, name, FAKE, env={**os.environ, "SLOW": slow}) as session:
        encoding = str(session.capabilities.position_encoding)
        texts = {1: "import tensorflow as tf\n"}
        uri = session.open("a.py", texts[1])
        for version in range(2, EDITS):
            text = texts[version - 1]
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice((0, 0, 0, 1, 2, 9)))
            start, end = (place - splits(text, place) for place in (start, end))
            new = chance.choice(PIECES)
            session.edit(uri, t.Range(position(text, start, encoding), position(text, end, encoding)), new)
            texts[version] = text[:start] + new + text[end:]
            if not version % 50:
                assert list(await session.diagnostics(uri)) == expected(texts[version], encoding)
        last = EDITS - 1
        assert list(await session.diagnostics(uri)) == expected(texts[last], encoding)
        for item in session.published:
            assert list(item.diagnostics) == expected(texts[item.version or 0], encoding)
        versions = [item.version or 0 for item in session.published]
        assert versions == sorted(versions)


def splits(text: str, place: int) -> bool:
    """Whether a place lies between CR and LF, where no editor puts an edit."""
    return text[place - 1 : place + 1] == "\r\n"


def position(text: str, offset: int, encoding: str) -> t.Position:
    """The client's own reckoning, independent of ours: LSP lines end at CRLF, LF and CR alone."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    size = {"utf-8": len(before[-1].encode()), "utf-16": len(before[-1].encode("utf-16-le")) // 2}
    return t.Position(len(before) - 1, size.get(encoding, len(before[-1])))


def expected(text: str, encoding: str) -> list[t.Diagnostic]:
    """From a full analysis of the text."""
    document = file("", 1, Source("", text), encoding)
    found = [convert.diagnostic(document, finding)[1] for finding in analyse(document.source, Settings()).findings]
    for item in found:
        item.code_description = None if not convert.PAGES else item.code_description
    return found


async def test_a_fault_in_the_analysis_clears_what_was_shown(tmp_path: Path) -> None:
    async with editor(tmp_path) as session:
        uri = session.open("a.py", "tf.exp(x)\n")
        assert len(await session.diagnostics(uri)) == 1
        session.replace(uri, "provoke a fault\n")
        await session.pushed(uri, count=0)
        assert session.logged("could not be analysed")
        assert not session.client.messages, "nothing pops up"
        session.replace(uri, "tf.exp(x)\ntf.exp(y)\n")
        assert len(await session.diagnostics(uri)) == 2
