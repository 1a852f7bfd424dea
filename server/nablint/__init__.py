"""Shows where a TensorFlow or Keras activation breaks before training does.

`check` reads code, `probe` runs one function of it in TensorFlow, `assert_activation` is for unit tests, and `load`
takes one function out of a script without running the rest. They are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nablint.api import assert_activation, check, load, probe

__version__ = "0.1.0"
__all__ = ["__version__", "assert_activation", "check", "load", "probe"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nablint import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
