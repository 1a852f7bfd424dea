"""Findings as diagnostics: pushed when a document has settled, or pulled where the client offers that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lsprotocol import types as t

from nablint.lsp import convert, verdicts
from nablint.lsp.server import Open, Probed, Server, View

PROBE_SOURCE = "nablint probe"


def register(server: Server) -> None:
    server.on_settled = publish
    options = t.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier="nablint")
    server.answers(t.TEXT_DOCUMENT_DIAGNOSTIC, pull, options)


async def pull(server: Server, params: t.DocumentDiagnosticParams) -> t.DocumentDiagnosticReport:
    """What is found in a file. Cells have theirs pushed: clients differ in how they pull for those."""
    uri = params.text_document.uri
    view = await server.view(uri)
    if view is None or view.document.is_notebook:
        return t.RelatedFullDocumentDiagnosticReport([])
    items = by_part(view).get(uri, [])
    result = f"{hash(tuple((str(item.range), item.message, item.severity) for item in items)):x}"
    if params.previous_result_id == result:
        return t.RelatedUnchangedDocumentDiagnosticReport(result)
    return t.RelatedFullDocumentDiagnosticReport(items, result_id=result)


def publish(server: Server, desk: Open) -> None:
    """Sends what is known of a document: all of it, or what the last probes said if the client pulls the rest."""
    view = desk.view
    if view is None:
        _take_back(server, desk)
        return
    is_pulled = pulls(server) and not view.document.is_notebook
    items: dict[str, list[str]] = {part.uri: [] for part in view.document.parts}
    for uri, spelled in [] if is_pulled else _spelled(server, desk, view):
        items[uri].append(spelled)
    for uri, item in probe_diagnostics(view, desk.probed):
        items[uri].append(server.protocol.spelled(item))
    for uri in desk.published.keys() - items.keys():
        _send(server, uri, None, [])
    for uri, version in view.document.versions:
        if not is_pulled or items[uri] or desk.published.get(uri):
            _send(server, uri, version, items[uri])
    desk.published = {uri: len(found) for uri, found in items.items()}


def clear(server: Server, uri: str) -> None:
    """Takes back all that was said of a document that is closed."""
    desk = server.forget(uri)
    if desk is not None:
        _take_back(server, desk)


def pulls(server: Server) -> bool:
    text = server.client_capabilities.text_document
    return text is not None and text.diagnostic is not None


def by_part(view: View) -> dict[str, list[t.Diagnostic]]:
    found: dict[str, list[t.Diagnostic]] = {part.uri: [] for part in view.document.parts}
    for finding in view.analysis.findings:
        uri, item = convert.diagnostic(view.document, finding)
        found[uri].append(item)
    return found


def _spelled(server: Server, desk: Open, view: View) -> Iterator[tuple[str, str]]:
    """Each diagnostic as it is sent. Those of an unchanged statement of a file are the same findings as before."""
    known = desk.spelled if len(view.document.parts) == 1 else {}
    desk.spelled = {}
    for finding in view.analysis.findings:
        before = known.get(id(finding))
        if before is None:
            uri, item = convert.diagnostic(view.document, finding)
            before = finding, uri, server.protocol.spelled(item)
        desk.spelled[id(finding)] = before
        yield before[1:]


def probe_diagnostics(view: View, probed: dict[str, Probed]) -> Iterable[tuple[str, t.Diagnostic]]:
    """What the probes of functions say that still read as they did then."""
    for found in view.analysis.functions if probed else ():
        last = probed.get(verdicts.key(view, found))
        severity = verdicts.severity(last.report) if last and verdicts.holds(view, found, last) else None
        if last is None or severity is None:
            continue
        at = convert.location(view.document, found.name_span)
        message = verdicts.details(last.report)
        yield at.uri, t.Diagnostic(at.range, message, severity, code="probe", source=PROBE_SOURCE)


def _take_back(server: Server, desk: Open) -> None:
    for uri in desk.published:
        _send(server, uri, None, [])
    desk.published = {}


def _send(server: Server, uri: str, version: int | None, items: Iterable[str]) -> None:
    bound = "" if version is None else f', "version": {version}'
    told = f'{{"uri": {json.dumps(uri)}, "diagnostics": [{", ".join(items)}]{bound}}}'
    server.protocol.tell(t.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, told)
