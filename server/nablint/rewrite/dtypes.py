"""Fixes for tensors of a dtype of their own: they take that of the input."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nablint.domains.dtype import Dtype
from nablint.finding import Edit, Fix
from nablint.ir import Apply, Function
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.place import replacement, sees
from nablint.rewrite.search import Code, spoken
from nablint.rewrite.spell import NoTextError, Piece, Speller, piece
from nablint.source import NOWHERE, Span

_TAKES_DTYPE = {"cast": 1, "constant": 1, "convert_to_tensor": 1, "zeros": 1, "ones": 1, "saturate_cast": 1}
"""Functions with a dtype among their arguments, and at which position it is given."""
_PYTHON = frozenset({"sqrt", "log", "exp", "sin", "cos", "tanh", "log1p", "expm1"})
"""Functions that Python's math has too."""


def harmonised(code: Code, node: Apply, dtypes: Sequence[Dtype], wanted: str) -> tuple[Fix, ...]:
    """Fixes for an op whose operands have different dtypes; `wanted` is that of the input."""
    page = layout(code.source.text)
    name = sees(page, code.function, node.span.start) if page else None
    if page is None or not name or node.inlined is not NOWHERE:
        return ()
    found: dict[tuple[Edit, ...], Fix] = {}
    for position, arg in enumerate(node.args):
        if dtypes[arg].name in (wanted, "") or dtypes[arg].weak:
            continue
        spans = [source.span for source in _sources(code.function, arg, dtypes, wanted)]
        use = node.uses[position] if position < len(node.uses) else NOWHERE
        near = [fix for span in (*spans, use) for fix in _at(code, page, span, f"{name}.dtype")]
        for fix in near or _wrapped(code, page, node, use, f"{name}.dtype"):
            found.setdefault(fix.edits, fix)
    return tuple(found.values())


def _sources(fn: Function, index: int, dtypes: Sequence[Dtype], wanted: str) -> Iterator[Apply]:
    """The ops from which the other dtype comes, the nearest first."""
    node = fn.nodes[index]
    if not isinstance(node, Apply) or dtypes[index].name == wanted:
        return
    strong = [arg for arg in node.args if not dtypes[arg].weak and dtypes[arg].name not in (wanted, "bool", "")]
    if not strong or node.op in _TAKES_DTYPE:
        yield node
    else:
        for arg in strong:
            yield from _sources(fn, arg, dtypes, wanted)


def _at(code: Code, page: Layout, span: Span, dtype: str) -> Iterator[Fix]:
    """Fixes at the call itself: another dtype in its argument, a Python number, a cast of the condition."""
    call = next((e for e in page.expressions() if page.spans(e) == span), None)
    match call:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[_, *_]):
            pass
        case _:
            return
    if name in _TAKES_DTYPE:
        yield from _typed(page, name, call, dtype)
    if name in _PYTHON and all(isinstance(arg, ast.Constant) for arg in call.args):
        words = spoken(code, code.function.result)
        here, needs = words.here(("np." if "numpy" in words.imports.values() else "math.") + name)
        edit = Edit(page.spans(call.func), here)
        yield Fix(f"Use the Python number {here}(…), which takes the dtype of what it meets", (edit,), needs=needs)
    if name == "where" and [ast.unparse(arg) for arg in call.args[1:]] in (["1.0", "0.0"], ["1", "0"]):
        yield from _cast(code, page, span, piece(page.source.slice(page.spans(call.args[0]))), dtype)


def _typed(page: Layout, name: str, call: ast.Call, dtype: str) -> Iterator[Fix]:
    position = _TAKES_DTYPE[name]
    title = f"Take the dtype of the input: {dtype}"
    given = next((k.value for k in call.keywords if k.arg == "dtype"), None)
    if given is None and len(call.args) > position:
        given = call.args[position]
    if given is not None:
        yield Fix(title, (Edit(page.spans(given), dtype),))
    elif len(call.args) == position and not call.keywords:
        end = page.spans(call.args[-1]).end
        yield Fix(title, (Edit(Span(end, end), f", {dtype}"),))
    elif call.args or call.keywords:
        last = call.keywords[-1].value if call.keywords else call.args[-1]
        end = page.spans(last).end
        yield Fix(title, (Edit(Span(end, end), f", dtype={dtype}"),))


def _wrapped(code: Code, page: Layout, node: Apply, span: Span, dtype: str) -> Iterator[Fix]:
    """A cast around the operand as it is written at the op."""
    if span is not NOWHERE and node.span.covers(span):
        yield from _cast(code, page, span, piece(page.source.slice(span)), dtype)


def _cast(code: Code, page: Layout, span: Span, inner: Piece, dtype: str) -> Iterator[Fix]:
    try:
        new = Speller(spoken(code, code.function.result)).call("cast", [inner, Piece(dtype)])
    except NoTextError:
        return
    yield Fix(f"Cast to the dtype of the input: {new.text}", (replacement(page, span, new),), needs=new.needs)
