"""What a rule is, and the words that all rules share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from nablint.config import Settings
from nablint.domains.dtype import FLOATS
from nablint.facts import Facts
from nablint.finding import Finding, Fix, Severity, Witness
from nablint.ir import Apply, Function, Param
from nablint.source import NOWHERE, Source, Span
from nablint.trials import REACH
from nablint.witness import Break, Region


@dataclass(frozen=True, slots=True)
class Case:
    """One path through one function, for a rule to judge. Spans and `source` are those of its statement."""

    source: Source
    function: Function
    facts: Facts
    settings: Settings
    imports: Mapping[str, str] = field(default_factory=dict)
    """What each local name stands for, as it was imported: `{"tf": "tensorflow", "ops": "keras.ops"}`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A function that the rule finds, and the same function done right."""

    bad: str
    """The body's lines after `def f(x):`, or a whole module if it has a line that begins with `import`."""
    good: str
    fixed: bool = True
    """Whether a fix of ours turns bad into good."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding."""

    name: str
    check: Callable[[Case], Iterator[Finding]]
    examples: tuple[Example, ...]
    docs: str = field(repr=False)
    """The module's docstring: the rule's page."""


def numeric(rule: str, case: Case, item: Break, cause: str, effect: str, fixes: tuple[Fix, ...] = ()) -> Finding:
    """The finding for a break: `cause` and `effect` are phrases, the thresholds come from its regions."""
    region = main_region(item)
    node = case.function.nodes[item.node]
    assumed = f" (taking {', '.join(case.function.assumptions)})" if case.function.assumptions else ""
    return Finding(
        rule,
        node.span,
        f"{cause} {where(item, region)}{_others(item, region)}: {effect}{assumed}.",
        severity(item, case.settings),
        case.function.name,
        Witness(region.inputs, region.dtype, region.mode, region.value, region.gradient),
        thresholds(item),
        node.inlined if isinstance(node, Apply) else NOWHERE,
        fixes,
    )


def main_region(item: Break) -> Region:
    """The region to speak of: float32 before float64 before half precision, eager before XLA, least input first."""
    order = ("float32", "float64", "float16", "bfloat16")
    return min(item.regions, key=lambda r: (r.mode != "eager", order.index(r.dtype), abs(r.threshold)))


def severity(item: Break, settings: Settings) -> Severity:
    """A warning if float32 or float64 fails in eager mode within the input range, else information."""
    plain = [r for r in item.regions if r.mode == "eager" and r.dtype in ("float32", "float64")]
    within = any(abs(r.threshold) <= settings.input_range for r in plain)
    return Severity.WARNING if within else Severity.INFORMATION


def thresholds(item: Break) -> Mapping[str, float]:
    """By dtype, the failing input of least magnitude, eager before XLA."""
    found = {d: item.first(d) or item.first(d, "xla") for d in FLOATS}
    return {dtype: region.threshold for dtype, region in found.items() if region is not None}


def where(item: Break, region: Region) -> str:
    """The failing inputs in words: `float32 for x > 88.72`."""
    mode = " under XLA" if region.mode == "xla" else ""
    return f"{region.dtype}{mode} for {_inputs(item, region)}"


def _others(item: Break, region: Region) -> str:
    if region.dtype == "float16":
        return ""
    half = item.first("float16", region.mode)
    return f" (float16: {_inputs(item, half)})" if half and half.threshold != region.threshold else ""


def _inputs(item: Break, region: Region) -> str:
    moving = [name for name, value in region.inputs.items() if _nonconstant(name, item)] or list(region.inputs)
    if any(isinstance(v, list) for v in region.inputs.values()):
        name = moving[0]
        return f"{name} = {_short(region.inputs[name])}"
    name = moving[0]
    rest = "".join(f" with {n} = {number(v)}" for n, v in region.inputs.items() if n != name)
    mirrored = any(
        r.dtype == region.dtype and r.mode == region.mode and r.threshold == -region.threshold != 0
        for r in item.regions
    )
    return _bounds(f"|{name}|" if mirrored else name, region, mirrored) + rest


def _nonconstant(name: str, item: Break) -> bool:
    return len({str(r.inputs.get(name)) for r in item.regions}) > 1


def _bounds(name: str, region: Region, mirrored: bool) -> str:
    low, high, end = region.low, region.high, REACH * 0.99
    if mirrored:
        low, high = sorted((abs(low), abs(high)))
    if low == high:
        return f"{name} = {number(low)}"
    if high >= end and low <= -end:
        return f"every {name}"
    if high >= end:
        return f"{name} ≥ 0" if low == 0 else f"{name} > {number(low)}"
    if low <= -end:
        return f"{name} ≤ 0" if high == 0 else f"{name} < {number(high)}"
    return f"{number(low)} ≤ {name} ≤ {number(high)}"


def number(value: object) -> str:
    """A number to four digits, cut towards zero."""
    if not isinstance(value, int | float) or not math.isfinite(value) or value == 0:
        return f"{value:g}" if isinstance(value, int | float) else str(value)
    scale = 10.0 ** (3 - math.floor(math.log10(abs(value))))
    return f"{math.trunc(value * scale + math.copysign(1e-6, value)) / scale:.4g}"


def _short(tensor: object) -> str:
    if isinstance(tensor, list):
        return "[" + ", ".join(map(_short, tensor)) + "]"
    return number(tensor)


def effect(region: Region) -> str:
    """What comes out there: `the value is inf and the gradient NaN`."""
    slope = "undefined" if region.gradient is None else _said(region.gradient)
    if math.isfinite(region.value):
        return f"the value is finite but the gradient is {slope}"
    if region.gradient is None or math.isfinite(region.gradient):
        return f"the value is {_said(region.value)}"
    return f"the value is {_said(region.value)} and the gradient {slope}"


def _said(value: float) -> str:
    return "NaN" if math.isnan(value) else "infinite" if math.isinf(value) else "finite"


def told(node: Apply) -> str:
    """An op as the user knows it: `tf.math.log`, `**`, or its plain name if it stands for a statement."""
    known = node.spelling and node.spelling not in ("if", "ifexp", "and", "or", "not", "chain")
    return node.spelling if known else node.op


def phrase(case: Case, span: Span, most: int = 40) -> str:
    """The code at a place, shortened to one line for a message."""
    text = " ".join(case.source.slice(span).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def is_trained(fn: Function) -> bool:
    """Whether gradient and Keras rules may speak of this function."""
    return bool(fn.roles)


def param_names(fn: Function) -> tuple[str, ...]:
    return tuple(node.name for i in fn.params if isinstance(node := fn.nodes[i], Param))


def applies(fn: Function) -> Iterator[tuple[int, Apply]]:
    """Every op of the function with its index."""
    for index, node in enumerate(fn.nodes):
        if isinstance(node, Apply):
            yield index, node
