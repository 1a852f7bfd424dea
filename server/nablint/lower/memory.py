"""What is computed once for each parsed source."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from nablint.parse import Parsed

T = TypeVar("T")


class Remembered(Generic[T]):
    """A function, asked once for each source as long as that source lives."""

    def __init__(self, function: Callable[[Parsed], T]) -> None:
        self._function = function
        self._answers: weakref.WeakKeyDictionary[Parsed, T] = weakref.WeakKeyDictionary()

    def __call__(self, parsed: Parsed) -> T:
        if parsed not in self._answers:
            self._answers[parsed] = self._function(parsed)
        return self._answers[parsed]

    def tell(self, parsed: Parsed, answer: T) -> None:
        """Remembers an answer that is known already."""
        self._answers[parsed] = answer
