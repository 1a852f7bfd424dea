"""Functions of libraries and of Python that the op table cannot say: they make values, choose, or call back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from nablint.ir import Apply
from nablint.lower.calls import Keywords, activation, call, op_call, special
from nablint.lower.dtypes import dtype_of
from nablint.lower.run import Run, apply, constant, is_weighed, number, some, written
from nablint.lower.values import (
    NONE,
    Argument,
    Closure,
    DtypeOf,
    Instance,
    Items,
    Known,
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
from nablint.ops import BY_NAME
from nablint.ops.names import canonical, spelled

Given = Sequence[Argument]


@special("tf.constant", "tf.convert_to_tensor", "tf.Variable", "ops.convert_to_tensor", "K.constant", "K.variable",
         "ops.array", "keras.Variable", "tf.get_variable")  # fmt: skip
def _constant(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A tensor of plain numbers has a dtype of its own, unless it is told one."""
    first = given[0] if given else words.get("value") or words.get("initial_value") or words.get("x")
    plain, assumed = number(first.value) if first else (None, frozenset())
    if first is None or plain is None:
        if not canonical(name).endswith("ariable"):
            return None
        return first.value if first and isinstance(first.value, Tensor) else some(run, scope, node, spelled(name), [])
    dtype = dtype_of(words["dtype"].value) if "dtype" in words else dtype_of(given[1].value) if len(given) > 1 else None
    run.assumed |= dict.fromkeys(sorted(assumed))
    if isinstance(dtype, DtypeOf):
        pair = [Argument(Known(plain), first.span), Argument(Tensor(dtype.index))]
        return apply(run, scope, node, "cast_like", pair, spelling=spelled(name))
    if isinstance(dtype, Opaque):
        return None
    sample = plain
    while isinstance(sample, tuple):
        sample = sample[0]
    own = "bool" if isinstance(sample, bool) else "int32" if isinstance(sample, int) else "float32"
    if canonical(name) in ("K.constant", "K.variable"):
        own = "float32"
    if name == "keras.Variable":
        dtype, own = None, ""  # It is cast as layers are, and promotes elsewhere.
    return constant(run, plain, run.frames[0].span if run.frames else run.span(scope, node), dtype or own)


@special("K.cast_to_floatx")
def _floats(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A number becomes NumPy's, which takes the dtype of what it meets."""
    return given[0].value if given and number(given[0].value)[0] is not None else None


@special("keras.initializers.get", "keras.initializers.deserialize", "K.get_value", "keras.tree.flatten")
def _given(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """What it was given, as far as the values go."""
    return given[0].value if given and not isinstance(given[0].value, Tensor) else None


@special("np.array", "np.asarray")
def _array(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """NumPy's arrays of plain numbers take the dtype of what they meet, as numbers do."""
    return given[0].value if given and number(given[0].value)[0] is not None else None


@special("K.epsilon", "keras.config.epsilon")
def _epsilon(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    return Known(1e-7)


@special("K.floatx", "keras.config.floatx")
def _floatx(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    return Known("float32")


@special("np.finfo", "tf.experimental.numpy.finfo", "ml_dtypes.finfo")
def _finfo(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    dtype = dtype_of(given[0].value) if given else None
    return (
        Partial(Ref(".finfo"), (Argument(Known(dtype)),), {}) if isinstance(dtype, str) else Opaque("a dtype's limits")
    )


@special("tf.as_dtype", "tf.dtypes.as_dtype", "K.standardize_dtype", "K.result_type", "keras.dtype", "np.dtype",
         "ops.dtype", "K.dtype")  # fmt: skip
def _dtype(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    value = given[0].value if given else NONE
    return DtypeOf(value.index) if isinstance(value, Tensor) else value


@special("tf.function", "builtins.staticmethod", "builtins.classmethod", "tf.autograph.experimental.do_not_convert",
         "keras.saving.register_keras_serializable", "keras.utils.register_keras_serializable",
         "tf.recompute_grad", "functools.lru_cache", "functools.wraps")  # fmt: skip
def _same(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    """A decorator that leaves the function's meaning alone."""
    first = given[0].value if given else words["func"].value if "func" in words else NONE
    return first if isinstance(first, Closure | Partial) else Ref(name)


@special("functools.partial")
def _partial(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    if not given:
        return None
    value = Partial(given[0].value, tuple(given[1:]), dict(words))
    if isinstance(given[0].value, Closure | Ref):
        run.found.append(value)
        run.at[id(value)] = (scope, node)
    return value


@special("activations.get", "activations.deserialize", "keras.activations.get")
def _get(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    first = given[0] if given else words.get("identifier") or words.get("name")
    return activation(name, first.value if first else NONE)


@special("K.switch")
def _switch(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """The backend calls its branches, and chooses element by element."""
    if any(isinstance(a.value, Closure) for a in (*given, *words.values())):
        called = [_result(run, scope, node, a) for a in given]
        named = {word: _result(run, scope, node, a) for word, a in words.items()}
        return op_call(run, scope, node, BY_NAME["K.switch"], "K.switch", spelled(name), called, named)
    return None


def _result(run: Run, scope: Scope, node: cst.CSTNode, given: Argument) -> Argument:
    """A branch's value: called if it is a function, and written where its body is."""
    if not isinstance(given.value, Closure | Partial):
        return given
    span = given.span
    if isinstance(given.value, Closure) and isinstance(given.value.node, cst.Lambda):
        span = run.span(given.value.scope, given.value.node.body)
    return Argument(call(run, scope, node, given.value, [], {}), span)


@special("tf.cond", "ops.cond", "tf.smart_cond", "tf.case", "tf.switch_case", "ops.switch")
def _cond(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    """Only the chosen branch is computed: on a flag, both ways are seen; on a tensor, either may be."""
    test = given[0] if given else words.get("pred")
    branches = [*given[1:3], *(words[w] for w in ("true_fn", "false_fn") if w in words)]
    if test is None or len(branches) != 2 or not canonical(name).endswith("cond"):
        return some(run, scope, node, spelled(name), [a.value for a in given])
    if run.depends(test.value):
        values = [_result(run, scope, node, branch).value for branch in branches]
        lists = [v.values for v in values if isinstance(v, Items)]
        if len(lists) == len(values):
            pairs = zip(*lists, strict=False)
            return Items(tuple(some(run, scope, node, spelled(name), [test.value, *pair]) for pair in pairs))
        return some(run, scope, node, spelled(name), [test.value, *values])
    chosen = test.value.value if isinstance(test.value, Known) and not test.value.assumed else run.decide()
    return _result(run, scope, node, branches[0 if chosen else 1]).value


@special(".add_weight")
def _weight(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    """A weight is what its initializer says; Keras casts it to the dtype that the layer computes in."""
    named = words.get("name") or next(iter(given), None)
    label = named.value.value if named and isinstance(named.value, Known) else "weight"
    value = _initial(words["initializer"].value) if "initializer" in words else None
    return value or Known(1.0, frozenset({f"{label} = 1"}))


def _initial(value: Value) -> Value | None:
    match value:
        case Known(str(word)) | Ref(word):
            found = {"zeros": 0.0, "zero": 0.0, "ones": 1.0, "one": 1.0}.get(word.rpartition(".")[2].lower())
            return None if found is None else Known(found)
        case Instance(dotted, positional, keywords):
            kind = dotted.rpartition(".")[2].lower().removesuffix("_initializer")
            if kind == "constant":
                first = positional[0] if positional else keywords.get("value")
                return first.value if first and isinstance(first.value, Known) else Known(0.0)
            return _initial(Known(kind))
    return None


@special("tf.grad_pass_through")
def _pass_through(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A function whose value is kept and whose gradient is that of the identity."""
    return Partial(Ref(".pass_through"), tuple(given[:1]), {}) if len(given) == 1 else None


@special(".pass_through")
def _passed(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    if len(given) != 2 or words:
        return None
    found = call(run, scope, node, given[0].value, [given[1]], {})
    pair = [given[1], Argument(found, given[1].span)]
    return apply(run, scope, node, "pass_through", pair, spelling="tf.grad_pass_through")


@special("tf.einsum", "tf.linalg.einsum", "ops.einsum", "np.einsum")
def _einsum(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """The operands follow the equation one by one."""
    match given:
        case [Argument(Known(str(equation))), *operands] if operands and not words:
            if "->" in equation and not any(isinstance(a.value, Items | Opaque) for a in operands):
                return apply(run, scope, node, "einsum", operands, [("equation", equation)], spelled(name))
    return None


@special(".astype")
def _astype(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    return op_call(run, scope, node, BY_NAME["tf.cast"], "tf.cast", name, given, words) if len(given) == 2 else None


@special(".numpy", ".item")
def _numpy(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    return apply(run, scope, node, "identity", given[:1], spelling=name) if given else None


@special(".get_shape", ".as_list", "K.int_shape")
def _shape(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    match [a.value for a in given]:
        case [Size() as shape]:
            return shape
        case [Tensor(index)]:
            return shape_of(index)
    return Opaque("a shape")


@special("tf.reshape", "ops.reshape", "K.reshape", "np.reshape")
def _reshape(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A shape that is made of another tensor's lengths."""
    named = words.get("shape") or words.get("newshape") or words.get("target_shape")
    shape = given[1] if len(given) == 2 else named
    if not given or shape is None or not isinstance(given[0].value, Tensor):
        return None
    if (whole := shaped_as(run, shape.value)) is not None:
        return apply(run, scope, node, "reshape_like", [given[0], Argument(Tensor(whole))], spelling=spelled(name))
    if not isinstance(shape.value, Items) or all(isinstance(v, Known) for v in shape.value.values):
        return None
    parts = [_length(run, value) for value in shape.value.values]
    owners = {owner for owner, _ in parts if owner is not None}
    sizes = tuple(size for _, size in parts)
    if len(owners) > 1 or sizes.count(-1) > 1:
        return None
    like = Argument(Tensor(owners.pop())) if owners else given[0]
    return apply(run, scope, node, "reshape_to", [given[0], like], [("shape", sizes)], spelled(name))


def shaped_as(run: Run, value: Value) -> int | None:
    """The tensor whose whole shape a value is."""
    if isinstance(value, Size) and value.axis is None:
        return value.of
    if isinstance(value, Tensor):
        node = run.builder.nodes[value.index]
        return node.args[0] if isinstance(node, Apply) and node.op == "shape" else None
    return None


def _length(run: Run, value: Value) -> tuple[int | None, Any]:
    """A length in a shape: (the tensor that it is of, its axis) or (None, the number); what is not known is -1."""
    if isinstance(value, Known) and isinstance(value.value, int | None):
        return None, -1 if value.value is None else value.value
    if isinstance(value, Size) and value.axis is not None:
        return value.of, ("size", value.axis)
    node = run.builder.nodes[value.index] if isinstance(value, Tensor) else None
    if isinstance(node, Apply) and node.op == "getitem":
        key, owner = node.attr("key"), shaped_as(run, Tensor(node.args[0]))
        if owner is not None and len(key) == 1 and isinstance(key[0], int):
            return owner, ("size", key[0])
    return None, -1


@special("tf.ones", "tf.zeros", "ops.ones", "ops.zeros", "K.ones", "K.zeros", "np.ones", "np.zeros")
def _filled(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A tensor in the shape of another."""
    shape = given[0] if given else words.get("shape")
    like = shaped_as(run, shape.value) if shape else None
    if shape is None:
        return None
    told = given[1] if len(given) > 1 else words.get("dtype")
    dtype = dtype_of(told.value) if told else "float32"
    if isinstance(dtype, Opaque):
        return None
    if like is None:
        value = 1.0 if canonical(name).endswith("ones") else 0.0
        return constant(run, value, run.span(scope, node), dtype) if isinstance(dtype, str) else None
    op = canonical(name).rpartition(".")[2] + "_like"
    named = [("dtype", dtype)] if isinstance(dtype, str) else [("dtype", None)]
    found = apply(run, scope, node, op, [Argument(Tensor(like), shape.span)], named, spelled(name))
    if isinstance(dtype, DtypeOf):
        return apply(
            run, scope, node, "cast_like", [Argument(found), Argument(Tensor(dtype.index))], spelling=spelled(name)
        )
    return found


@special("keras.Input", "layers.Input", "tf.placeholder", "tf.placeholder_with_default", "K.placeholder")
def _placeholder(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    return some(run, scope, node, spelled(name), [])


@special("tf.matmul", "tf.linalg.matmul", "ops.matmul", "K.dot", "tf.tensordot", "ops.tensordot", "tf.nn.conv2d",
         "tf.nn.conv1d", "tf.nn.conv3d", "tf.nn.depthwise_conv2d", "tf.nn.separable_conv2d", "tf.nn.conv2d_transpose",
         "tf.nn.convolution", "ops.conv", "K.conv1d", "K.conv2d", "tf.nn.xw_plus_b", "tf.sparse.sparse_dense_matmul",
         "tf.nn.embedding_lookup")  # fmt: skip
def _weighed(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value | None:
    """A product with weights may be any number."""
    values = [a.value for a in (*given, *words.values())]
    return some(run, scope, node, written(node), values, free=True) if is_weighed(run, values[:2]) else None


@special(".get")
def _get_item(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    match [a.value for a in given]:
        case [Table(values), Known(key), *rest]:
            return values.get(key, rest[0] if rest else NONE)
    return Opaque("an element of a value known only when it runs")


@special(".append")
def _append(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    """The name gets a longer list; lists with several names are not followed."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
        match [a.value for a in given]:
            case [Items(values), value]:
                scope.names[node.func.value.value] = Items((*values, value))
    return NONE


@special("K.ndim")
def _size(run: Run, scope: Scope, node: cst.CSTNode, name: str, given: Given, words: Keywords) -> Value:
    return Opaque("a shape")
