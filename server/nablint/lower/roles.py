"""What a function is for: an activation, a layer's call, a loss, or nothing that trains."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from nablint.domains.dtype import FLOATS
from nablint.interpret import dtypes
from nablint.ir import Apply, Const, Function, Param, Unknown, reachable
from nablint.lower.memory import Remembered
from nablint.ops import OPS
from nablint.ops.op import Kind, boolean
from nablint.parse import Parsed

_ACTIVATION = re.compile(
    r"\w*activation\w*[ \t]*=[ \t]*([A-Za-z_][\w.]*)"
    r"|\b(?:Activation|Lambda)\(\s*(?:function\s*=\s*)?([A-Za-z_][\w.]*)"
)
_CUSTOM = re.compile(r"custom_objects\b[^{\[\n]*(?:\[[^\]]*\]\s*=\s*([A-Za-z_][\w.]*)|\{([^}]*)\})")
_VALUE = re.compile(r":\s*([A-Za-z_][\w.]*)")
_LOSS = re.compile(r"\bloss\w*[ \t]*=[ \t]*\[?([A-Za-z_]\w*)")
_METRIC = re.compile(
    r"metric|accuracy|psnr|ssim|precision|recall|(?:^|_)(?:acc|iou|f1|fbeta|score|mae|auc)(?:_|$)|dice_coef",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"preprocess|augment|decode|parse|load|read|serialize|tokenize|resize|process_|convert_|dataset|_map_fn",
    re.IGNORECASE,
)
_INTEGERS = re.compile(r"positions?$|ind(?:ex|ices)$|(?:^|_)ids?$|buckets?$|lengths?$|steps?$|counts?$|masks?$")
"""How whole numbers and masks are called: no gradient flows to them."""
_DATA_PARAMS = frozenset(
    [
        "image",
        "images",
        "img",
        "path",
        "file",
        "file_path",
        "filename",
        "filepath",
        "example",
        "record",
        "text",
        "data",
        "batch",
        "ds",
        "dataset",
        "label",
        "labels",
        "serialized",
        "shape",
        "n",
        "size",
        "step",
        "epoch",
        "line",
        "string",
        "sentence",
        "variable",
        "dtype",
        "index",
        "indices",
        "repeats",
        "loss",
        "gradient",
        "gradients",
        "grads",
        "alpha",
        "beta",
        "gamma",
        "epsilon",
        "rate",
        "learning_rate",
        "temperature",
        "momentum",
        "decay",
    ]
)


@lru_cache(maxsize=8192)
def passed(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a piece of code passes as an activation, and as a loss."""
    found = {a or b for a, b in _ACTIVATION.findall(text)} if "ctivation" in text or "Lambda" in text else set()
    if "custom_objects" in text:
        for single, several in _CUSTOM.findall(text):
            found |= {single} if single else set(_VALUE.findall(several))
    losses = set(_LOSS.findall(text)) if "loss" in text else set()
    return frozenset(name.rpartition(".")[2] for name in found), frozenset(losses)


@Remembered
def passed_in(parsed: Parsed) -> tuple[frozenset[str], frozenset[str]]:
    """The same for a whole source."""
    pairs = [passed(placed.segment.text) for placed in parsed.placed]
    return frozenset().union(*(a for a, _ in pairs)), frozenset().union(*(b for _, b in pairs))


def is_metric(name: str) -> bool:
    return bool(_METRIC.search(name))


def is_loss(fn: Function) -> bool:
    """Whether its tensors are those of a loss."""
    names = {fn.nodes[i].name for i in fn.params if isinstance(fn.nodes[i], Param)}  # type: ignore[union-attr]
    return len(names) >= 2 and names_a_loss(names)


def names_a_loss(names: Collection[str]) -> bool:
    """Whether both what is true and what is predicted are among the names."""
    return not (_TRUTHS.isdisjoint(names) or _GUESSES.isdisjoint(names))


_TRUTHS = frozenset({"y_true", "labels", "targets", "true", "target"})
_GUESSES = frozenset({"y_pred", "logits", "pred", "predictions", "probs", "output", "outputs"})


def handles_data(name: str) -> bool:
    """Whether a function is named as those are that read and prepare data."""
    return bool(_DATA.search(name))


def takes_data(name: str) -> bool:
    """Whether a parameter is named as those are that hold no activations."""
    return name.lower() in _DATA_PARAMS or bool(_INTEGERS.search(name.lower()))


def makes_of_one_tensor(fn: Function) -> str:
    """The role of a function of one tensor, all of it understood.

    `one-tensor` if it makes another of its shape, `reduction` if it makes numbers of rows and its parameter is named
    as tensors are; nothing if it is not plainly meant for tensors.
    """
    if len(fn.params) != 1 or handles_data(fn.name) or _names_its_op(fn):
        return ""
    param = fn.nodes[fn.params[0]]
    name = param.name.lower() if isinstance(param, Param) else ""
    last = fn.nodes[fn.result]
    # A flag that is taken for a number hides the dtype of what is made with it.
    is_truth = isinstance(last, Apply) and OPS[last.op].dtype is boolean
    if is_truth or dtypes(fn, "float32")[fn.result].name not in ("", *FLOATS):
        return ""
    if takes_data(name):
        return ""
    shapes: dict[int, str] = {}
    for index in sorted(reachable(fn)):
        match fn.nodes[index]:
            case Param():
                shapes[index] = "full"
            case Const():
                shapes[index] = "scalar"
            case Unknown():
                return ""
            case Apply(op=op, args=args):
                shapes[index] = _shape(OPS[op].kind, [shapes[arg] for arg in args])
    if shapes[fn.result] == "full":
        return "one-tensor"
    return "reduction" if shapes[fn.result] == "rows" and name in _TENSOR_PARAMS else ""


_TENSOR_PARAMS = frozenset({"x", "inputs", "input", "logits", "z", "tensor", "features", "values", "vectors"})


def _names_its_op(fn: Function) -> bool:
    """Whether it is a wrapper that is named for the one op that it calls, as libraries have them: `def round(x)`."""
    ops = {node.op for i in reachable(fn) if isinstance(node := fn.nodes[i], Apply)} - _CONVERSIONS
    return fn.name.strip("_").lower() in {op.replace("_", end) for op in ops for end in ("", "_")} and len(ops) <= 2


_CONVERSIONS = frozenset({"cast", "cast_like", "convert_to_tensor", "identity", "where", "size_of"})


def _shape(kind: Kind, args: list[str]) -> str:
    """Whether a node has an element for each of the input's (`full`), or for each row (`rows`)."""
    if kind is Kind.REDUCES and args[:1] in (["full"], ["rows"]):
        return "rows"
    if kind in (Kind.ELEMENTWISE, Kind.ROWWISE):
        return next((shape for shape in ("full", "other", "rows") if shape in args), "scalar")
    return "other"
