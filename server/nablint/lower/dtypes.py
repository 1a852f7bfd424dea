"""What an expression says about a dtype."""

from __future__ import annotations

from nablint.lower.values import DtypeOf, Known, Opaque, Ref, Value

_NAMES = frozenset(
    [
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "half",
        "double",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "bool",
        "complex64",
        "complex128",
    ]
)
_ALIASES = {
    "half": "float16",
    "double": "float64",
    "single": "float32",
    "bool_": "bool",
    "float": "float32",
    "int": "int32",
}


def dtype_of(value: Value) -> str | DtypeOf | Opaque | None:
    """The dtype's name, None for none, the tensor that has it, or Opaque if it is not known."""
    match value:
        case Known(None):
            return None
        case Known(str(name)) | Ref(name):
            short = name.rpartition(".")[2]
            short = _ALIASES.get(short, short)
            return short if short in _NAMES else Opaque("a dtype")
        case DtypeOf():
            return value
    return Opaque("a dtype")
