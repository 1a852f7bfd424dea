"""Runs one function of the user's in TensorFlow, in another process, and says what came out."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Probe(ModuleType):
    """This package, and `nablint.probe(fn)`: Python binds a package in its parent, over the function of that name."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        # By name, since the function stands above this package.
        return sys.modules["nablint"].__getattr__("probe")(*args, **options)


sys.modules[__name__].__class__ = _Probe
