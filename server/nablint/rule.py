"""What a rule is, and the words that all rules share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nablint.blame import Cause
from nablint.config import Settings
from nablint.domains.dtype import FLOATS, FORMATS, Format
from nablint.facts import Facts, elsewhere, is_out_of_reach
from nablint.finding import Edit, Finding, Fix, Later, Severity, Witness
from nablint.ir import Apply, Const, Function, Node, Param, children
from nablint.page import Page
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
    check_page: Callable[[Page], Iterator[Finding]] | None = field(default=None, repr=False)
    """For rules that ask for names and calls: judges a top-level statement as it stands in its file."""


WAITING = frozenset({"cancellation", "lost-gradient"})
"""Rules that speak of a function in which nothing fails: what they say once the rest is mended is no news."""


def silent(_case: Case) -> Iterator[Finding]:
    """The check of a rule that judges pages only."""
    yield from ()


def numeric(rule: str, case: Case, item: Break, cause: str, fixes: Sequence[Fix] = ()) -> Finding:
    """The finding for a break: `cause` is a phrase, the thresholds and the effect come from its regions."""
    region = main_region(item)
    node = case.function.nodes[item.node]
    assumed = f" (taking {', '.join(case.function.assumptions)})" if case.function.assumptions else ""
    return Finding(
        rule,
        node.span,
        f"{_begun(cause)} {where(item, region)}{assumed}: {effect(item, region)}.",
        severity(item, case.settings),
        case.function.name,
        Witness(region.inputs, region.dtype, region.mode, region.value, region.gradient),
        Later(thresholds, case, item),
        node.inlined if isinstance(node, Apply) else NOWHERE,
        fixes,
    )


def breaks(case: Case, cause: Cause) -> Iterator[Break]:
    """What fails for this cause, if the function takes part in training, and no epsilon is to blame."""
    return (item for item in _told(case) if item.cause is cause and guarding(case, item) is None)


def unguarded(case: Case) -> Iterator[Break]:
    """What fails because the dtype cannot hold an epsilon that is there to guard it."""
    return (item for item in _told(case) if guarding(case, item) is not None)


def _told(case: Case) -> Iterator[Break]:
    """What fails in a function that takes part in training.

    Half precision has a narrow range, and a function that leaves it is no mistake: of that nothing is told. Nor of
    NumPy's functions, which take no tensor.
    """
    for item in case.facts.breaks if is_trained(case.function) else ():
        region, node = main_region(item), case.function.nodes[item.node]
        if isinstance(node, Apply) and node.spelling.startswith(("np.", "math.")):
            continue
        if all(abs(r.threshold) > case.settings.reach(r.dtype) for r in item.regions):
            continue
        if region.dtype == "float32" or math.isfinite(region.value) or not is_out_of_reach(case.facts, region):
            yield item


@dataclass(frozen=True, slots=True)
class Epsilon:
    """A small constant that is added to something, or bounds it from below, so that it is not 0."""

    const: Const
    is_lost: bool
    """Whether the dtype rounds it to 0; else its reciprocal overflows."""


def guarding(case: Case, item: Break) -> Epsilon | None:
    """The epsilon that should keep this from failing, and that the dtype in which it fails cannot hold."""
    fn, form = case.facts.expanded, FORMATS[main_region(item).dtype]
    todo = [(i, 0) for i, n in enumerate(fn.nodes) if fn.origin(i) == item.node and children(n)]
    for index, depth in todo:  # It grows as we go.
        node = fn.nodes[index]
        for arg in children(node):
            other = fn.nodes[arg]
            if isinstance(node, Apply) and node.op in ("add", "maximum", "clip") and _is_small(other, form):
                assert isinstance(other, Const)
                return Epsilon(other, float(form.round(other.value)) == 0)
            if depth < 3:
                todo.append((arg, depth + 1))
    return None


def _is_small(node: Node, form: Format) -> bool:
    """Whether it is a positive number that this format takes for 0, or whose reciprocal it takes for infinite."""
    if not isinstance(node, Const) or not isinstance(node.value, int | float) or not 0 < node.value < 1:
        return False
    return float(form.round(node.value)) * form.max < 1


def main_region(item: Break) -> Region:
    """The region to speak of: float32 before half precision, eager before XLA, least input first."""
    order = ("float32", "float16", "bfloat16")
    return min(item.regions, key=lambda r: (r.mode != "eager", order.index(r.dtype), abs(r.threshold)))


def severity(item: Break, settings: Settings) -> Severity:
    """A warning if float32 fails in eager mode within the input range, else information."""
    plain = [r for r in item.regions if r.mode == "eager" and r.dtype == "float32"]
    within = any(abs(r.threshold) <= settings.reach(r.dtype) for r in plain)
    return Severity.WARNING if within else Severity.INFORMATION


def thresholds(case: Case, item: Break) -> Mapping[str, float]:
    """By dtype, the failing input of least magnitude, eager before XLA."""
    found = {
        dtype: item.first(dtype) or item.first(dtype, "xla") or elsewhere(case.facts, item, dtype) for dtype in FLOATS
    }
    return {dtype: region.threshold for dtype, region in found.items() if region is not None}


def where(item: Break, region: Region) -> str:
    """The failing inputs in words: `float32 for x > 88.72 (float16: x > 11.09)`."""
    mode = " under XLA" if region.mode == "xla" else ""
    inputs = _inputs(item, region)
    half = item.first("float16", region.mode) if region.dtype != "float16" else None
    also = _inputs(item, half) if half else inputs
    return f"{region.dtype}{mode} for {inputs}" + (f" (float16: {also})" if also != inputs else "")


def _inputs(item: Break, region: Region) -> str:
    name = region.moving
    if isinstance(rows := region.inputs[name], list):
        row = rows[region.row] if isinstance(rows[0], list) else rows
        return f"a row {name} = [{', '.join(map(number, row))}]"
    rest = "".join(f" with {n} = {number(v)}" for n, v in region.inputs.items() if n != name)
    stretch = _stretch(item, region)
    low, high = stretch[0].low, stretch[-1].high
    if low > 0 and any(r.high == -low for r in _alike(item, region)):
        return _bounds(f"|{name}|", low, high) + rest
    if high < 0 and any(r.low == -high for r in _alike(item, region)):
        return _bounds(f"|{name}|", -high, -low) + rest
    return _bounds(name, low, high) + rest


def _alike(item: Break, region: Region) -> list[Region]:
    """The regions of the same dtype and mode, from the lowest on."""
    same = [r for r in item.regions if (r.dtype, r.mode) == (region.dtype, region.mode)]
    return sorted(same, key=lambda r: (r.low, r.high))


def _stretch(item: Break, region: Region) -> list[Region]:
    """The regions that touch one another and this one: infinite at 0 and NaN below it is one stretch."""
    found = [region]
    for other in _alike(item, region):
        if other.low > found[-1].high and _touch(found[-1].high, other.low):
            found.append(other)
    for other in reversed(_alike(item, region)):
        if other.high < found[0].low and _touch(other.high, found[0].low):
            found.insert(0, other)
    return found


def _touch(a: float, b: float) -> bool:
    return abs(b - a) <= max(1e-6, 0.01 * abs(a))


def _bounds(name: str, low: float, high: float) -> str:
    end = REACH * 0.99
    if abs(low) < DUST and abs(high) < DUST:
        return f"{name} = 0"
    if high >= end and low <= -end:
        return f"every {name}"
    if high >= end:
        return f"{name} {'≥' if low <= 0 else '>'} 0" if abs(low) < DUST else f"{name} > {number(low)}"
    if low <= -end:
        return f"{name} {'≤' if high >= 0 else '<'} 0" if abs(high) < DUST else f"{name} < {number(high)}"
    return f"{name} = {number(low)}" if low == high else f"{number(low)} ≤ {name} ≤ {number(high)}"


DUST = 1e-6
"""Nearer to zero than this no reader tells numbers apart."""


def number(value: object) -> str:
    """A number to four digits, cut towards zero."""
    if not isinstance(value, int | float) or not math.isfinite(value) or value == 0:
        return f"{value:g}" if isinstance(value, int | float) else str(value)
    scale = 10.0 ** (3 - math.floor(math.log10(abs(value))))
    return f"{math.trunc(value * scale + math.copysign(1e-6, value)) / scale:.4g}"


def effect(item: Break, region: Region) -> str:
    """What comes out there: `the value is infinite and the gradient NaN`."""
    stretch = _stretch(item, region) if not isinstance(next(iter(region.inputs.values())), list) else [region]
    value, slope = _said(r.value for r in stretch), _said(r.gradient for r in stretch)
    if value == "finite":
        return f"the value is right but the gradient is {slope}"
    if slope in ("finite", "missing"):
        return f"the value is {value}"
    return f"value and gradient are {value}" if value == slope else f"the value is {value} and the gradient {slope}"


def _said(results: Iterable[float | None]) -> str:
    kinds = {
        "missing" if r is None else "NaN" if math.isnan(r) else "infinite" if math.isinf(r) else "finite"
        for r in results
    }
    return kinds.pop() if len(kinds) == 1 else " or ".join(k for k in ("infinite", "NaN") if k in kinds) or "finite"


def _kind(result: float | None) -> str:
    if result is None:
        return "missing"
    return "NaN" if math.isnan(result) else "infinite" if math.isinf(result) else "finite"


_WORDS = {
    "add": "the sum",
    "sub": "the difference",
    "mul": "the product",
    "div": "the quotient",
    "pow": "the power",
    "square": "the square",
}


def named(op: str) -> str:
    """An op in a sentence: `exp`, `the product`."""
    return _WORDS.get(op, op)


def _begun(cause: str) -> str:
    """With a capital, unless it begins with the name of an op."""
    return f"The {cause[4:]}" if cause.startswith("the ") else cause


def told(node: Apply) -> str:
    """An op as the user wrote it: `tf.math.log`, `**`, or its plain name if a statement stands for it."""
    if not node.spelling or node.spelling in ("if", "ifexp", "and", "or", "not", "chain"):
        return node.op
    return node.spelling.replace("tf.keras.backend.", "K.").replace("keras.backend.", "K.")


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


def is_builtin_activation(name: str) -> bool:
    """Whether Keras finds an activation of its own under this name."""
    return name in SAVED_BY_NAME or name in ("swish", "hard_swish")


_SAVED = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid log_softmax
    mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax
    squareplus tanh tanh_shrink threshold
"""
SAVED_BY_NAME = frozenset(_SAVED.split())
"""The names of functions that `load_model` takes for Keras's own."""


def registered(page: Page, fn: Function) -> Iterator[Fix]:
    """The fix that registers a function with Keras, in the words of the file's own imports."""
    if register := registration(page.file.imports):
        line = (fn.span.start[0], 0)
        yield Fix("Register it with Keras", (Edit(Span(line, line), f"@{register}()\n"),))


def registration(imports: Mapping[str, str]) -> str | None:
    """The decorator that registers a function with Keras, in the words of a file's imports, if it has any for it."""
    homes = {"keras": "{}.saving", "tensorflow.keras": "{}.saving", "tensorflow": "{}.keras.utils"}
    for local, dotted in sorted(imports.items(), key=lambda item: item[1] != "keras"):
        if dotted in homes:
            return f"{homes[dotted].format(local)}.register_keras_serializable"
    return None
