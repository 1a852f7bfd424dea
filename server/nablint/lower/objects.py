"""Attributes: of libraries, of tensors, of the user's classes and their objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from nablint.lower import fold
from nablint.lower.parameters import assume
from nablint.lower.run import Run
from nablint.lower.values import (
    Argument,
    Class,
    Closure,
    DtypeOf,
    Items,
    Known,
    Module,
    Object,
    Opaque,
    Partial,
    Ref,
    Scope,
    Size,
    Table,
    Tensor,
    Value,
    shape_of,
)
from nablint.lower.walk import evaluate, execute, member
from nablint.ops.names import canonical

_SHAPES = frozenset(["shape", "ndim", "name", "device", "graph", "op", "size", "itemsize", "nbytes", "get_shape"])


def attribute(run: Run, scope: Scope, owner: Argument, name: str) -> Value:
    """What `owner.name` stands for."""
    match owner.value:
        case Module() as module:
            return member(run, module, cst.Name(name), name)
        case Ref(dotted):
            full = f"{dotted}.{name}"
            short = canonical(full)
            return Known(fold.CONSTANTS[short]) if short in fold.CONSTANTS else Ref(full)
        case Tensor(index):
            return _of_tensor(owner, index, name)
        case Object() as obj:
            return of_object(run, obj, name)
        case Class() as cls:
            return _of_class(run, cls, name) or Opaque(f"the attribute {name}")
        case Items() if name == "shape":
            return Opaque("a shape")
        case Size() if name in ("as_list", "dims"):
            return Partial(Ref(".as_list"), (owner,), {}) if name == "as_list" else owner.value
        case DtypeOf() if name in ("base_dtype", "as_numpy_dtype"):
            return owner.value
        case DtypeOf() if name == "name":
            return owner.value
        case Partial(function=Ref(".finfo"), positional=[Argument(Known(str(dtype)))]):
            found = fold.CONSTANTS.get(f"{dtype}:{name}")
            return Opaque("a limit of the dtype") if found is None else Known(found)
    if isinstance(owner.value, Known | Items | Table):
        return Partial(Ref(f".{name}"), (owner,), {})
    return Opaque(f"the attribute {name}")


def _of_tensor(owner: Argument, index: int, name: str) -> Value:
    if name == "dtype":
        return DtypeOf(index)
    if name == "shape":
        return shape_of(index)
    if name in _SHAPES:
        return Opaque("a shape") if name != "get_shape" else Partial(Ref(".get_shape"), (owner,), {})
    return Partial(Ref(f".{name}"), (owner,), {})


def of_object(run: Run, obj: Object, name: str) -> Value:
    """An attribute of an object: what `__init__` or `build` assigned, else of its class."""
    if obj.attributes is None:
        obj.attributes = {}
        _read_initializers(run, obj)
    if name in obj.attributes:
        return obj.attributes[name]
    found = _of_class(run, obj.cls, name)
    if isinstance(found, Closure) and not is_static(found.node):
        return Closure(found.node, found.scope, found.name, obj)
    if found is not None:
        return found
    if name in ("add_weight", "add_variable"):
        return Ref(".add_weight")
    return Opaque(f"self.{name}")


def _of_class(run: Run, cls: Class, name: str, depth: int = 0) -> Value | None:
    """A method or an attribute of a class of the user's, or of its bases in the same file."""
    found = _named(run, cls.node).get(name)
    if isinstance(found, cst.FunctionDef):
        return Closure(found, cls.scope, f"{cls.node.name.value}.{name}")
    if isinstance(found, cst.BaseExpression):
        return evaluate(run, cls.scope, found)
    for base in bases(run, cls) if depth < 8 else ():
        if isinstance(base, Class) and (inherited := _of_class(run, base, name, depth + 1)) is not None:
            return inherited
    return None


def _named(run: Run, cls: cst.ClassDef) -> Mapping[str, cst.CSTNode]:
    """What a class's body first binds each name to."""
    if cls not in run.classes:
        found: dict[str, cst.CSTNode] = {}
        for statement in members(cls):
            if isinstance(statement, cst.FunctionDef):
                found.setdefault(statement.name.value, statement)
            for target, value in assignments(statement):
                if isinstance(target, cst.Name):
                    found.setdefault(target.value, value)
        run.classes[cls] = found
    return run.classes[cls]


def members(cls: cst.ClassDef) -> Iterator[cst.CSTNode]:
    """The statements of a class's body."""
    for statement in cls.body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def assignments(statement: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """(target, value) of an assignment."""
    if isinstance(statement, cst.Assign):
        for target in statement.targets:
            yield target.target, statement.value
    elif isinstance(statement, cst.AnnAssign) and statement.value is not None:
        yield statement.target, statement.value


def bases(run: Run, cls: Class) -> Iterator[Value]:
    """What the class's bases stand for."""
    for base in cls.node.bases:
        yield evaluate(run, cls.scope, base.value)


def library_bases(run: Run, cls: Class, depth: int = 0) -> Iterator[str]:
    """The dotted names of the library classes that a class descends from."""
    for base in bases(run, cls):
        if isinstance(base, Ref):
            yield base.name
        elif isinstance(base, Class) and depth < 8:
            yield from library_bases(run, base, depth + 1)


def _read_initializers(run: Run, obj: Object) -> None:
    """Executes `__init__` and `build`, so that what they assign to `self` is known."""
    for name in ("__init__", "build"):
        found = _of_class(run, obj.cls, name)
        if isinstance(found, Closure):
            method = Closure(found.node, found.scope, found.name, obj)
            given = (obj.positional, obj.keywords) if name == "__init__" else ((), {})
            scope = assume(run, method, *given)
            if isinstance(found.node, cst.FunctionDef):
                execute(run, scope, [found.node.body])


def is_property(value: Value) -> bool:
    return (
        isinstance(value, Closure)
        and value.owner is not None
        and any(_is(d, "property") for d in _decorators(value.node))
    )


def _decorators(node: cst.CSTNode) -> list[cst.BaseExpression]:
    return [d.decorator for d in node.decorators] if isinstance(node, cst.FunctionDef) else []


def _is(decorator: cst.BaseExpression, name: str) -> bool:
    return isinstance(decorator, cst.Name) and decorator.value == name


def is_static(node: cst.CSTNode) -> bool:
    return any(_is(d, "staticmethod") for d in _decorators(node))
