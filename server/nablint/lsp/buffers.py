"""pygls's texts, edited by our positions: its own lines also end at form feeds and U+2028, and corrupt the buffer."""

from __future__ import annotations

from urllib.parse import unquote

from lsprotocol import types as t
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument, Workspace

from nablint.lsp import convert
from nablint.lsp.documents import Document, file, notebook
from nablint.source import Source


class Buffer(TextDocument):
    """One open text."""

    _text: Source | None = None

    @property
    def text(self) -> Source:
        """The text with its lines, which are found once for each version."""
        if self._text is None or self._text.text is not self._source:
            self._text = Source(self.path, self._source or "")
            self._source = self._text.text
        return self._text

    def _apply_incremental_change(self, change: t.TextDocumentContentChangePartial) -> None:
        source = self.text
        encoding = str(self.position_codec.encoding)
        start, end = (
            source.offset(convert.within(source, place, encoding)) for place in (change.range.start, change.range.end)
        )
        self._source = source.text[:start] + change.text + source.text[max(start, end) :]


class Buffers(Workspace):
    """All open texts."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> TextDocument:
        return Buffer(doc_uri, source or "", version, language_id, True, self._sync_kind, self.position_codec)

    def document(self, uri: str) -> Document | None:
        """The file or notebook at this moment; None if it is not open, or not Python."""
        encoding = str(self.position_encoding)
        book = self.get_notebook_document(notebook_uri=uri)
        if book is not None:
            cells = [self._open(cell.document) for cell in book.cells if cell.kind == t.NotebookCellKind.Code]
            found = [(cell.uri, cell.version, cell.text.text) for cell in cells if cell]
            return notebook(uri, to_fs_path(uri) or uri, found, encoding) if found else None
        buffer = self._open(uri)
        return file(buffer.uri, buffer.version, buffer.text, encoding) if buffer else None

    def home(self, uri: str) -> str:
        """The document that a part belongs to: its notebook for a cell, itself for a file."""
        book = self.get_notebook_document(cell_uri=uri)
        return book.uri if book else uri

    def _open(self, uri: str) -> Buffer | None:
        found = self.text_documents.get(unquote(uri))
        return found if isinstance(found, Buffer) and found.language_id in ("python", None, "") else None
