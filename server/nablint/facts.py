"""All that is known of one function: what every rule, hover and explanation reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nablint.blame import SHAPE_ONLY, Cause
from nablint.cut import freed, is_risky, sinks
from nablint.domains.dtype import FORMATS, Dtype
from nablint.domains.interval import Interval
from nablint.evaluate import evaluate
from nablint.gradient import expand
from nablint.interpret import dtypes, intervals
from nablint.ir import Apply, Const, Function, Param, Unknown, dependent, reachable
from nablint.ops import OPS
from nablint.trials import LABELS, REACH
from nablint.witness import Break, Region, Slope, study


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one path through one function."""

    function: Function
    """As it was lowered."""
    expanded: Function
    dependent: frozenset[int]
    """The nodes of `function` that depend on a tensor parameter."""
    complete: bool
    """Whether nothing between the parameters and the result is Unknown or made by a layer."""
    dtypes: Mapping[str, tuple[Dtype, ...]]
    """The dtype of each node, by the dtype of the parameters."""
    slopes: tuple[Slope, ...]
    """One for each tensor parameter; none if the function is not complete."""
    breaks: tuple[Break, ...]
    """What fails within the input range."""


class _Dtypes(dict[str, tuple[Dtype, ...]]):
    """The dtype of each node by the dtype of the parameters, found when it is asked for."""

    def __init__(self, fn: Function) -> None:
        super().__init__()
        self._function = fn

    def __missing__(self, dtype: str) -> tuple[Dtype, ...]:
        self[dtype] = found = dtypes(self._function, dtype)
        return found


def facts(fn: Function, limit: float) -> Facts:
    """All that is known of `fn` for inputs up to `limit`."""
    cut = freed(fn)
    expanded = expand(cut)
    found = dependent(cut)
    known = _Dtypes(fn)
    complete = _is_complete(cut)
    if cut is not fn or fn.kind == "module":
        failing = tuple(item for root in (fn.result, *sinks(fn, cut)) for item in _failing(cut, root, limit))
        return Facts(fn, expanded, found, False, known, (), _merged(failing, limit))
    wanted = _trained(expanded) if complete and fn.result in found else ()
    studies = [study(expanded, wrt, limit) for wrt in wanted]
    failing = tuple(item for one in studies for item in one.breaks)
    return Facts(fn, expanded, found, complete, known, tuple(s.slope for s in studies), _merged(failing, limit))


def _failing(cut: Function, result: int, limit: float) -> Iterator[Break]:
    """What fails on the way to a node of a function whose numbers begin anew at its layers."""
    if is_risky(cut, result):
        used = reachable(cut, result)
        nodes = (Const(0.0) if isinstance(n, Param) and i not in used else n for i, n in enumerate(cut.nodes))
        whole = expand(replace(cut, nodes=tuple(nodes), result=result))
        for wrt in _trained(whole)[:_MOVING]:
            yield from (item for item in study(whole, wrt, limit).breaks if not _is_mere_size(item))


def _is_mere_size(item: Break) -> bool:
    """Whether a number only grows too large: what a layer makes could be that large, and hardly ever is."""
    return item.cause is Cause.OVERFLOW and not any(math.isnan(region.value) for region in item.regions)


_MOVING = 4
"""Of so many parameters and layers, each is moved in turn."""


def is_constant(known: Facts) -> bool:
    """Whether the result takes no more than shape and dtype from the parameters, as `zeros_like(x)` does."""
    moved: set[int] = set(known.function.params)
    for index, node in enumerate(known.function.nodes):
        if isinstance(node, Apply) and node.op not in SHAPE_ONLY:
            operands = node.args[:-1] if OPS[node.op].lends else node.args
            if moved.intersection(operands):
                moved.add(index)
        elif isinstance(node, Unknown) and moved.intersection(node.args):
            moved.add(index)
    return known.function.result not in moved


def is_out_of_reach(known: Facts, region: Region) -> bool:
    """Whether the true value at the threshold of a region is itself beyond the dtype: x**3 in float16."""
    fn = known.expanded
    named = {p: node.name for p in fn.params if isinstance(node := fn.nodes[p], Param)}
    # A parameter that the region does not name has nothing to do with it.
    inputs = {p: np.asarray([region.inputs.get(name, 0.0)]) for p, name in named.items()}
    y = evaluate(fn, "float64", region.mode, inputs)[fn.result]
    return y is not None and bool(np.max(np.abs(y), initial=0.0) > FORMATS[region.dtype].max)


def elsewhere(known: Facts, item: Break, dtype: str) -> Region | None:
    """Where the node of a break fails in a dtype that `study` did not try, looked for when somebody asks."""
    studies = (study(known.expanded, slope.wrt, REACH, (dtype,)) for slope in known.slopes)
    regions = (r for one in studies for other in one.breaks if other.node == item.node for r in other.regions)
    return min(regions, key=lambda r: (r.mode != "eager", abs(r.threshold)), default=None)


def proved(known: Facts, dtype: str, limit: float) -> tuple[Interval, ...]:
    """The range of every node of the expanded function for parameters of magnitude up to `limit`."""
    return intervals(known.expanded, dtype, dict.fromkeys(known.expanded.params, Interval(-limit, limit)))


def _is_complete(fn: Function) -> bool:
    """Whether the path from a parameter to the result (and to a custom gradient) is understood."""
    roots = [fn.result, *(c for c in fn.cotangents if c is not None)]
    return not any(isinstance(fn.nodes[i], Unknown) for i in reachable(fn, *roots))


def _trained(fn: Function) -> tuple[int, ...]:
    """The parameters that gradients flow to: all but labels and masks."""
    names = {i: node.name for i in fn.params if isinstance(node := fn.nodes[i], Param)}
    trained = (i for i in fn.params if names[i] not in LABELS and not names[i].endswith(("mask", "masks")))
    return tuple(trained) or fn.params


def _merged(found: Iterable[Break], limit: float) -> tuple[Break, ...]:
    """One break for each node, named for its worst cause, with every region in which the node fails."""
    together: dict[int, Break] = {}
    for item in sorted(found, key=lambda item: _rank(item, limit)):
        first = together.get(item.node)
        if first is None:
            together[item.node] = item
        elif first.cause is item.cause:
            together[item.node] = replace(first, regions=first.regions + item.regions)
        else:
            together[item.node] = replace(first, others=first.others + item.regions)
    return tuple(together[node] for node in sorted(together))


def _rank(item: Break, limit: float) -> tuple[bool, int]:
    """What to tell first of one node: what plain float32 shows, then by cause."""
    plain = any(r.mode == "eager" and r.dtype == "float32" and abs(r.threshold) <= limit for r in item.regions)
    return not plain, _ORDER.index(item.cause)


_ORDER = (Cause.LOG, Cause.DIVISION, Cause.INVALID, Cause.OVERFLOW, Cause.MASKED, Cause.SLOPE)


def clashes(known: Facts, dtype: str) -> Iterator[tuple[Apply, tuple[str, str]]]:
    """The ops at which dtypes that do not mix first meet, for parameters of this dtype."""
    found = known.dtypes[dtype]
    for index, node in enumerate(known.function.nodes):
        if not isinstance(node, Apply) or index not in known.dependent:
            continue
        clash = found[index].clash
        if clash and not any(found[arg].clash for arg in node.args):
            yield node, clash
