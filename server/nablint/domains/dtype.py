"""The dtype domain: which dtype a value has, and what happens when two meet; and the float formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Dtype:
    """A dtype as TensorFlow sees it. Weak values (Python's and NumPy's numbers) take the dtype of what they meet."""

    name: str
    """`float16`, …, `int32`, `bool`, or "" if nothing is known."""
    weak: bool = False
    clash: tuple[str, str] | None = None
    """The two dtypes that met and that TensorFlow refuses to mix; every later value is then unknown."""


ANY = Dtype("")
BOOL = Dtype("bool")
WEAK_FLOAT = Dtype("float32", weak=True)
WEAK_INT = Dtype("int32", weak=True)
WEAK_BOOL = Dtype("bool", weak=True)

FLOATS = ("float16", "bfloat16", "float32", "float64")
_RANK = ("bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64")


def _rank(name: str) -> int:
    """How wide a dtype is; those that never meet in arithmetic (strings, complex numbers) come last."""
    return _RANK.index(name) if name in _RANK else len(_RANK)


DtypeRule = Callable[..., Dtype]
"""`rule(promote, *dtypes, **attrs)`: `promote` says whether the dialect promotes (keras.ops) or raises (tf)."""


@cache
def joined(promote: bool, *dtypes: Dtype) -> Dtype:
    """The common dtype of arguments that must agree: tensors exactly, weak numbers as the tensors say."""
    if broken := next((d for d in dtypes if d.clash), None):
        return broken
    if any(not d.name for d in dtypes):
        return ANY
    strong = [d for d in dtypes if not d.weak]
    if not strong:
        return Dtype(max((d.name for d in dtypes), key=_rank), weak=True)
    names = sorted({d.name for d in strong}, key=_rank)
    if len(names) == 1:
        return strong[0]
    if promote:
        half = set(names) == {"bfloat16", "float16"}
        return Dtype("float32" if half else names[-1])
    return Dtype("", clash=(strong[0].name, next(d.name for d in strong if d.name != strong[0].name)))


@dataclass(frozen=True, slots=True)
class Format:
    """A floating-point format, as TensorFlow's CPU kernels compute in it."""

    name: str
    compute: Any
    """The NumPy dtype that holds its values and in which one op is computed before it is rounded."""
    max: float
    tiny: float
    """The smallest normal number."""
    flushes: bool
    """Whether subnormal results become zero."""
    digits: int
    """Bits of the significand, the hidden one included."""

    def round(self, values: npt.ArrayLike) -> Array:
        """The nearest values of this format, overflow to infinity, subnormals flushed where TensorFlow does."""
        found = np.asarray(values, self.compute)
        if self.name == "float16":
            return found.astype(np.float16).astype(np.float32)
        if self.name == "bfloat16":
            found = _to_bfloat16(found)
        small = np.abs(found) < self.tiny
        return found * ~small if np.count_nonzero(small) else found  # Zeros keep their sign.

    @property
    def epsilon(self) -> float:
        """The spacing of numbers just above one."""
        return float(2.0 ** (1 - self.digits))

    def ulp(self, value: float) -> float:
        """The spacing of this format's numbers at `value`."""
        if not np.isfinite(value):
            return float("nan")
        exponent = np.floor(np.log2(max(abs(value), self.tiny)))
        return float(2.0 ** (exponent + 1 - self.digits))


FORMATS = {
    "float16": Format("float16", np.float32, 65504.0, 2.0**-14, flushes=False, digits=11),
    "bfloat16": Format("bfloat16", np.float32, 3.3895313892515355e38, 2.0**-126, flushes=True, digits=8),
    "float32": Format("float32", np.float32, 3.4028234663852886e38, 2.0**-126, flushes=True, digits=24),
    "float64": Format("float64", np.float64, 1.7976931348623157e308, 2.0**-1022, flushes=True, digits=53),
}


def _to_bfloat16(values: Array) -> Array:
    """Round to nearest, ties to even, on the upper 16 bits of float32."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    rounded = (bits + (0x7FFF + ((bits >> 16) & 1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(values), values, rounded.astype(np.uint32).view(np.float32))


def ordinals(values: Array, fmt: Format) -> Array:
    """Integers in the order of the floats, neighbours one apart: to bisect floats, bisect these."""
    bits = _bits(values, fmt)
    return np.where(bits < 0, -(bits & np.int64(_MASK[fmt.name])), bits)


def from_ordinals(numbers: Array, fmt: Format) -> Array:
    """The inverse of `ordinals` (both zeros give +0)."""
    numbers = np.asarray(numbers, np.int64)
    magnitude = np.abs(numbers)
    match fmt.name:
        case "float64":
            values: Array = magnitude.view(np.float64)
        case "float32":
            values = magnitude.astype(np.uint32).view(np.float32)
        case "bfloat16":
            values = (magnitude.astype(np.uint32) << np.uint32(16)).view(np.float32)
        case _:
            values = magnitude.astype(np.uint16).view(np.float16).astype(np.float32)
    return np.where(numbers < 0, -values, values)


_MASK = {"float16": 0x7FFF, "bfloat16": 0x7FFF, "float32": 0x7FFFFFFF, "float64": 0x7FFFFFFFFFFFFFFF}


def _bits(values: Array, fmt: Format) -> Array:
    """The format's bits, sign-extended."""
    match fmt.name:
        case "float64":
            return np.asarray(values, np.float64).view(np.int64)
        case "float32":
            return np.asarray(values, np.float32).view(np.int32).astype(np.int64)
        case "bfloat16":
            return (np.asarray(values, np.float32).view(np.int32) >> 16).astype(np.int64)
        case _:
            return np.asarray(values).astype(np.float16).view(np.int16).astype(np.int64)
