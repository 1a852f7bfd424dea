"""Candidates for a better form, measured: how many bits of a value and of its slope are wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nablint.domains.dtype import FORMATS, Array
from nablint.evaluate import evaluate
from nablint.exact import exact
from nablint.gradient import expand, gradient
from nablint.ir import Builder, Function, Param
from nablint.ops import OPS
from nablint.rewrite.term import Call, Leaf, Num, Product, Sum, Sym, Term, add

WORST = 32.0
"""Bits: no digit is right, or the result is not finite."""
DUST = 1e-28
"""Numbers below count as zero."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The inputs at which candidates are measured, and what is true there; NaN where nothing is."""

    points: Array
    values: Array
    slopes: Array


def yardstick(fn: Function, limit: float) -> Yardstick | None:
    """The truth about an expanded function of one input, from tiny inputs to the limit."""
    (param,) = fn.params
    grown = np.concatenate([np.logspace(-6, np.log10(limit), 48), np.linspace(0.3, limit, 24)])
    points = np.concatenate([-grown, [0.0], grown]).astype(np.float32).astype(np.float64)
    slope = gradient(fn, param)
    values = exact(fn, {param: points})
    slopes = exact(slope, {param: points}) if slope else None
    return None if values is None or slopes is None else Yardstick(points, values, slopes)


@dataclass(frozen=True, slots=True)
class Error:
    """How far float32 is from the truth."""

    bits: float
    """The wrong bits of values and of slopes, on average over the inputs where the truth is known."""
    failing: float
    """The share of results that are not finite, and should be."""

    @property
    def cost(self) -> float:
        return self.bits + WORST * self.failing


NONE_RIGHT = Error(WORST, 1.0)


def error(fn: Function, truth: Yardstick) -> Error:
    """The error of an expanded function of one input."""
    (param,) = fn.params
    slope = gradient(fn, param)
    if slope is None:
        return NONE_RIGHT
    found = evaluate(slope, "float32", "eager", {param: truth.points})
    value, steep = _wrong(found[fn.result], truth.values), _wrong(found[slope.result], truth.slopes)
    return Error((value.bits + steep.bits) / 2, (value.failing + steep.failing) / 2)


def _wrong(found: Array | None, true: Array) -> Error:
    known = np.isfinite(true) & (np.abs(true) < FORMATS["float32"].max)
    if found is None or not known.any():
        return NONE_RIGHT
    with np.errstate(all="ignore"):
        values = np.broadcast_to(found, true.shape)[known].astype(np.float64)
        ulps = np.abs(values - true[known]) / (FORMATS["float32"].epsilon * (np.abs(true[known]) + DUST))
        bits = np.minimum(np.log2(1 + ulps), WORST)
    finite = np.isfinite(values)
    return Error(float(np.mean(np.where(finite, bits, WORST))), float(np.mean(~finite)))


def compiled(term: Term, param: Leaf) -> Function | None:
    """The term as an expanded function of one input, computed as `Speller` writes it when it is careful."""
    b = Builder([Param("x")])
    try:
        result = _node(b, term, {param: 0})
    except KeyError:
        return None
    return expand(Function("", tuple(b.nodes), result))


def _node(b: Builder, term: Term, leaves: Mapping[Term, int]) -> int:
    match term:
        case Num(value) | Sym(_, value):
            return b.const(value)
        case Leaf():
            return leaves[term]
        case Call("log", (Num(value) | Sym(_, value),)) if value > 0:
            return b.const(math.log(value))
        case Call("log", (Sum(1.0, items),)):
            return b("log1p", _node(b, add(*items), leaves))
        case Call(op, args, attrs):
            return b(OPS[op].name, *(_node(b, arg, leaves) for arg in args), **dict(attrs))
        case Sum(const, items):
            return _sum(b, const, items, leaves)
        case Product(coef, factors):
            return _product(b, coef, factors, leaves)
    raise KeyError(term)


def _sum(b: Builder, const: float, items: tuple[tuple[Term, float], ...], leaves: Mapping[Term, int]) -> int:
    power = next((t for t, k in items if isinstance(t, Call) and t.op == "exp" and k == -const), None)
    total: int | None = None
    for term, times in items:
        node = _node(b, term, leaves)
        if term is power and isinstance(term, Call):
            node, const = b("expm1", _node(b, term.args[0], leaves)), 0.0
        if times == -1 and total is not None:
            total = b("sub", total, node)
            continue
        node = node if times == 1 else b("mul", b.const(times), node)
        total = node if total is None else b("add", total, node)
    assert total is not None
    return b("add", total, b.const(const)) if const else total


def _product(b: Builder, coef: float, factors: tuple[tuple[Term, float], ...], leaves: Mapping[Term, int]) -> int:
    total: int | None = None if coef == 1 and any(p > 0 for _, p in factors) else b.const(coef)
    for term, power in sorted(factors, key=lambda factor: factor[1] < 0):
        node = _node(b, term, leaves)
        if abs(power) != 1:
            node = b("sqrt", node) if abs(power) == 0.5 else b("pow", node, b.const(abs(power)))
        if power < 0 and total is not None:
            total = b("div", total, node)
        else:
            total = node if total is None else b("mul", total, node)
    assert total is not None
    return total
