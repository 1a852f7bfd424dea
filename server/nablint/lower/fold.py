"""Python and NumPy arithmetic on numbers that are known when the code is read."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

BINARY: dict[type[cst.CSTNode], tuple[str, str]] = {
    cst.Add: ("+", "add"),
    cst.Subtract: ("-", "sub"),
    cst.Multiply: ("*", "mul"),
    cst.Divide: ("/", "div"),
    cst.FloorDivide: ("//", "floordiv"),
    cst.Modulo: ("%", "floormod"),
    cst.Power: ("**", "pow"),
    cst.MatrixMultiply: ("@", "matmul"),
    cst.BitAnd: ("&", "logical_and"),
    cst.BitOr: ("|", "logical_or"),
    cst.BitXor: ("^", "logical_xor"),
    cst.AddAssign: ("+", "add"),
    cst.SubtractAssign: ("-", "sub"),
    cst.MultiplyAssign: ("*", "mul"),
    cst.DivideAssign: ("/", "div"),
    cst.FloorDivideAssign: ("//", "floordiv"),
    cst.ModuloAssign: ("%", "floormod"),
    cst.PowerAssign: ("**", "pow"),
    cst.MatrixMultiplyAssign: ("@", "matmul"),
    cst.BitAndAssign: ("&", "logical_and"),
    cst.BitOrAssign: ("|", "logical_or"),
}
"""An operator's symbol and the op that it applies to tensors."""

COMPARISONS: dict[type[cst.CSTNode], tuple[str, str]] = {
    cst.LessThan: ("<", "less"),
    cst.LessThanEqual: ("<=", "less_equal"),
    cst.GreaterThan: (">", "greater"),
    cst.GreaterThanEqual: (">=", "greater_equal"),
    cst.Equal: ("==", "equal"),
    cst.NotEqual: ("!=", "not_equal"),
}

_PYTHON: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "&": operator.and_,
    "|": operator.or_,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

_HUGE = 1e15


def binary(symbol: str, left: Any, right: Any) -> Any:
    """`left symbol right`, or None if Python would not give a number that we care to compute."""
    function = _PYTHON.get(symbol)
    if function is None or (symbol not in ("==", "!=") and not (_is_number(left) and _is_number(right))):
        return None
    if symbol == "**" and isinstance(left, int) and isinstance(right, int) and right > 1:
        left = float(left) if abs(right * math.log2(abs(left) + 1)) > 60 else left
    try:
        return _plain(function(left, right))
    except (ArithmeticError, TypeError, ValueError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and (isinstance(value, bool | float) or abs(value) < _HUGE**4)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float) else None


_CALLS: dict[str, Callable[..., Any]] = {
    **{f"builtins.{f.__name__}": f for f in (abs, min, max, round, float, int, bool)},
    **{
        f"math.{name}": getattr(math, name)
        for name in [
            "sqrt",
            "exp",
            "expm1",
            "log",
            "log1p",
            "log2",
            "log10",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "tanh",
            "asin",
            "acos",
            "atan",
            "asinh",
            "acosh",
            "atanh",
            "pow",
            "floor",
            "ceil",
            "trunc",
            "fabs",
            "erf",
            "erfc",
            "gamma",
            "lgamma",
            "radians",
            "degrees",
            "hypot",
            "atan2",
            "copysign",
            "isnan",
            "isinf",
            "isfinite",
        ]
    },
}
_SAME = {
    "np.sqrt": "math.sqrt", "np.exp": "math.exp", "np.expm1": "math.expm1", "np.log": "math.log",
    "np.log1p": "math.log1p", "np.log2": "math.log2", "np.log10": "math.log10", "np.sin": "math.sin",
    "np.cos": "math.cos", "np.tan": "math.tan", "np.sinh": "math.sinh", "np.cosh": "math.cosh",
    "np.tanh": "math.tanh", "np.arcsin": "math.asin", "np.arccos": "math.acos", "np.arctan": "math.atan",
    "np.arcsinh": "math.asinh", "np.arccosh": "math.acosh", "np.arctanh": "math.atanh", "np.power": "math.pow",
    "np.abs": "builtins.abs", "np.absolute": "builtins.abs", "np.fabs": "math.fabs", "np.floor": "math.floor",
    "np.ceil": "math.ceil", "np.hypot": "math.hypot", "np.arctan2": "math.atan2", "np.deg2rad": "math.radians",
    "np.rad2deg": "math.degrees", "np.maximum": "builtins.max", "np.minimum": "builtins.min",
    "np.max": "builtins.max", "np.min": "builtins.min", "np.round": "builtins.round",
    "np.float16": "builtins.float", "np.float32": "builtins.float", "np.float64": "builtins.float",
    "np.double": "builtins.float", "np.single": "builtins.float", "np.int32": "builtins.int",
    "np.int64": "builtins.int", "np.bool_": "builtins.bool",
}  # fmt: skip
_ARITHMETIC = {
    "np.add": "+", "np.subtract": "-", "np.multiply": "*", "np.divide": "/", "np.true_divide": "/", "np.mod": "%",
}  # fmt: skip


def call(name: str, values: Sequence[Any]) -> Any:
    """The value of a function of Python's, `math`'s or NumPy's on numbers, or None."""
    if name in _ARITHMETIC and len(values) == 2:
        return binary(_ARITHMETIC[name], *values)
    function = _CALLS.get(_SAME.get(name, name))
    if function is None or not values:
        return None
    try:
        return _plain(function(*values))
    except (ArithmeticError, TypeError, ValueError):
        return None


CONSTANTS: dict[str, Any] = {
    "math.pi": math.pi, "math.e": math.e, "math.tau": math.tau, "math.inf": math.inf, "math.nan": math.nan,
    "np.pi": math.pi, "np.e": math.e, "np.inf": math.inf, "np.nan": math.nan, "np.euler_gamma": 0.5772156649015329,
    "np.infty": math.inf, "np.Inf": math.inf, "np.NaN": math.nan, "np.NAN": math.nan,
    "np.newaxis": None, "tf.newaxis": None, "np.NINF": -math.inf,
}  # fmt: skip
for _dtype, _max, _tiny, _eps in (
    ("float16", 65504.0, 2.0**-14, 2.0**-10),
    ("bfloat16", 3.3895313892515355e38, 2.0**-126, 2.0**-7),
    ("float32", 3.4028234663852886e38, 2.0**-126, 2.0**-23),
    ("float64", 1.7976931348623157e308, 2.0**-1022, 2.0**-52),
):
    CONSTANTS |= {f"tf.{_dtype}.max": _max, f"tf.{_dtype}.min": -_max}
    CONSTANTS |= {f"{_dtype}:max": _max, f"{_dtype}:min": -_max, f"{_dtype}:tiny": _tiny, f"{_dtype}:eps": _eps}
    CONSTANTS[f"{_dtype}:smallest_normal"] = _tiny
