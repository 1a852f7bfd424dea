"""Verified quick fixes, all safe ones at once, and what else can be done with the function at the cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as t

from nablint.finding import Edit, Finding, Fix, Safety
from nablint.lsp import convert, engine, refactorings
from nablint.lsp.server import Server, View, offered
from nablint.source import Span

FIX_ALL = "source.fixAll.nablint"
SAID = {Safety.SAFE: "", Safety.CHANGES_VALUES: " (changes values)", Safety.CHANGES_GRADIENT: " (changes the gradient)"}


def register(server: Server) -> None:
    kinds = [t.CodeActionKind.QuickFix, FIX_ALL, *refactorings.KINDS]
    options = t.CodeActionOptions(code_action_kinds=kinds, resolve_provider=True)
    server.answers(t.TEXT_DOCUMENT_CODE_ACTION, actions, options)
    server.answers(t.CODE_ACTION_RESOLVE, resolve)


async def actions(server: Server, params: t.CodeActionParams) -> list[t.CodeAction]:
    uri = params.text_document.uri
    view = await server.view(uri)
    where = convert.span(view.document, uri, params.range) if view else None
    if view is None or where is None:
        return []
    only = params.context.only
    found: list[t.CodeAction] = []
    near = [finding for finding in view.analysis.findings if _touches(finding.span, where)]
    versioned = refactorings.versioned(server)
    if _wants(only, t.CodeActionKind.QuickFix):
        for finding in near:
            fixes = await server.ask(offered, view, finding)
            found += _quick_fixes(view, finding, fixes, params.context.diagnostics, versioned)
            if not any(fix.safety is Safety.SAFE for fix in fixes):
                found += await _search(server, view, finding, params)
        for finding in near:
            silent = await server.ask(engine.ignoring, view.analysis, finding)
            fixes = (silent,) if silent else ()
            found += _quick_fixes(view, finding, fixes, params.context.diagnostics, versioned, plain=True)
    if _wants(only, refactorings.EXPLAIN):
        found += refactorings.explanations(server, near)
    is_asked_for = bool(only) and _wants(only, FIX_ALL)
    if is_asked_for or (not only and any(action.is_preferred for action in found)):
        found += await _fix_all(server, view, uri, later=not is_asked_for and _resolves(server))
    for kind, offer in refactorings.OFFERS.items():
        if _wants(only, kind):
            found += await offer(server, view, uri, where)
    return found


async def resolve(server: Server, action: t.CodeAction) -> t.CodeAction:
    """'Fix all' and a search, with their edits for the text as it is now. All other actions come with theirs."""
    uri, rule, at = action.data if isinstance(action.data, list) else (action.data, "", None)
    view = await server.view(uri) if isinstance(uri, str) else None
    if view is None:
        return action
    edits: Sequence[Edit] = ()
    if action.kind == FIX_ALL:
        edits = await server.ask(engine.mended, view.analysis)
    for finding in view.analysis.findings:
        if finding.rule == rule and list(finding.span.start) == at:
            fix = await server.ask(engine.searched, view.analysis, finding)
            edits = fix.edits if fix else ()
    action.edit = convert.workspace_edit(view.document, edits, refactorings.versioned(server))
    return action


async def _search(server: Server, view: View, finding: Finding, params: t.CodeActionParams) -> list[t.CodeAction]:
    """A better form where no fix is exact: found at once for who asks, else when the action is chosen."""
    if not await server.ask(engine.is_searchable, view.analysis, finding):
        return []
    if params.context.trigger_kind != t.CodeActionTriggerKind.Invoked and _resolves(server):
        data = [params.text_document.uri, finding.rule, list(finding.span.start)]
        return [t.CodeAction("Look for a form that does not break", t.CodeActionKind.QuickFix, data=data)]
    fix = await server.ask(engine.searched, view.analysis, finding)
    fixes, versioned = (fix,) if fix else (), refactorings.versioned(server)
    return [*_quick_fixes(view, finding, fixes, params.context.diagnostics, versioned, plain=True)]


async def _fix_all(server: Server, view: View, uri: str, *, later: bool) -> list[t.CodeAction]:
    title = "Nablint: fix all that is safe to fix"
    if later:
        return [t.CodeAction(title, FIX_ALL, data=uri)]
    edits = await server.ask(engine.mended, view.analysis)
    edit = convert.workspace_edit(view.document, edits, refactorings.versioned(server))
    return [t.CodeAction(title, FIX_ALL, edit=edit)] if edits else []


def _quick_fixes(
    view: View,
    finding: Finding,
    fixes: Sequence[Fix],
    shown: Sequence[t.Diagnostic],
    versioned: bool,
    *,
    plain: bool = False,
) -> Iterator[t.CodeAction]:
    """Each fix as an action; the first safe one is preferred, unless all are `plain`."""
    at = convert.location(view.document, finding.span).range
    answered = [item for item in shown if item.code == finding.rule and item.range == at]
    preferred = next((fix for fix in fixes if fix.safety is Safety.SAFE and not plain), None)
    for fix in fixes:
        yield t.CodeAction(
            fix.title + SAID[fix.safety],
            t.CodeActionKind.QuickFix,
            diagnostics=answered or None,
            is_preferred=True if fix is preferred else None,
            edit=convert.workspace_edit(view.document, fix.edits, versioned),
        )


def _wants(only: Sequence[str] | None, kind: str) -> bool:
    return not only or any(asked in ("", kind) or kind.startswith(f"{asked}.") for asked in map(_text, only))


def _text(kind: object) -> str:
    return str(kind.value) if isinstance(kind, t.CodeActionKind) else str(kind)


def _touches(one: Span, other: Span) -> bool:
    """Whether they share a place; the cursor at either end counts."""
    return one.start <= other.end and other.start <= one.end


def _resolves(server: Server) -> bool:
    text = server.client_capabilities.text_document
    support = text.code_action.resolve_support if text and text.code_action else None
    return support is not None and "edit" in support.properties
