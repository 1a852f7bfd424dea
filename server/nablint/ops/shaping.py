"""What moves elements about and computes nothing: one vjp serves them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nablint.domains.dtype import WEAK_INT, Array
from nablint.domains.interval import POSITIVE, hulls, passes
from nablint.ir import Builder
from nablint.ops.axes import Axis, one, shifted
from nablint.ops.casting import fixed
from nablint.ops.op import STEPPED, Kind, Op, spell

Shape = Sequence[int]
Rearrangement = Callable[..., Array]


def _returned(name: str) -> Callable[..., tuple[int, ...]]:
    """The vjp of a rearrangement: each element's cotangent goes back to where the element came from."""

    def vjp(b: Builder, g: int, y: int, *operands: int, **attrs: Any) -> tuple[int, ...]:
        how = tuple(sorted(attrs.items()))
        return tuple(b("give_back", g, *operands, of=name, how=how, to=i) for i in range(len(operands)))

    return vjp


def _give_back(g: Array, *operands: Array, of: str, how: tuple[tuple[str, Any], ...], to: int) -> Array:
    """The cotangent of operand `to`: positions are sent through the rearrangement, and sums come back along them."""
    target = operands[to]
    places = [np.full((1, *operand.shape[1:]), -1) for operand in operands]
    places[to] = np.arange(target[:1].size).reshape(places[to].shape)
    origin = np.asarray(_BY_NAME[of](*places, **dict(how))).ravel()
    found = np.zeros((g.shape[0], places[to].size), g.dtype)
    kept = origin >= 0
    for place, column in zip(origin[kept], np.flatnonzero(kept), strict=True):
        found[:, place] += g.reshape(g.shape[0], -1)[:, column]
    return found.reshape(g.shape[0], *target.shape[1:])


def _reshape(x: Array, shape: Shape) -> Array:
    return x.reshape(x.shape[0], *shape)


def _reshape_to(x: Array, like: Array, shape: Sequence[Any]) -> Array:
    """`shape` may hold ("size", axis), a length of `like`."""
    rank = like.ndim - 1
    return x.reshape(x.shape[0], *(like.shape[one(rank, s[1])] if isinstance(s, tuple) else s for s in shape))


def _transpose(x: Array, perm: Shape | None = None) -> Array:
    order = range(x.ndim - 1)[::-1] if perm is None else perm
    return x.transpose(0, *(one(x.ndim - 1, axis) for axis in order))


def _swap_last(x: Array) -> Array:
    if x.ndim < 3:
        raise ValueError("a matrix is needed")
    return np.swapaxes(x, -1, -2)


def _expand_dims(x: Array, axis: int | Sequence[int]) -> Array:
    wanted = [axis] if isinstance(axis, int) else axis
    return np.expand_dims(x, tuple(one(x.ndim - 1 + len(wanted), a) for a in wanted))


def _squeeze(x: Array, axis: Axis = None) -> Array:
    axes = [i for i in range(1, x.ndim) if x.shape[i] == 1] if axis is None else shifted(x, axis)
    return np.squeeze(x, axis=tuple(axes))


def _trials(arrays: Sequence[Array]) -> list[Array]:
    """Arrays with the same number of trials."""
    count = max(array.shape[0] if array.ndim else 1 for array in arrays)
    return [np.broadcast_to(a, (count, *a.shape[1:])) if a.ndim else np.full(count, a) for a in arrays]


def _concat(*values: Array, axis: int = 0) -> Array:
    return np.concatenate(_trials(values), axis=one(values[0].ndim - 1, axis))


def _stack(*values: Array, axis: int = 0) -> Array:
    values = tuple(_trials(values))
    return np.stack(values, axis=one(values[0].ndim, axis))


def _split(x: Array, sizes: int | Shape, axis: int = 0, index: int = 0) -> Array:
    at = one(x.ndim - 1, axis)
    if not isinstance(sizes, int):
        rest = x.shape[at] - sum(size for size in sizes if size >= 0)
        sizes = [size if size >= 0 else rest for size in sizes]
    ends = sizes if isinstance(sizes, int) else np.cumsum(sizes)[:-1]
    return np.split(x, ends, axis=one(x.ndim - 1, axis))[index]


def _unstack(x: Array, sizes: int | None = None, axis: int = 0, index: int = 0) -> Array:
    return np.asarray(np.take(x, index, axis=one(x.ndim - 1, axis)))


def _tile(x: Array, multiples: int | Shape) -> Array:
    return np.tile(x, (1, *([multiples] if isinstance(multiples, int) else multiples)))


def _repeat(x: Array, repeats: int, axis: int | None = None) -> Array:
    if axis is None:
        return np.repeat(x.reshape(x.shape[0], -1), repeats, axis=1)
    return np.repeat(x, repeats, axis=one(x.ndim - 1, axis))


def _gather(x: Array, indices: Any, axis: int | None = 0) -> Array:
    if axis is None:
        x, axis = x.reshape(x.shape[0], -1), 0
    return np.take(x, np.asarray(indices), axis=one(x.ndim - 1, axis))


def _flip(x: Array, axis: Axis = None) -> Array:
    return np.flip(x, shifted(x, axis))


def _roll(x: Array, shift: int | Shape, axis: Axis = None) -> Array:
    if axis is None:
        return np.roll(x.reshape(x.shape[0], -1), shift, axis=1).reshape(x.shape)
    axes = tuple(one(x.ndim - 1, a) for a in ([axis] if isinstance(axis, int) else axis))
    return np.roll(x, shift if isinstance(shift, int) else tuple(shift), axes if len(axes) > 1 else axes[0])


def _broadcast(x: Array, shape: Shape) -> Array:
    full = (1,) * (len(shape) - x.ndim + 1) + x.shape[1:]
    return np.broadcast_to(x.reshape(x.shape[0], *full), (x.shape[0], *shape))


def _moveaxis(x: Array, source: int, destination: int) -> Array:
    return np.moveaxis(x, one(x.ndim - 1, source), one(x.ndim - 1, destination))


def _swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    return np.swapaxes(x, one(x.ndim - 1, axis1), one(x.ndim - 1, axis2))


def _item(x: Array, key: Sequence[Any]) -> Array:
    """`key` holds integers, None, `...`, and ("slice", start, stop, step)."""
    return x[(slice(None), *(slice(*k[1:]) if isinstance(k, tuple) else k for k in key))]


def _triangle(f: Any) -> Rearrangement:
    return lambda x, k=0: np.where(f(np.ones(x.shape[-2:], bool), k), x, 0 if x.dtype.kind == "f" else -1)


def _pad(x: Array, widths: Any, mode: str = "CONSTANT") -> Array:
    around = np.array([(0, 0), *widths])
    if mode.upper() == "REFLECT":
        return np.pad(x, around, mode="reflect")
    if mode.upper() == "SYMMETRIC":
        return np.pad(x, around, mode="symmetric")
    return np.pad(x, around, constant_values=0 if x.dtype.kind == "f" else -1)


def _shape(x: Array) -> Array:
    return np.array([x.shape[1:]], dtype=np.int64)


def _sort(x: Array, axis: int = -1, direction: str = "ASCENDING") -> Array:
    found = np.sort(x, axis=one(x.ndim - 1, axis))
    return found if direction == "ASCENDING" else np.flip(found, one(x.ndim - 1, axis))


_BY_NAME: dict[str, Rearrangement] = {}


def moving(name: str, params: str, names: tuple[str, ...], meaning: Rearrangement, *examples: dict[str, Any],
           many: bool = False) -> Op:  # fmt: skip
    """A row that only moves elements about."""
    _BY_NAME[name] = meaning
    return Op(name, params, names, meaning, _returned(name), kind=Kind.SHAPES, interval=hulls, ulp=0,
              examples=examples or ({},), many=many)  # fmt: skip


# fmt: off
ROWS = (
    Op("give_back", "*operands; of, how, to", (), _give_back, kind=Kind.SHAPES, dtype=lambda promote, g, *_, **__: g,
       ulp=1),
    moving("reshape", "x; shape",
           ("tf.reshape(tensor:x, shape)", "K.reshape", "ops.reshape(x, newshape:shape)", "np.reshape(a:x, shape)"),
           _reshape, {"shape": (-1,)}, {"shape": (3, 2)}),
    Op("reshape_to", "x, like; shape", (), _reshape_to,
       lambda b, g, y, x, like, shape: (b("reshape_like", g, x), None), kind=Kind.SHAPES, interval=passes, ulp=0,
       dtype=lambda promote, x, like, **_: x, examples=({"shape": (-1,)},)),
    Op("size_of", "x; axis", (), lambda x, axis: np.array([x.shape[one(x.ndim - 1, axis)]]), kind=Kind.SHAPES,
       dtype=lambda promote, x, **_: WEAK_INT, interval=lambda x, **_: POSITIVE, smooth=STEPPED, ulp=0),
    moving("flatten", "x", ("K.flatten", "ops.ravel", "np.ravel(a:x)"), lambda x: x.reshape(x.shape[0], -1)),
    moving("transpose", "x; perm=None",
           ("tf.transpose(a:x, perm=None)", "K.transpose(x)", "K.permute_dimensions(x, pattern:perm)",
            "ops.transpose(x, axes:perm=None)", "np.transpose(a:x, axes:perm=None)"), _transpose, {}, {"perm": (1, 0)}),
    moving("matrix_transpose", "x",
           ("tf.linalg.matrix_transpose(a:x)", "tf.linalg.adjoint(matrix:x)", "tf.matrix_transpose(a:x)"), _swap_last),
    moving("expand_dims", "x; axis",
           ("tf.expand_dims(input:x, axis)", "K.expand_dims(x, axis=-1)", "ops.expand_dims",
            "np.expand_dims(a:x, axis)"), _expand_dims, {"axis": -1}, {"axis": 0}),
    moving("squeeze", "x; axis=None",
           ("tf.squeeze(input:x, axis=None, squeeze_dims:axis=None)", "K.squeeze(x, axis)", "ops.squeeze",
            "np.squeeze(a:x, axis=None)"), _squeeze),
    moving("concat", "*values; axis=0",
           ("tf.concat(values, axis)", "K.concatenate(tensors:values, axis=-1)", "ops.concatenate(xs:values, axis=0)",
            "np.concatenate(arrays:values, axis=0)"), _concat, {"axis": -1}, {"axis": 0}),
    moving("stack", "*values; axis=0",
           ("tf.stack(values, axis=0)", "K.stack(x:values, axis=0)", "ops.stack(x:values, axis=0)",
            "np.stack(arrays:values, axis=0)", "tf.pack"), _stack, {"axis": -1}, {}),
    moving("split", "x; sizes, axis=0, index=0",
           ("tf.split(value:x, num_or_size_splits:sizes, axis=0)",
            *spell("ops", "split(x, indices_or_sections:sizes, axis=0)"),
            "np.split(ary:x, indices_or_sections:sizes, axis=0)"), _split, {"sizes": 2, "axis": 0, "index": 1},
           many=True),
    moving("part", "x; index, count, axis=-1", (), lambda x, index, count, axis=-1: _split(x, count, axis, index)),
    moving("unstack", "x; sizes=None, axis=0, index=0",
           ("tf.unstack(value:x, num:sizes=None, axis=0)", "ops.unstack(x, num:sizes=None, axis=0)"), _unstack, {},
           many=True),
    moving("tile", "x; multiples",
           ("tf.tile(input:x, multiples)", "K.tile(x, n:multiples)", "ops.tile(x, repeats:multiples)",
            "np.tile(A:x, reps:multiples)"), _tile, {"multiples": (2, 1)}),
    moving("repeat", "x; repeats, axis=None",
           ("tf.repeat(input:x, repeats, axis=None)", "ops.repeat", "K.repeat_elements(x, rep:repeats, axis)"), _repeat,
           {"repeats": 2, "axis": -1}),
    moving("gather", "x; indices, axis=0",
           ("tf.gather(params:x, indices, validate_indices:_=None, axis=0, " "batch_dims:!=0)",
            "K.gather(reference:x, indices)", "ops.take(x, indices, axis=None)", "np.take(a:x, indices, axis=None)"),
           _gather, {"indices": (0, 1, 1), "axis": 1}),
    moving("flip", "x; axis=None", ("ops.flip", "K.reverse(x, axes:axis)", *spell("tf", "reverse(tensor:x, axis)",
           "reverse_v2(tensor:x, axis)"),
                                    "np.flip(m:x, axis=None)"), _flip,
           {"axis": (-1,)}),
    moving("roll", "x; shift, axis=None",
           ("tf.roll(input:x, shift, axis)", "ops.roll(x, shift, axis=None)", "np.roll(a:x, shift, axis=None)"), _roll,
           {"shift": 1, "axis": -1}, {"shift": (1, -1), "axis": (0, 1)}),
    moving("broadcast_to", "x; shape",
           ("tf.broadcast_to(input:x, shape)", *spell("ops", "broadcast_to"), "np.broadcast_to(array:x, shape)"),
           _broadcast, {"shape": (2, 2, 3)}),
    moving("moveaxis", "x; source, destination", ("ops.moveaxis", "np.moveaxis(a:x, source, destination)"), _moveaxis,
           {"source": 0, "destination": -1}),
    moving("swapaxes", "x; axis1, axis2", ("ops.swapaxes", "np.swapaxes(a:x, axis1, axis2)"), _swapaxes, {"axis1": 0,
           "axis2": -1}),
    moving("pad", "x; widths, mode='CONSTANT'",
           ("tf.pad(tensor:x, paddings:widths, mode='CONSTANT')", "ops.pad(x, pad_width:widths, mode='constant')"),
           _pad, {"widths": ((1, 0), (0, 2))}),
    moving("tril", "x; k=0", ("ops.tril", "np.tril(m:x, k=0)"), _triangle(np.tril), {}, {"k": 1}),
    moving("triu", "x; k=0", ("ops.triu", "np.triu(m:x, k=0)"), _triangle(np.triu), {}, {"k": 1}),
    moving("getitem", "x; key", ("[]",), _item, {"key": (0,)}, {"key": (..., ("slice", 1, None, None))}),
    Op("sort", "x; axis=-1, direction='ASCENDING'",
       ("tf.sort(values:x, axis=-1, direction='ASCENDING')", "ops.sort(x, axis=-1)", "np.sort(a:x, axis=-1)"), _sort,
       lambda b, g, y, x, **attrs: (b("sort_grad", g, x, **attrs),), kind=Kind.ROWWISE, interval=passes, ulp=0,
       skips=("nan",), note="Where rows hold NaN, TensorFlow's order depends on the kernel.",
       examples=({}, {"direction": "DESCENDING"})),
    Op("shape", "x", ("tf.shape(input:x)", *spell("K ops", "shape"), "K.int_shape"), _shape, kind=Kind.SHAPES,
       dtype=fixed("int32"), interval=lambda x: POSITIVE, smooth=STEPPED, ulp=0),
    Op("rank", "x", ("tf.rank(input:x)", "K.ndim", *spell("ops", "ndim"), "np.ndim(a:x)"),
       lambda x: np.array([x.ndim - 1]), kind=Kind.SHAPES, dtype=fixed("int32"), interval=lambda x: POSITIVE,
       smooth=STEPPED, ulp=0),
    Op("size", "x", ("tf.size(input:x)", "ops.size", "np.size(a:x)"), lambda x: np.array([np.prod(x.shape[1:],
       dtype=int)]),
       kind=Kind.SHAPES, dtype=fixed("int32"), interval=lambda x: POSITIVE, smooth=STEPPED, ulp=0),
)
# fmt: on
