"""Import statements read from their text: what the module's own names stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

STAR = "*"
"""The first character of the key under which `from … import *` is kept."""

_STATEMENT = re.compile(
    r"^[ \t\f]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)?|[^\r\n;]+)|import[ \t]+([^\r\n;]+))"
    r"|;[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)?|[^\r\n;]+)|import[ \t]+([^\r\n;]+))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#[^\r\n]*")


def imports(text: str) -> Iterator[tuple[str, str]]:
    """(local name, full dotted name) of each import in the text; `import a.b` binds `a`."""
    for found in _STATEMENT.finditer(re.sub(r"\\\r?\n", " ", _COMMENT.sub("", text))):
        first, second, third, fourth, fifth, sixth = found.groups()
        if module := first or fourth:
            for name, alias in _names(second or fifth):
                yield (STAR + module, module) if name == "*" else (alias or name, f"{module}.{name}")
        else:
            for name, alias in _names(third or sixth):
                yield (alias, name) if alias else (name.partition(".")[0],) * 2


def _names(text: str) -> Iterator[tuple[str, str]]:
    for part in text.strip("() \t").split(","):
        words = part.split()
        if words:
            yield words[0], words[2] if len(words) == 3 and words[1] == "as" else ""
