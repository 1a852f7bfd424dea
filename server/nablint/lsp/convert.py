"""Between the protocol's positions and ours, and between what we find and the protocol's diagnostics and edits.

Ours count code points; the protocol's count the units of the negotiated encoding. Nothing else converts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types as t

from nablint.finding import Edit, Finding, Severity
from nablint.lsp.documents import Document
from nablint.lsp.protocol import DiagnosticData
from nablint.source import NOWHERE, Position, Source, Span

SOURCE = "nablint"
PAGES = next((page.as_uri() for up in (1, 2) if (page := Path(__file__).parents[up] / "RULES.md").is_file()), "")
"""The page of all rules: beside the package in the repository, inside it once that is installed, or nowhere."""
SEVERITIES = {
    Severity.ERROR: t.DiagnosticSeverity.Error,
    Severity.WARNING: t.DiagnosticSeverity.Warning,
    Severity.INFORMATION: t.DiagnosticSeverity.Information,
}


def position(document: Document, uri: str, place: t.Position) -> Position | None:
    """The place in the document's source that the client means in one of its parts."""
    part = document.part(uri)
    if part is None:
        return None
    line, column = within(part.source, place, document.encoding)
    return part.line + line, column


def span(document: Document, uri: str, range_: t.Range) -> Span | None:
    start, end = position(document, uri, range_.start), position(document, uri, range_.end)
    return Span(start, max(start, end)) if start is not None and end is not None else None


def location(document: Document, where: Span) -> t.Location:
    """The same range in the part where it begins; one that runs on into another part ends with its own."""
    part = document.part_at(where.start[0])
    last = max(part.height - 1, 0)
    ends = [where.start, where.end]
    places = [outside(part.source, _kept((line - part.line, at), last), document.encoding) for line, at in ends]
    return t.Location(part.uri, t.Range(*places))


def within(source: Source, place: t.Position, encoding: str) -> Position:
    """A client's position as ours: beyond a line's end is at its end, beyond the last line is the end of the text."""
    if place.line >= len(source.lines):
        return source.position(len(source.text)) if not _ends_in_newline(source) else (len(source.lines), 0)
    return place.line, column(source.line(place.line), place.character, encoding)


def outside(source: Source, place: Position, encoding: str) -> t.Position:
    line, at = place
    return t.Position(line, units(source.line(line)[:at], encoding))


def column(text: str, character: int, encoding: str) -> int:
    """How many code points of a line its first `character` units hold; half a character counts as none."""
    if encoding == "utf-32" or text.isascii():
        return max(0, min(character, len(text)))
    taken = 0
    for index, letter in enumerate(text):
        taken += units(letter, encoding)
        if taken > character:
            return index
    return len(text)


def units(text: str, encoding: str) -> int:
    """How many units of an encoding a text fills."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode(errors="surrogatepass"))
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def diagnostic(document: Document, finding: Finding) -> tuple[str, t.Diagnostic]:
    """The finding for the client, with the URI of the part that it stands in."""
    at = location(document, finding.span)
    return at.uri, t.Diagnostic(
        at.range,
        finding.message,
        SEVERITIES[finding.severity],
        code=finding.rule,
        code_description=t.CodeDescription(rule_page(finding.rule)) if PAGES else None,
        source=SOURCE,
        related_information=_related(document, finding),
        data=_data(DiagnosticData(finding.rule, finding.function)),
    )


def _related(document: Document, finding: Finding) -> list[t.DiagnosticRelatedInformation] | None:
    """Where the operation itself is written, if that is in a helper; an operation in another file has no place here."""
    if finding.origin == NOWHERE:
        return None
    words = " ".join(document.source.slice(finding.origin).split())
    return [t.DiagnosticRelatedInformation(location(document, finding.origin), words[:200] or finding.rule)]


def _data(data: DiagnosticData) -> dict[str, str]:
    """As `asdict`, which copies deeply and took most of a keystroke's time in files of many findings."""
    return {"rule": data.rule, "function": data.function}


def rule_page(rule: str) -> str:
    return f"{PAGES}#{rule}"


def workspace_edit(document: Document, edits: Iterable[Edit], versioned: bool) -> t.WorkspaceEdit:
    """The edits by part; bound to the versions they were made for where the client can check them."""
    by_part: dict[str, list[t.TextEdit]] = {}
    for edit in edits:
        at = location(document, edit.span)
        by_part.setdefault(at.uri, []).append(t.TextEdit(at.range, edit.text))
    if not versioned:
        return t.WorkspaceEdit(changes=dict(by_part))
    versions = dict(document.versions)
    return t.WorkspaceEdit(
        document_changes=[
            t.TextDocumentEdit(t.OptionalVersionedTextDocumentIdentifier(uri, versions[uri]), tuple(items))
            for uri, items in by_part.items()
        ]
    )


def _kept(place: Position, last: int) -> Position:
    """The place, or the end of the part's last line if it lies beyond."""
    line, at = place
    return (line, at) if line <= last or at == 0 else (last, 1 << 30)


def _ends_in_newline(source: Source) -> bool:
    return source.text.endswith(("\n", "\r"))
