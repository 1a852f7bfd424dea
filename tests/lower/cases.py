"""Cases as Markdown: a heading, the code, and what it is lowered to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nablint.ir import Apply, Function, show
from nablint.lower import functions
from nablint.parse import parse
from nablint.source import NOWHERE, Source

HERE = Path(__file__).parent
_CASE = re.compile(
    r"^## (?P<name>.+?)\n(?P<words>.*?)```python\n(?P<code>.*?)```\n\n```text\n(?P<expected>.*?)```$", re.M | re.S
)


@dataclass(frozen=True)
class Case:
    """One piece of code and what it means."""

    page: Path
    name: str
    code: str
    expected: str


def cases() -> Iterator[Case]:
    for page in sorted(HERE.glob("*.md")):
        for found in _CASE.finditer(page.read_text("utf-8")):
            yield Case(page, f"{page.stem}: {found['name']}", found["code"], found["expected"])


def described(code: str) -> str:
    """Every function of the code: its IR, and beside each op its spelling and the text that its spans cover."""
    source = Source("case.py", code)
    return "\n".join(_described(source, fn) for fn in functions(parse(source)))


def _described(source: Source, fn: Function) -> str:
    notes = {i: _note(source, node) for i, node in enumerate(fn.nodes) if isinstance(node, Apply)}
    about = [fn.kind, *sorted(fn.roles), *fn.assumptions]
    gradient = ", ".join("None" if c is None else f"%{c}" for c in fn.cotangents)
    lines = [f"{fn.name}: {', '.join(about)}", show(fn, notes)]
    if fn.upstream is not None:
        lines.append(f"gradient of %{fn.upstream}: {gradient}")
    return "\n".join(lines) + "\n"


def _note(source: Source, node: Apply) -> str:
    def text(span: object) -> str:
        return " ".join(source.slice(span).split()) if span != NOWHERE else "?"  # type: ignore[arg-type]

    inlined = f" in {text(node.inlined)}" if node.inlined != NOWHERE else ""
    return f"{node.spelling}  {text(node.span)}{inlined}  <- {' | '.join(map(text, node.uses))}"


def rewrite(page: Path) -> None:
    """Writes the answers of a page anew."""
    page.write_text(_CASE.sub(_answered, page.read_text("utf-8")), "utf-8")


def _answered(found: re.Match[str]) -> str:
    head, _, _ = found[0].partition("```text\n")
    return f"{head}```text\n{described(found['code'])}```"
