"""Whether a function may return a tensor that is understood all the way: a quick look, which errs towards yes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from nablint import syntax
from nablint.parse import Definition

PLAIN, TENSOR = 1, 2
"""What a value may be, as a sum: known or left open by us; a tensor made of the input by known ops. 0 is neither."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at one function knows."""

    op: Callable[[str], str]
    """The known op behind a dotted name as written, or a method with a dot before it; or nothing."""
    is_own: Callable[[str], bool]
    """Whether a name may be a function or a value of the user's."""
    of_class: frozenset[str]
    """What the class around it may give `self`."""
    names: dict[str, int] = field(default_factory=dict)
    """What local names may hold."""
    inputs: set[str] = field(default_factory=set)
    """The tensors among the parameters that are never given another value."""


def returns_a_tensor(one: Definition, tensors: frozenset[str], look: Look) -> bool:
    """Whether it may, and is no wrapper that is named for the one op that it calls."""
    body = _body(one)
    if body is None:
        return True
    look.names.update(dict.fromkeys(_defaulted(one), PLAIN))
    look.names.update(dict.fromkeys(tensors, PLAIN | TENSOR))
    look.inputs.update(tensors)
    bindings = [(name, value) for node in body for names, value in _bindings(node) for name in names]
    for name, _ in bindings:
        look.names.setdefault(name, 0)
        look.inputs.discard(name)
    changed = True
    while changed:
        changed = False
        for name, value in bindings:
            known = look.names[name]
            if known != PLAIN | TENSOR and (fresh := known | _value(value, look)) != known:
                look.names[name], changed = fresh, True
    found = [node.value for node in body if isinstance(node, ast.Return) and node.value is not None]
    if one.kind == "lambda":
        found = [next(node.body for node in body if isinstance(node, ast.Lambda))]
    return any(_value(value, look) & TENSOR for value in found) and not _wraps(one, body, look)


def _defaulted(one: Definition) -> list[str]:
    """The parameters that have a default, or take the rest."""
    args = one.arguments
    if args is None:
        return []
    plain = [*args.posonlyargs, *args.args]
    rest = [arg for arg in (args.vararg, args.kwarg) if arg]
    return [arg.arg for arg in (*plain[len(plain) - len(args.defaults) :], *args.kwonlyargs, *rest)]


def _wraps(one: Definition, body: Iterable[ast.AST], look: Look) -> bool:
    """Whether all that it may do to a tensor is one call of the op whose name it has."""
    ops: set[str] = set()
    for node in body:
        if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.Subscript | ast.AugAssign):
            return False
        if isinstance(node, ast.Call):
            if _is_own(node.func, look):
                return False
            ops.add(_op(node.func, look))
    ops.discard("")
    return len(ops) == 1 and one.name.strip("_").lower() in ops


def _body(one: Definition) -> list[ast.AST] | None:
    """The nodes of a function, or None if it cannot be read by itself."""
    text = one.source.replace("\f", " ")
    text = f"({text}\n)" if one.kind == "lambda" else f"if 1:\n{text}" if text[:1] in " \t" else text
    try:
        return list(ast.walk(syntax.module(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bindings(node: ast.AST) -> Iterator[tuple[list[str], ast.expr]]:
    """The names that a node binds, and to what."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((_names(target), value) for target in targets)
        case ast.AugAssign(target=target, op=op, value=value):
            yield _names(target), ast.BinOp(target, op, value)
        case ast.NamedExpr(target=target, value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            yield _names(target), value
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=target, attr="append"), args=[value])):
            yield _names(target), value
        case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
            yield _names(target), value
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield [name], ast.Constant(None)


def _names(target: ast.AST) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _value(node: ast.expr, look: Look) -> int:
    """What an expression may be."""
    match node:
        case ast.Name(id=name):
            return look.names.get(name, PLAIN)
        case ast.Constant() | ast.Lambda() | ast.Slice():
            return PLAIN
        case ast.Attribute(value=value, attr=name):
            if name in look.of_class:
                return PLAIN | TENSOR
            found = _value(value, look)
            return found if found & TENSOR else PLAIN if _dotted(node).partition(".")[0] not in ("self", "") else 0
        case ast.Call(func=func, args=args, keywords=keywords):
            return _called(func, [*args, *(k.value for k in keywords)], look)
        case ast.BinOp(left=left, right=right):
            return _together([left, right], look)
        case ast.Compare(left=left, comparators=others):
            return _together([left, *others], look)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
            return _either(values, look) | PLAIN
        case ast.Dict(values=values):
            return _either(values, look) | PLAIN
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _either([test, body, orelse], look)
        case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value):
            return _value(value, look) | PLAIN
        case ast.UnaryOp(operand=value) | ast.Starred(value=value) | ast.Await(value=value):
            return _value(value, look)
        case ast.Subscript(value=value) | ast.NamedExpr(value=value):
            return _value(value, look)
    return 0


def _either(nodes: Iterable[ast.expr], look: Look) -> int:
    found = 0
    for node in nodes:
        found |= _value(node, look)
    return found


def _together(nodes: Iterable[ast.expr], look: Look) -> int:
    """What an op on all of these may be: nothing, if one of them is certainly not known."""
    found = [_value(node, look) for node in nodes]
    return 0 if 0 in found else PLAIN | (TENSOR if any(value & TENSOR for value in found) else 0)


def _called(func: ast.expr, given: list[ast.expr], look: Look) -> int:
    if _is_own(func, look):
        return PLAIN | TENSOR
    if not _op(func, look):
        return 0
    if isinstance(func, ast.Attribute) and not look.op(_dotted(func)):
        given = [func.value, *given]
    return _together(given, look) if given else PLAIN


def _is_own(func: ast.expr, look: Look) -> bool:
    """Whether it may be a function of the user's, which may see the tensor without being given it."""
    if isinstance(func, ast.Call):
        return _is_own(func.func, look) or _op(func.func, look) != ""
    if isinstance(func, ast.Attribute):
        if func.attr in look.of_class or look.is_own(_dotted(func)):
            return True
        while isinstance(func, ast.Attribute):
            func = func.value
        if isinstance(func, ast.Name) and func.id in look.inputs:
            return False
    if not isinstance(func, ast.Name):
        return _value(func, look) & TENSOR != 0
    return look.is_own(func.id) or look.names.get(func.id, 0) != 0


def _op(func: ast.expr, look: Look) -> str:
    if isinstance(func, ast.Name):
        return look.op(func.id)
    return (look.op(_dotted(func)) or look.op(f".{func.attr}")) if isinstance(func, ast.Attribute) else ""


def _dotted(node: ast.expr) -> str:
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(path)]) if isinstance(node, ast.Name) else ""
