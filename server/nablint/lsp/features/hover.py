"""On a function's name: what is proved of it and where it breaks. On an operation: its range and dtype."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lsprotocol import types as t

from nablint.finding import Finding
from nablint.lsp import convert
from nablint.lsp.server import Server, View
from nablint.source import NOWHERE, Position, Span

if TYPE_CHECKING:
    from nablint.analyse import Analysed
    from nablint.facts import Facts

DTYPES = ("float32", "float16")


def register(server: Server) -> None:
    server.answers(t.TEXT_DOCUMENT_HOVER, hover)


async def hover(server: Server, params: t.HoverParams) -> t.Hover | None:
    uri = params.text_document.uri
    view = await server.view(uri)
    at = convert.position(view.document, uri, params.position) if view else None
    if view is None or at is None:
        return None
    found = await server.ask(card, view, at)
    if found is None:
        return None
    where, text = found
    is_markdown = _takes_markdown(server)
    kind = t.MarkupKind.Markdown if is_markdown else t.MarkupKind.PlainText
    content = t.MarkupContent(kind, text if is_markdown else plain(text))
    return t.Hover(content, convert.location(view.document, where).range)


def card(view: View, at: Position) -> tuple[Span, str] | None:
    """What is known of the function or the operation at a place, in Markdown."""
    around = [found for found in view.analysis.functions if at in found.span]
    for found in around:
        if at in found.name_span:
            return found.name_span, "\n".join(_function(view, found))
    operations = [item for found in around for item in _operations(found, at)]
    if not operations:
        return None
    where, known, node = min(operations, key=lambda item: _size(view, item[0]))
    limit = view.analysis.settings.input_range
    return where, "\n".join(_operation(view.document.source.slice(where), known, node, limit))


def plain(text: str) -> str:
    """The same without Markdown's signs."""
    return text.replace("**", "").replace("`", "").replace("\\|", "|")


def _function(view: View, found: Analysed) -> Iterator[str]:
    kinds = sorted({role for fn in found.paths for role in fn.roles}) or ["function"]
    yield f"**{found.name}** ({', '.join(kinds)})\n"
    yield from _reaches(found, view.analysis.settings.input_range)
    own = [finding for finding in view.analysis.findings if found.span.covers(finding.span)]
    for finding in own:
        yield f"- `{finding.rule}`: {finding.message}{_thresholds(finding)}"
    for words in sorted({words for fn in found.paths for words in fn.assumptions}):
        yield f"- Taken for granted: {words}."


def _reaches(found: Analysed, limit: float) -> Iterator[str]:
    from nablint.lsp.reach import reach

    if not found.facts or not all(known.complete for known in found.facts):
        yield "Not all of it is understood, so nothing is proved.\n"
        return
    fine = [d for d in DTYPES if not any(known.dtypes[d][known.function.result].clash for known in found.facts)]
    radii = {dtype: [reach(known, dtype, limit) for known in found.facts] for dtype in fine}
    yield _proved("Value", {dtype: min(value for value, _ in pairs) for dtype, pairs in radii.items()})
    slopes = [slope for known in found.facts for slope in known.slopes]
    if any(slope.function is None for slope in slopes):
        yield "- TensorFlow gives no gradient (None)."
    elif slopes and all(slope.zero for slope in slopes):
        yield "- The gradient is zero everywhere."
    else:
        yield _proved("Slope", {dtype: min(slope for _, slope in pairs) for dtype, pairs in radii.items()})
    if len(fine) < len(DTYPES):
        yield f"- Raises in {', '.join(dtype for dtype in DTYPES if dtype not in fine)}: it mixes dtypes."


def _proved(what: str, radii: Mapping[str, float]) -> str:
    """Up to which |x| intervals prove it finite, dtypes of the same answer together."""
    by_radius: dict[str, list[str]] = {}
    for dtype, radius in radii.items():
        by_radius.setdefault(f"{radius:.4g}" if radius else "", []).append(dtype)
    unproved = by_radius.pop("", [])
    each = [f"\\|x\\| ≤ {radius} in {', '.join(dtypes)}" for radius, dtypes in by_radius.items()]
    proved = f"{what} proved finite for {'; '.join(each)}." if each else ""
    open_ = f"{what} not proved finite in {', '.join(unproved)}." if unproved else ""
    return "- " + " ".join(filter(None, (proved, open_)))


def _thresholds(finding: Finding) -> str:
    each = ", ".join(f"{dtype} {value:.4g}" for dtype, value in finding.thresholds.items())
    return f" Fails from: {each}." if each else ""


def _operations(found: Analysed, at: Position) -> Iterator[tuple[Span, Facts, int]]:
    """The operations on tensors that are written around a place, with the facts that know them."""
    for known in found.facts:
        for index, node in enumerate(known.function.nodes):
            where = node.span.down(found.line)
            if index in known.dependent and node.span != NOWHERE and at in where:
                yield where, known, index


def _operation(code: str, known: Facts, node: int, limit: float) -> Iterator[str]:
    from nablint.facts import proved
    from nablint.rule import where

    yield f"`{' '.join(code.split())[:80]}`\n"
    for dtype in ("float32", "float16"):
        ranges = {known.expanded.origin(index): range_ for index, range_ in enumerate(proved(known, dtype, limit))}
        said = known.dtypes[dtype][node]
        kind = f"mixes {said.clash}" if said.clash else said.name or "any dtype"
        inside = f", in {ranges[node]}" if node in ranges else ""
        yield f"- from {dtype} inputs with \\|x\\| ≤ {limit:g}: {kind}{inside}"
    for item in known.breaks:
        if item.node == node:
            region = item.first("float32") or item.regions[0]
            yield f"- breaks ({item.cause.value}) in {where(item, region)}".replace("|", "\\|")


def _size(view: View, where: Span) -> int:
    source = view.document.source
    return source.offset(where.end) - source.offset(where.start)


def _takes_markdown(server: Server) -> bool:
    text = server.client_capabilities.text_document
    formats = text.hover.content_format if text and text.hover else None
    return t.MarkupKind.Markdown in (formats or ())
