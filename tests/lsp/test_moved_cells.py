"""Notebooks with the server's own analysis: names from cells above, hovers, fixes and moves of cells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as t
from session import REAL, Editor, editor

pytestmark = pytest.mark.asyncio

CELLS = {
    "imports": "%load_ext autoreload\nimport tensorflow as tf",
    "shell": "!pip install tensorflow\n%%time is not first here",
    "limit": "LIMIT = 200.0",
    "act": "def act(x):\n    # '😀'\n    return tf.exp(tf.minimum(x, LIMIT))",
    "lower": "LIMIT = 2.0",
    "fixable": "def soft(x):\n    y = '😀'; return tf.math.log(1 + tf.exp(x))",
}


@pytest_asyncio.fixture
async def session(tmp_path: Path) -> AsyncIterator[Editor]:
    async with editor(tmp_path, "visual-studio-code", REAL) as found:
        yield found


def cell(session: Editor, name: str) -> str:
    return f"{session.uri('a.ipynb')}#{name}"


def open_notebook(session: Editor, names: Sequence[str]) -> None:
    uris = {name: cell(session, name) for name in names}
    items = [t.TextDocumentItem(uri, "python", 1, CELLS[name]) for name, uri in uris.items()]
    cells = [t.NotebookCell(t.NotebookCellKind.Code, uri) for uri in uris.values()]
    session.versions |= dict.fromkeys(uris.values(), 1)
    book = t.NotebookDocument(session.uri("a.ipynb"), "jupyter-notebook", 1, cells)
    session.client.notebook_document_did_open(t.DidOpenNotebookDocumentParams(book, items))


def move(session: Editor, start: int, gone: int, names: Sequence[str], version: int) -> None:
    """Puts the cells of these names, which stay open, in the place of some others."""
    cells = [t.NotebookCell(t.NotebookCellKind.Code, cell(session, name)) for name in names]
    structure = t.NotebookDocumentCellChangeStructure(t.NotebookCellArrayChange(start, gone, cells))
    event = t.NotebookDocumentChangeEvent(cells=t.NotebookDocumentCellChanges(structure=structure))
    book = t.VersionedNotebookDocumentIdentifier(version, session.uri("a.ipynb"))
    session.client.notebook_document_did_change(t.DidChangeNotebookDocumentParams(book, event))


async def test_cells_see_those_above(session: Editor) -> None:
    open_notebook(session, ["imports", "shell", "limit", "act", "fixable"])
    (found,) = (await session.pushed(cell(session, "act"), count=1)).diagnostics
    assert found.range == t.Range(t.Position(2, 11), t.Position(2, 39))
    session.published.clear()
    # The lower limit comes to stand between the other one and the activation, and last it counts.
    item = t.TextDocumentItem(cell(session, "lower"), "python", 1, CELLS["lower"])
    cells = [t.NotebookCell(t.NotebookCellKind.Code, item.uri)]
    structure = t.NotebookDocumentCellChangeStructure(t.NotebookCellArrayChange(2, 1, cells), [item])
    event = t.NotebookDocumentChangeEvent(cells=t.NotebookDocumentCellChanges(structure=structure))
    book = t.VersionedNotebookDocumentIdentifier(2, session.uri("a.ipynb"))
    session.client.notebook_document_did_change(t.DidChangeNotebookDocumentParams(book, event))
    await session.pushed(cell(session, "act"), count=0)


async def test_a_moved_cell_takes_its_findings_along(session: Editor) -> None:
    open_notebook(session, ["imports", "limit", "act", "fixable"])
    before = (await session.pushed(cell(session, "fixable"), count=1)).diagnostics
    session.published.clear()
    move(session, 1, 3, ["fixable", "limit", "act"], 2)
    after = await session.pushed(cell(session, "fixable"), count=1)
    assert list(after.diagnostics) == list(before)
    assert len((await session.pushed(cell(session, "act"), count=1)).diagnostics) == 1


async def test_hover_fix_and_lens_in_a_cell(session: Editor) -> None:
    open_notebook(session, ["imports", "limit", "fixable"])
    (found,) = (await session.pushed(cell(session, "fixable"), count=1)).diagnostics
    # Behind an emoji, which fills two units.
    start = CELLS["fixable"].split("\n")[1].index("tf.exp") + 1
    assert found.range == t.Range(t.Position(1, start), t.Position(1, start + 9))
    hover = await session.hover(cell(session, "fixable"), 0, 5)
    assert hover is not None
    assert hover.range == t.Range(t.Position(0, 4), t.Position(0, 8))
    (lens,) = await session.lenses(cell(session, "fixable"))
    assert lens.range == hover.range
    context = t.CodeActionContext([], ["quickfix"])
    asked = t.CodeActionParams(t.TextDocumentIdentifier(cell(session, "fixable")), found.range, context)
    fix, *_ = await session.client.text_document_code_action_async(asked) or ()
    assert isinstance(fix, t.CodeAction)
    assert fix.edit
    (change,) = fix.edit.document_changes or ()
    assert isinstance(change, t.TextDocumentEdit)
    assert change.text_document.uri == cell(session, "fixable")
    assert "softplus" in change.edits[0].new_text
