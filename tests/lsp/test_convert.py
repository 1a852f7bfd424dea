"""Positions survive the way to the client and back, in every encoding, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as t

from nablint.finding import Edit, Finding
from nablint.lsp import convert
from nablint.lsp.documents import Document, file, notebook
from nablint.source import Source, Span

ENCODINGS = ("utf-8", "utf-16", "utf-32")
PIECES = (
    "a",
    "x = 1",
    "\t",
    " ",
    "é",
    "∇",
    "😀",
    "\u2028",
    "\u0085",
    "\f",
    "\v",
    "\x1c",
    "\ud800",
    "\n",
    "\r\n",
    "\r",
    "",
)

texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
encodings = st.sampled_from(ENCODINGS)
anywhere = st.integers(0, 40)


@given(texts, encodings, anywhere)
def test_round_trip(text: str, encoding: str, offset: int) -> None:
    source = Source("a.py", text)
    line, column = source.position(min(offset, len(text)))
    here = line, min(column, len(source.line(line)))  # No position of the client's lies within a line end.
    assert convert.within(source, convert.outside(source, here, encoding), encoding) == here


@given(texts, encodings, anywhere, anywhere)
def test_every_position_of_a_client_is_somewhere(text: str, encoding: str, line: int, character: int) -> None:
    source = Source("a.py", text)
    offset = source.offset(convert.within(source, t.Position(line, character), encoding))
    assert 0 <= offset <= len(text)
    assert text[offset - 1 : offset + 1] != "\r\n"


@given(texts, encodings, anywhere, anywhere, anywhere, anywhere, st.sampled_from(PIECES))
def test_edits_apply_as_they_do_in_a_client(
    text: str, encoding: str, line: int, character: int, more: int, end: int, new: str
) -> None:
    """An edit of ours, sent as the client's range, changes the same characters."""
    document = file("file:///a.py", 1, Source("/a.py", text), encoding)
    wanted = convert.span(document, "file:///a.py", t.Range(t.Position(line, character), t.Position(line + more, end)))
    assert wanted is not None
    edit = convert.workspace_edit(document, [Edit(wanted, new)], versioned=False)
    (sent,) = (edit.changes or {})["file:///a.py"]
    assert convert.span(document, "file:///a.py", sent.range) == wanted


CELLS = (("cell:1", 1, "import tensorflow as tf"), ("cell:2", 4, "%%bash\necho 😀\n"), ("cell:3", 2, "😀 = 1\nx = 2"))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("uri", "line", "joined"), [("cell:1", 0, 0), ("cell:2", 1, 2), ("cell:3", 0, 3), ("cell:3", 1, 4)]
)
def test_cells(encoding: str, uri: str, line: int, joined: int) -> None:
    document = notebook("file:///a.ipynb", "/a.ipynb", CELLS, encoding)
    place = t.Position(line, 0)
    assert convert.position(document, uri, place) == (joined, 0)
    assert convert.location(document, Span((joined, 0), (joined, 1))).uri == uri
    assert convert.location(document, Span((joined, 0), (joined, 1))).range.start == place


def test_a_span_ends_with_its_cell() -> None:
    document = notebook("file:///a.ipynb", "/a.ipynb", CELLS, "utf-16")
    at = convert.location(document, Span((0, 7), (4, 1)))
    assert at == t.Location("cell:1", t.Range(t.Position(0, 7), t.Position(0, 23)))


def test_a_cell_that_is_not_there() -> None:
    document: Document = notebook("file:///a.ipynb", "/a.ipynb", CELLS, "utf-16")
    assert convert.position(document, "cell:9", t.Position(0, 0)) is None


def test_an_operation_in_a_helper_is_told_where_it_is_written() -> None:
    source = Source("/a.py", "def helper(x):\n    return '😀', tf.exp(\n        x)\n\ny = helper(x)\n")
    document = file("file:///a.py", 1, source, "utf-16")
    origin = Span((1, 16), (2, 10))
    _, item = convert.diagnostic(document, Finding("overflow", Span((4, 4), (4, 13)), "It overflows.", origin=origin))
    (related,) = item.related_information or ()
    assert related.message == "tf.exp( x)"
    assert related.location == t.Location("file:///a.py", t.Range(t.Position(1, 17), t.Position(2, 10)))
    _, plain = convert.diagnostic(document, Finding("overflow", Span((4, 4), (4, 13)), "It overflows."))
    assert plain.related_information is None
