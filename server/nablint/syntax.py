"""Python's own parser on code of the user's, which it may not like but must not talk about: warnings are left out."""

from __future__ import annotations

import ast
import warnings


def module(text: str) -> ast.Module:
    """The statements of a text; raises what `ast.parse` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def expression(text: str) -> ast.expr:
    """The one expression that a text is; raises what `ast.parse` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body
