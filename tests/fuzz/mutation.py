"""Code with a few tokens deleted, doubled, swapped or replaced: what a file looks like while it is written."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from carets import FIXTURES, stripped
from nablint.analyse import Analysis, analyse
from nablint.finding import Finding
from nablint.source import Source

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_ODD = [*"()[]{}*:=@.,", "lambda", "if", "for", "**", "\n", "    ", "return", "yield", "'", '"""', "\\", "self",
        "...", "1e999", "match", "async ", "await ", "not", "in", "is", "\t", "\r\n", "\0", "0x", "del x",
        "global x"]  # fmt: skip


def mutated(code: str, dice: random.Random) -> str:
    tokens = _TOKEN.findall(code)
    for _ in range(dice.randint(1, 4)):
        i, j = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        match dice.randrange(4):
            case 0 if len(tokens) > 1:
                del tokens[i]
            case 1:
                tokens.insert(i, tokens[j])
            case 2:
                tokens[i], tokens[j] = tokens[j], tokens[i]
            case _:
                tokens[i] = dice.choice(_ODD)
    return "".join(tokens)


def fixtures() -> list[str]:
    return [stripped(path.read_text(encoding="utf-8")) for path in sorted(FIXTURES.rglob("*.py"))]


def public(folders: Iterable[Path], most: int, dice: random.Random) -> list[str]:
    """Some files of installed libraries."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py") if path.stat().st_size < 40_000)
    return [path.read_text(encoding="utf-8", errors="replace") for path in dice.sample(paths, min(most, len(paths)))]


def broken(codes: list[str], count: int, dice: random.Random) -> Iterator[str]:
    """Everything wrong with what is found in mutated codes, each also as an edit of the one before."""
    previous: Analysis | None = None
    for _ in range(count):
        text = mutated(dice.choice(codes), dice)
        try:
            found = analyse(Source("fuzz.py", text))
            after = analyse(Source("fuzz.py", text), previous=previous)
        except Exception as error:
            yield f"{error!r} on {text!r}"
            continue
        previous = found
        if said(found) != said(after):
            yield f"an edit leads elsewhere than a fresh look at {text!r}"
        yield from (f"{finding} stands beyond {text!r}" for finding in found.findings if not _stands(finding, text))


def said(analysis: Analysis) -> list[tuple[str, object, str]]:
    return [(finding.rule, finding.span, finding.message) for finding in analysis.findings]


def _stands(finding: Finding, text: str) -> bool:
    """Whether it stands on something, and says something."""
    return bool(Source("", text).slice(finding.span).strip() and finding.message.endswith((".", "?", "…")))
