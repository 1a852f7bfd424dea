"""A bound on nesting, checked on the text: the parser's own stack would overflow, which no one can catch."""

from __future__ import annotations

import re

_BRACKETS = 100
_OPERATORS = 250
_LONG = 1_000_000

_STRING = "|".join(
    rf"{quotes}(?:[^\\]|\\.)*?{quotes}"
    if len(quotes) == 3
    else rf"{quotes}[^{quotes}\\\r\n]*(?:\\.[^{quotes}\\\r\n]*)*{quotes}"
    for quotes in ('"""', "'''", '"', "'")
)
_TOKEN = re.compile(
    rf"{_STRING}|\#[^\r\n]*"
    r"|[(\[{]|[)\]}]|[,;\r\n]|[-+*/%&|~^@<>.=]+|\b(?:not|lambda|if|elif|else|and|or|await|yield)\b",
    re.DOTALL,
)


def nests_too_deeply(text: str) -> bool:
    """Whether the text has more brackets within brackets, or operators in one expression, than we follow."""
    if len(text) > _LONG:
        return True
    if len(text) < _BRACKETS:
        return False
    depth = 0
    chains = [0]
    for match in _TOKEN.finditer(text):
        found = match[0]
        kind = found[0]
        if kind in "([{":
            depth += 1
            chains.append(chains[-1] + 1)
        elif kind in ")]}":
            depth = max(depth - 1, 0)
            chains[-2:] = [chains[max(len(chains) - 2, 0)] + 1]
        elif kind in ",;" or (kind in "\r\n" and not depth):
            chains[-1] = chains[-2] + 1 if len(chains) > 1 else 0
        elif kind not in "\"'#\r\n":
            chains[-1] += len(found)
        if depth > _BRACKETS or chains[-1] > _OPERATORS:
            return True
    return False
