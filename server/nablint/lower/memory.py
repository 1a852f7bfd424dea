"""What is computed once for each parsed source."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TypeVar

from nablint.parse import Parsed

T = TypeVar("T")


def remembered(function: Callable[[Parsed], T]) -> Callable[[Parsed], T]:
    """The function, asked once for each source as long as that source lives."""
    answers: weakref.WeakKeyDictionary[Parsed, T] = weakref.WeakKeyDictionary()

    def answer(parsed: Parsed) -> T:
        if parsed not in answers:
            answers[parsed] = function(parsed)
        return answers[parsed]

    return answer
