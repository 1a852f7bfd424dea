"""Notebooks: the cells see each other, and everything stands in its own cell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as t
from session import Editor, editor

pytestmark = pytest.mark.asyncio

CELLS = (
    "import tensorflow as tf",
    "%%bash\necho tf.exp(x)",
    "%time None\ndef f(x):\n    return tf.exp(x)",
    "tf.exp(z)",
)


@pytest_asyncio.fixture
async def session(tmp_path: Path) -> AsyncIterator[Editor]:
    async with editor(tmp_path, "visual-studio-code") as found:
        yield found


def cell(session: Editor, number: int) -> str:
    return session.uri("a.ipynb") + f"#cell{number}"


def open_notebook(session: Editor) -> None:
    uris = [cell(session, number) for number in range(len(CELLS))]
    items = [t.TextDocumentItem(uri, "python", 1, text) for uri, text in zip(uris, CELLS, strict=True)]
    cells = [t.NotebookCell(t.NotebookCellKind.Code, uri) for uri in uris]
    session.versions |= dict.fromkeys(uris, 1)
    book = t.NotebookDocument(session.uri("a.ipynb"), "jupyter-notebook", 1, cells)
    session.client.notebook_document_did_open(t.DidOpenNotebookDocumentParams(book, items))


def change(session: Editor, cells: t.NotebookDocumentCellChanges, version: int) -> None:
    book = t.VersionedNotebookDocumentIdentifier(version, session.uri("a.ipynb"))
    session.client.notebook_document_did_change(
        t.DidChangeNotebookDocumentParams(book, t.NotebookDocumentChangeEvent(cells=cells))
    )


async def test_each_cell_has_its_own(session: Editor) -> None:
    open_notebook(session)
    found = [(await session.pushed(cell(session, number), 1)).diagnostics for number in range(4)]
    assert [len(items) for items in found] == [0, 0, 1, 1]
    assert found[2][0].range == t.Range(t.Position(2, 11), t.Position(2, 20))
    assert found[3][0].range == t.Range(t.Position(0, 0), t.Position(0, 9))
    assert not await session.diagnostics(cell(session, 3)), "what is pushed is not pulled as well"


async def test_fixes_lenses_and_probes(session: Editor) -> None:
    open_notebook(session)
    where = t.Range(t.Position(2, 11), t.Position(2, 20))
    _, safe, *_ = await session.actions(cell(session, 2), where, "quickfix")
    assert safe.edit
    (document,) = safe.edit.document_changes or ()
    assert isinstance(document, t.TextDocumentEdit)
    assert (document.text_document.uri, document.edits[0].range) == (cell(session, 2), where)
    (lens,) = await session.lenses(cell(session, 2))
    assert lens.range.start == t.Position(1, 4)
    assert not await session.lenses(cell(session, 3))
    hover = await session.hover(cell(session, 2), 1, 4)
    assert hover is not None
    assert hover.range == lens.range
    report = await session.request("nablint/probe", {"uri": cell(session, 2), "name": "f"})
    assert report.verdict == "Infinite for x >= 88.72 in float32."
    shown = await session.pushed(cell(session, 2), count=2)
    assert shown.diagnostics[1].range == lens.range


async def test_text_and_cells_change(session: Editor) -> None:
    open_notebook(session)
    await session.pushed(cell(session, 3), 1)
    edit = t.TextDocumentContentChangePartial(t.Range(t.Position(0, 0), t.Position(0, 0)), "tf.exp(a)\n")
    text = t.NotebookDocumentCellContentChanges(t.VersionedTextDocumentIdentifier(2, cell(session, 3)), [edit])
    change(session, t.NotebookDocumentCellChanges(text_content=[text]), 2)
    lines = [item.range.start.line for item in (await session.pushed(cell(session, 3), 2)).diagnostics]
    assert lines == [0, 1]
    gone = t.NotebookDocumentCellChangeStructure(
        t.NotebookCellArrayChange(0, 3), did_close=[t.TextDocumentIdentifier(cell(session, n)) for n in range(3)]
    )
    session.published.clear()
    change(session, t.NotebookDocumentCellChanges(structure=gone), 3)
    assert not (await session.pushed(cell(session, 2))).diagnostics
    assert len((await session.pushed(cell(session, 3), 2)).diagnostics) == 2


async def test_closing_takes_all_back(session: Editor) -> None:
    open_notebook(session)
    await session.pushed(cell(session, 3), 1)
    session.published.clear()
    book = t.NotebookDocumentIdentifier(session.uri("a.ipynb"))
    cells = [t.TextDocumentIdentifier(cell(session, n)) for n in range(4)]
    session.client.notebook_document_did_close(t.DidCloseNotebookDocumentParams(book, cells))
    for number in range(4):
        assert not (await session.pushed(cell(session, number))).diagnostics
