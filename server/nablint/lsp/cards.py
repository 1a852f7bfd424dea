"""What a hover says, in Markdown: of a function, of an operation in it, of a comment that ignores findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from nablint.finding import Finding
from nablint.lsp import convert
from nablint.source import NOWHERE, Position, Source, Span
from nablint.suppress import Ignore

if TYPE_CHECKING:
    from nablint.analyse import Analysed, Analysis
    from nablint.facts import Facts

PROVED = ("float32", "float16")
"""The dtypes for which ranges are told."""
DRAWN = ("float32", "float16", "bfloat16", "float64")

ROLES = {
    "activation": "activation",
    "call": "layer",
    "loss": "loss",
    "one-tensor": "function of one tensor",
    "reduction": "function that reduces",
    "registered": "registered with Keras",
}
"""Why a function is taken to train, as it is said to the user."""

Card = tuple[Span, str]
"""Where it belongs, and what it says."""


def card(analysis: Analysis, at: Position, *, pictures: bool) -> Card | None:
    """What is known of the comment, the function or the operation at a place; pictures where they can be shown."""
    if ignore := next((one for one in _ignores(analysis) if at in one.span), None):
        return ignore.span, "\n".join(_ignored(analysis, ignore))
    around = [found for found in analysis.functions if at in found.span]
    for found in around:
        if at in found.name_span:
            return found.name_span, "\n".join(_function(analysis, found, pictures=pictures))
    operations = [item for found in around for item in _operations(found, at)]
    if not operations:
        return None
    where, known, node = min(operations, key=lambda item: _size(analysis.source, item[0]))
    return where, "\n".join(_operation(analysis.source.slice(where), known, node, analysis.settings.input_range))


def plain(text: str) -> str:
    """The same without Markdown's signs, and without its fences and links."""
    kept = [line for line in text.split("\n") if not line.startswith(("```", "!["))]
    unlinked = re.sub(r"\[([^\]\[]+)\]\([^)\s]*\)", r"\1", "\n".join(kept))
    return _ESCAPED.sub(r"\1", re.sub(r"(?<!\\)(?:\*\*|`)", "", unlinked))


def rule_link(rule: str) -> str:
    """The rule's name, leading to its page."""
    return f"[{rule}]({convert.rule_page(rule)})" if convert.PAGES else f"`{rule}`"


def _ignores(analysis: Analysis) -> Iterable[Ignore]:
    from nablint.suppress import ignores

    return ignores(analysis.parsed)


def _ignored(analysis: Analysis, ignore: Ignore) -> Iterator[str]:
    hidden = _hidden(analysis, ignore)
    rules = ", ".join(map(rule_link, ignore.rules)) or "everything"
    yield f"Ignores {rules} {_lines(ignore)}.\n"
    yield f"It hides {len(hidden)} finding{'' if len(hidden) == 1 else 's'}{':' if hidden else '.'}"
    for finding in hidden:
        yield f"- line {finding.span.start[0] + 1}, {rule_link(finding.rule)}: {_escaped(finding.message)}"


def _hidden(analysis: Analysis, ignore: Ignore) -> list[Finding]:
    """The findings that it silences, those of a helper once."""
    found = [
        f for one in analysis.told for f in one.findings if any(ignore.covers(f, r) for r in ignore.rules or ("",))
    ]
    own = {(finding.rule, finding.span) for finding in found}
    return [finding for finding in found if finding.origin == NOWHERE or (finding.rule, finding.origin) not in own]


def _lines(ignore: Ignore) -> str:
    if ignore.first < 0 or ignore.last > 1 << 30:
        return "in this file"
    if ignore.first == ignore.last:
        return "on this line"
    return f"on lines {ignore.first + 1} to {ignore.last + 1}"


def _function(analysis: Analysis, found: Analysed, *, pictures: bool) -> Iterator[str]:
    kinds = sorted({ROLES.get(role, role) for fn in found.paths for role in fn.roles}) or ["function"]
    limit = analysis.settings.input_range
    yield f"**{found.name}** ({', '.join(kinds)})\n"
    own = [finding for finding in analysis.findings if found.span.covers(finding.span)]
    for finding in own:
        yield f"- {rule_link(finding.rule)}: {_escaped(finding.message)}{_thresholds(finding)}"
    yield from [""] if own else []
    reaches = _reaches(found, limit)
    yield from _drawn(found, reaches, limit, pictures=pictures)
    yield from _proofs(found, reaches)
    for words in sorted({words for fn in found.paths for words in fn.assumptions}):
        yield f"- Taken for granted: {words}."


def _drawn(
    found: Analysed, reaches: Mapping[str, tuple[float, float]], limit: float, *, pictures: bool
) -> Iterator[str]:
    """The function's first path as a picture, or as two lines of signs."""
    from nablint.curve import curves
    from nablint.lsp import drawing

    shown = next(
        (drawn for known in found.facts if (drawn := curves(known, DRAWN if pictures else DRAWN[:1], limit))), ()
    )
    if not shown:
        return
    words = drawing.described(shown[0])
    if pictures:
        proved = {dtype: slope if shown[0].dy else value for dtype, (value, slope) in reaches.items()}
        yield f"![{words}]({drawing.data_uri(drawing.picture(shown, proved))})\n"
        yield "*Red: fails. Yellow: only the slope fails. Green: proved finite.*\n"
    else:
        yield "\n".join(
            ["```text", *drawing.sparklines(shown[0]), "```", f"{words[0].upper()}{words[1:]}; ✗ where it fails.\n"]
        )


def _reaches(found: Analysed, limit: float) -> dict[str, tuple[float, float]]:
    """Up to which |x| value and slope are proved finite on every path, by dtype; nothing for dtypes that raise."""
    from nablint.lsp.reach import reach

    if not found.facts or not all(known.complete for known in found.facts):
        return {}
    fine = [d for d in PROVED if not any(known.dtypes[d][known.function.result].clash for known in found.facts)]
    radii = {dtype: [reach(known, dtype, limit) for known in found.facts] for dtype in fine}
    return {dtype: (min(v for v, _ in pairs), min(s for _, s in pairs)) for dtype, pairs in radii.items()}


def _proofs(found: Analysed, reaches: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    if not found.facts or not all(known.complete for known in found.facts):
        yield "Not all of it is understood, so nothing is proved.\n"
        return
    yield from _proved("Value", {dtype: value for dtype, (value, _) in reaches.items()})
    slopes = [slope for known in found.facts for slope in known.slopes]
    if any(slope.function is None for slope in slopes):
        yield "- TensorFlow gives no gradient (None)."
    elif slopes and all(slope.zero for slope in slopes):
        yield "- The gradient is zero everywhere."
    elif slopes:
        yield from _proved("Slope", {dtype: slope for dtype, (_, slope) in reaches.items()})
    if missing := [dtype for dtype in PROVED if dtype not in reaches]:
        yield f"- Raises in {', '.join(missing)}: it mixes dtypes."


def _proved(what: str, radii: Mapping[str, float]) -> Iterator[str]:
    """Up to which |x| intervals prove it finite, dtypes of the same answer together."""
    by_radius: dict[str, list[str]] = {}
    for dtype, radius in radii.items():
        by_radius.setdefault(f"{radius:.4g}" if radius else "", []).append(dtype)
    unproved = by_radius.pop("", [])
    each = [f"\\|x\\| ≤ {radius} in {', '.join(dtypes)}" for radius, dtypes in by_radius.items()]
    proved = f"{what} proved finite for {'; '.join(each)}." if each else ""
    open_ = f"{what} not proved finite in {', '.join(unproved)}." if unproved else ""
    if radii:
        yield "- " + " ".join(filter(None, (proved, open_)))


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
    from nablint.rule import where

    yield f"`{' '.join(code.split())[:80]}`\n"
    for dtype in PROVED:
        yield f"- from {dtype} inputs with \\|x\\| ≤ {limit:g}: {', in '.join(of_node(known, node, dtype, limit))}"
    for item in known.breaks:
        if item.node == node:
            region = item.first("float32") or item.regions[0]
            yield f"- breaks ({item.cause.value}) in {_escaped(where(item, region))}"


def of_node(known: Facts, node: int, dtype: str, limit: float) -> Sequence[str]:
    """The dtype of a node, and its range for inputs up to `limit` if there is one to tell."""
    from nablint.facts import proved

    said = known.dtypes[dtype][node]
    kind = f"mixes {' and '.join(said.clash)}" if said.clash else said.name or "any dtype"
    # The last node that stems from an op of several steps is its result.
    ranges = {known.expanded.origin(index): range_ for index, range_ in enumerate(proved(known, dtype, limit))}
    return (kind, str(ranges[node])) if node in ranges and not said.clash else (kind,)


def _escaped(text: str) -> str:
    """Text in which Markdown finds no sign of its own."""
    return _SIGNS.sub(r"\\\1", text)


_SIGNS = re.compile(r"([\\`*_\[\]<>|])")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|])")


def _size(source: Source, where: Span) -> int:
    return source.offset(where.end) - source.offset(where.start)
