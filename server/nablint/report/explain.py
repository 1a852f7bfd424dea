"""A function as nablint reads it: every node with its dtype, its proved range and where it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from nablint.analyse import Analysed, Analysis
from nablint.config import Settings
from nablint.domains.dtype import Dtype
from nablint.facts import Facts, proved
from nablint.ir import Const, Function, Param, show
from nablint.rule import number, where
from nablint.witness import Break, Slope

DTYPE = "float32"
"""The dtype that ranges and dtypes are told for; breaks are told for all."""


def at_line(analysis: Analysis, line: int) -> tuple[Analysed, ...]:
    """The innermost functions on a line (counted from 0): several if lambdas share it."""
    around = [f for f in analysis.functions if f.span.start[0] <= line <= f.span.end[0]]
    return tuple(f for f in around if not any(f.span != g.span and f.span.covers(g.span) for g in around))


def nearby(analysis: Analysis) -> str:
    """A sentence that lists the functions of the file, or nothing."""
    names = [f"{function.name} on line {function.name_span.start[0] + 1}" for function in analysis.functions]
    return f" It has {', '.join(names[:5])}." if names else ""


def explained(analysis: Analysis, function: Analysed) -> str:
    """Every path of the function, one after the other."""
    first, last = function.span.start[0] + 1, function.span.end[0] + 1
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    paths = zip(function.paths, function.facts, strict=True)
    many = len(function.paths) > 1
    parts = (
        (f"Path {n} of {len(function.paths)}:\n" if many else "") + _path(fn, known, analysis.settings)
        for n, (fn, known) in enumerate(paths, 1)
    )
    return f"{function.name}, {lines} of {analysis.source.path}\n" + "\n\n".join(parts)


def _path(fn: Function, known: Facts, settings: Settings) -> str:
    told = [show(fn, notes(fn, known, settings.input_range)), *_words(fn, known, settings.input_range)]
    return "\n".join(told)


def notes(fn: Function, known: Facts, limit: float) -> dict[int, str]:
    """A note for each node: `float32 [0, 100]`, and where it breaks."""
    ranges = _ranges(known, limit)
    dtypes = known.dtypes[DTYPE]
    breaks: dict[int, list[str]] = {}
    for item in known.breaks:
        breaks.setdefault(item.node, []).append(_break(item))
    facts = {index: f"{_dtype(dtype)} {ranges.get(index, '')}".rstrip() for index, dtype in enumerate(dtypes)}
    # A number in the code says all of itself.
    told = (index for index, node in enumerate(fn.nodes) if not isinstance(node, Const))
    return {index: "  ".join((facts[index], *breaks.get(index, ()))) for index in told}


def _ranges(known: Facts, limit: float) -> dict[int, str]:
    """The proved range of each node of the function as it was lowered."""
    origins = enumerate(proved(known, DTYPE, limit))
    # The last node that stems from an op of several steps is its result.
    return {known.expanded.origin(index): f"in {interval}" for index, interval in origins}


def _dtype(dtype: Dtype) -> str:
    if dtype.clash:
        return f"mixes {dtype.clash}"
    return dtype.name or "any dtype"


def _break(item: Break) -> str:
    region = item.first(DTYPE) or item.regions[0]
    return f"✗ {item.cause.value}: {where(item, region)}"


def _words(fn: Function, known: Facts, limit: float) -> Iterator[str]:
    """What there is to say of the whole path."""
    yield f"kind: {fn.kind}; role: {', '.join(sorted(fn.roles)) or 'none known'}"
    if fn.assumptions:
        yield f"taken for granted: {', '.join(fn.assumptions)}"
    if not known.complete:
        yield "not all of it is understood, so nothing is said of its values"
    yield from (f"gradient by {_param(known, slope)}: {_gradient(slope)}" for slope in known.slopes)
    if known.complete and known.slopes and not known.breaks:
        yield f"no input with |x| ≤ {number(limit)} breaks it"


def _param(known: Facts, slope: Slope) -> str:
    node = known.expanded.nodes[slope.wrt]
    return node.name if isinstance(node, Param) else f"%{slope.wrt}"


def _gradient(slope: Slope) -> str:
    if slope.function is None:
        return "None"
    return "zero everywhere" if slope.zero else "there is one"
