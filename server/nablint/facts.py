"""All that is known of one function: what every rule, hover and explanation reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from nablint.domains.dtype import FLOATS, Dtype
from nablint.domains.interval import Interval
from nablint.gradient import expand
from nablint.interpret import dtypes, intervals
from nablint.ir import Apply, Function, Unknown, dependent, reachable
from nablint.witness import Break, Slope, breaks, slope


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one path through one function."""

    function: Function
    """As it was lowered."""
    expanded: Function
    dependent: frozenset[int]
    """The nodes of `function` that depend on a tensor parameter."""
    complete: bool
    """Whether nothing between the parameters and the result is Unknown."""
    dtypes: Mapping[str, tuple[Dtype, ...]]
    """The dtype of each node, by the dtype of the parameters."""
    slopes: tuple[Slope, ...]
    """One for each tensor parameter; none if the function is not complete."""
    breaks: tuple[Break, ...]
    """What fails within the input range."""


@lru_cache(maxsize=4096)
def facts(fn: Function, limit: float) -> Facts:
    """All that is known of `fn` for inputs up to `limit`."""
    expanded = expand(fn)
    found = dependent(fn)
    known = {dtype: dtypes(fn, dtype) for dtype in FLOATS}
    complete = _is_complete(fn)
    trained = fn.params if complete and fn.result in found else ()
    slopes = tuple(slope(expanded, wrt) for wrt in expanded.params) if trained else ()
    failing = tuple(b for s in slopes for b in breaks(expanded, s.wrt, s.function, limit))
    return Facts(fn, expanded, found, complete, known, slopes, _merged(failing))


def proved(known: Facts, dtype: str, limit: float) -> tuple[Interval, ...]:
    """The range of every node of the expanded function for parameters of magnitude up to `limit`."""
    return intervals(known.expanded, dtype, dict.fromkeys(known.expanded.params, Interval(-limit, limit)))


def _is_complete(fn: Function) -> bool:
    """Whether the path from a parameter to the result (and to a custom gradient) is understood."""
    roots = [fn.result, *(c for c in fn.cotangents if c is not None)]
    return not any(isinstance(fn.nodes[i], Unknown) for i in reachable(fn, *roots))


def _merged(found: tuple[Break, ...]) -> tuple[Break, ...]:
    """One break for each node and cause, though several parameters or ops of one composition show it."""
    together: dict[tuple[object, ...], Break] = {}
    for item in found:
        key = (item.node, item.cause)
        if key in together:
            first = together[key]
            item = Break(first.node, first.op, first.cause, first.masked_by, first.regions + item.regions)
        together[key] = item
    return tuple(together.values())


def tensors_in(known: Facts, node: Apply) -> tuple[int, ...]:
    """The operands of a node that depend on a tensor parameter."""
    return tuple(arg for arg in node.args if arg in known.dependent)
