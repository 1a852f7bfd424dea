"""The slope of a term as a term, by the rules of calculus, and as code in the user's words."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nablint.finding import Edit, Fix, Safety
from nablint.ir import Apply, Function, Param
from nablint.rewrite.layout import Layout, layout
from nablint.rewrite.normal import Terms
from nablint.rewrite.pattern import build, parsed, value_of
from nablint.rewrite.place import replacement
from nablint.rewrite.search import Code, spoken, terms_of
from nablint.rewrite.spell import NoTextError, Piece, Speller, binary
from nablint.rewrite.term import ONE, ZERO, Call, Leaf, Num, Product, Sum, Sym, Term, add, mul, subterms, where
from nablint.rewrite.twins import returned
from nablint.source import NOWHERE, Span

SHORT = 100
"""A gradient longer than this is no help to a reader."""

SLOPES: Mapping[str, str] = {
    "exp": "exp(x)",
    "log": "1 / x",
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)*tan(x)",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "tanh": "1 - tanh(x)*tanh(x)",
    "asin": "1 / sqrt(1 - x*x)",
    "acos": "-1 / sqrt(1 - x*x)",
    "atan": "1 / (1 + x*x)",
    "asinh": "1 / sqrt(1 + x*x)",
    "acosh": "1 / sqrt(x*x - 1)",
    "atanh": "1 / (1 - x*x)",
    "sigmoid": "sigmoid(x)*(1 - sigmoid(x))",
    "softplus": "sigmoid(x)",
    "log_sigmoid": "sigmoid(-x)",
    "silu": "sigmoid(x)*(1 + x*(1 - sigmoid(x)))",
    "softsign": "1 / pow(1 + abs(x), 2)",
    "erf": "1.1283791670955126*exp(-x*x)",
}
"""By op, the slope of its value at `x`."""


def slope(term: Term, wrt: Leaf) -> Term | None:
    """The derivative, None where a part has none that is known."""
    match term:
        case Num() | Sym():
            return ZERO
        case Leaf():
            return ONE if term == wrt else ZERO
        case Call("where", (condition, yes, no)):
            first, second = slope(yes, wrt), slope(no, wrt)
            return None if first is None or second is None else where(condition, first, second)
        case Call(op, (inner,)) if op in SLOPES and not _scaled(term):
            outer, below = build(parsed(SLOPES[op]), {"x": inner}), slope(inner, wrt)
            return None if below is None else mul((outer, 1), (below, 1))
        case Call("pow", (base, exponent)) if value_of(exponent) is not None:
            below = slope(base, wrt)
            outer = Call("pow", (base, add((exponent, 1), const=-1)))
            return None if below is None else mul((exponent, 1), (outer, 1), (below, 1))
        case Sum(_, terms):
            parts = [(slope(t, wrt), k) for t, k in terms]
            return add(*((p, k) for p, k in parts if p is not None)) if all(p is not None for p, _ in parts) else None
        case Product(coef, factors):
            return _product(coef, factors, wrt)
    return None if wrt in subterms(term) else ZERO


def _scaled(call: Call) -> bool:
    """Whether an attribute makes the op another one: silu with a beta."""
    return any(name == "beta" and value != 1 for name, value in call.attrs)


def _product(coef: float, factors: tuple[tuple[Term, float], ...], wrt: Leaf) -> Term | None:
    """Each factor's slope times all others."""
    total: list[tuple[Term, float]] = []
    for i, (base, power) in enumerate(factors):
        below = slope(base, wrt)
        if below is None:
            return None
        others = factors[:i] + factors[i + 1 :]
        total.append((mul(*others, (base, power - 1), (below, 1), coef=coef * power), 1))
    return add(*total)


def slope_code(code: Code, known: Terms, position: int, upstream: str, place: Span) -> Piece | None:
    """The gradient for one parameter, times the incoming one, as it is written at a place of its inner function."""
    fn, page = code.function, layout(code.source.text)
    found = slope(known.known[fn.result], Leaf(fn.params[position])) if position < len(fn.params) else None
    if found is None or page is None:
        return None
    names = dict(_names(page, fn, known, place))
    speller = Speller(spoken(code, fn.result), lambda term: Piece(names[term]) if term in names else None)
    try:
        new = binary("mul", Piece(upstream), speller.term(found))
    except NoTextError:
        return None
    return new if len(new.text) <= SHORT else None


def _names(page: Layout, fn: Function, known: Terms, place: Span) -> Iterator[tuple[Term, str]]:
    """What the function's parameters and names stand for, where these are bound once and before the place."""
    stored: dict[str, int] = {}
    for mention in page.mentions:
        if mention.stored:
            stored[mention.name] = stored.get(mention.name, 0) + 1
    for index in fn.params:
        if isinstance(param := fn.nodes[index], Param) and stored.get(param.name) == 1:
            yield Leaf(index), param.name
    nodes = {n.span: i for i, n in enumerate(fn.nodes) if isinstance(n, Apply) and n.inlined is NOWHERE}
    for item in ast.walk(page.tree):
        match item:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if stored.get(name) == 1:
                made = nodes.get(page.spans(value))
                if made is not None and page.spans(item).end <= place.start:
                    yield known.known[made], name


def right_gradient(code: Code, position: int) -> tuple[Fix, ...]:
    """The fix that has a custom gradient return the slope of its function for one parameter."""
    page, fn = layout(code.source.text), code.function
    upstream = fn.nodes[fn.upstream] if fn.upstream is not None else None
    if page is None or not isinstance(upstream, Param):
        return ()
    known = terms_of(code)
    for whole in returned(page, code):
        parts = whole.elts if isinstance(whole, ast.Tuple) else [whole]
        if position < len(parts):
            span = page.spans(parts[position])
            new = slope_code(code, known, position, upstream.name, span)
            if new is not None:
                return (Fix(f"Use the slope: {new.text}", (replacement(page, span, new),), Safety.CHANGES_GRADIENT),)
    return ()


def with_gradient(code: Code) -> Fix | None:
    """The edits that give a function a custom gradient, written out."""
    page, fn = layout(code.source.text), code.function
    if page is None or fn.upstream is not None:
        return None
    made = next((n for n in ast.walk(page.tree) if isinstance(n, ast.FunctionDef) and n.name == fn.name), None)
    if made is None or made.decorator_list or made is not page.tree.body[0] or len(made.args.args) != len(fn.params):
        return None
    returns = [n for n in ast.walk(made) if isinstance(n, ast.Return)]
    last = made.body[-1]
    if len(returns) != 1 or returns[0] is not last or not isinstance(last, ast.Return) or last.value is None:
        return None
    return _decorated(code, page, made, last.value, page.spans(last))


def _decorated(code: Code, page: Layout, made: ast.FunctionDef, value: ast.expr, span: Span) -> Fix | None:
    words, known = spoken(code, code.function.result), terms_of(code)
    taken = {mention.name for mention in page.mentions}
    upstream = next(name for name in ("dy", "upstream", "incoming") if name not in taken)
    slopes = [slope_code(code, known, i, upstream, span) for i in range(len(code.function.params))]
    if words.space != "tf" or not slopes or any(piece is None for piece in slopes) or "grad" in taken:
        return None
    indent = page.source.line(span.start[0])[: span.start[1]]
    gradients = ", ".join(piece.text for piece in slopes if piece)
    above = page.source.line(span.start[0] - 1).strip()
    gap = "" if not above or made.body[0] is made.body[-1] else "\n"
    step = indent[: len(indent) // 2] if page.source.line(made.lineno - 1).startswith((" ", "\t")) else indent
    body = f"{gap}{indent}def grad({upstream}):\n{indent}{step}return {gradients}\n\n"
    decorator, needs = words.here("tf.custom_gradient")
    start, line, end = (made.lineno - 1, 0), (span.start[0], 0), page.spans(value).end
    edits = [Edit(Span(start, start), f"@{decorator}\n"), Edit(Span(line, line), body), Edit(Span(end, end), ", grad")]
    return Fix(f"Derive the gradient: {gradients}", tuple(edits), Safety.SAFE, needs)
