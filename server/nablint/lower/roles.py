"""What a function is for: an activation, a layer's call, a loss, or nothing that trains."""

from __future__ import annotations

import re
from functools import lru_cache

from nablint.ir import Apply, Const, Function, Param, Unknown, reachable
from nablint.lower.memory import remembered
from nablint.ops import OPS
from nablint.ops.op import Kind
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


@remembered
def passed_in(parsed: Parsed) -> tuple[frozenset[str], frozenset[str]]:
    """The same for a whole source."""
    pairs = [passed(placed.segment.text) for placed in parsed.placed]
    return frozenset().union(*(a for a, _ in pairs)), frozenset().union(*(b for _, b in pairs))


def is_metric(name: str) -> bool:
    return bool(_METRIC.search(name))


def is_loss(fn: Function) -> bool:
    """Whether its tensors are those of a loss."""
    names = {fn.nodes[i].name for i in fn.params if isinstance(fn.nodes[i], Param)}  # type: ignore[union-attr]
    return (
        len(names) >= 2
        and bool(names & {"y_true", "labels", "targets", "true", "target"})
        and bool(names & {"y_pred", "logits", "pred", "predictions", "probs", "output", "outputs"})
    )


def is_activation_like(fn: Function) -> bool:
    """Whether it makes of one tensor another of its shape, all of it understood."""
    if len(fn.params) != 1 or _DATA.search(fn.name):
        return False
    param = fn.nodes[fn.params[0]]
    if isinstance(param, Param) and param.name.lower() in _DATA_PARAMS:
        return False
    shapes: dict[int, str] = {}
    for index in sorted(reachable(fn)):
        match fn.nodes[index]:
            case Param():
                shapes[index] = "full"
            case Const():
                shapes[index] = "scalar"
            case Unknown():
                return False
            case Apply(op=op, args=args):
                shapes[index] = _shape(OPS[op].kind, [shapes[arg] for arg in args])
    return shapes[fn.result] == "full"


def _shape(kind: Kind, args: list[str]) -> str:
    """Whether a node has an element for each of the input's."""
    if kind in (Kind.ELEMENTWISE, Kind.ROWWISE):
        return "full" if "full" in args else "other" if "other" in args else "scalar"
    return "other"
