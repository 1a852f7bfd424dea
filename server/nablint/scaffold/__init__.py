"""Writes a pytest file for one activation."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nablint.analyse import Analysed, Analysis
from nablint.config import Settings, did_you_mean
from nablint.scaffold.hazards import Hazard, follows, known_hazards
from nablint.scaffold.importing import import_lines
from nablint.scaffold.subject import Subject, subject
from nablint.scaffold.template import CHOSEN, FILE, NUMERICAL
from nablint.slice.text import parse

__all__ = ["Scaffold", "scaffold"]


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A test to be written, or why there is none."""

    file: str = ""
    """The name that the file should have, without a folder."""
    text: str = ""
    refused: str = ""
    """Empty, or one sentence for the user."""


def scaffold(analysis: Analysis, name: str, folder: Path | None = None) -> Scaffold:
    """A test of the activation `name`, as it is to stand in `folder`, which is by default that of the source.

    Nothing is written and nothing of the user's is run. `name` is as in `analysis.functions`: `swish`, `Swish.call`,
    `make.<locals>.act` or `make.act`.
    """
    found = _named(analysis.functions, name)
    if found is None:
        names = [function.name.replace(".<locals>", "") for function in analysis.functions]
        suggested = did_you_mean(name, names) or (f" The file has {', '.join(names)}." if names else "")
        return Scaffold(refused=f"There is no function {name} that nablint reads.{suggested}")
    try:
        _, tree = parse(analysis.source.text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Scaffold(refused=f"The file cannot be read as Python: {getattr(error, 'msg', error)}.")
    what = subject(found, tree)
    if what.refused:
        return Scaffold(refused=what.refused)
    return Scaffold(_file(found.name), _text(analysis, found, what, tree, folder))


def _text(analysis: Analysis, found: Analysed, what: Subject, tree: ast.Module, folder: Path | None) -> str:
    path = Path(analysis.source.path)
    first, after = import_lines(path, tree, what.imported, folder or path.parent)
    hazards = known_hazards(analysis, found, analysis.settings.input_range)
    return FILE.substitute(
        title=f"What {_spoken(found.name)} must hold to train well: written by `nablint scaffold`, yours to change.",
        imports="".join(_imports(analysis.source.text, first, after, what)),
        after=f"{after}\n" if after else "",
        limit=repr(analysis.settings.input_range),
        finite=_finite(analysis.settings),
        known="".join(_known(hazards)),
        setup=what.setup,
        numerical=NUMERICAL if follows(analysis, found) else CHOSEN,
        layer=what.layer.format(dtype="dtype"),
        custom=what.custom,
    )


def _imports(text: str, first: str, after: str, what: Subject) -> Iterator[str]:
    """The import lines in the order that isort gives them."""
    needed = f"{after}{what.setup}"
    plain = [line for line, word in (("import sys\n", "sys."),) if word in needed]
    named = [
        line
        for line, word in (("from functools import cache\n", "@cache"), ("from pathlib import Path\n", "Path("))
        if word in needed
    ]
    yield from (*plain, *named, "\n") if plain or named else ()
    is_alone = re.search(r"^\s*(?:import|from) keras\b", text, re.MULTILINE)
    yield "import keras\n" if is_alone else ""
    yield first if first == "import nablint\n" else ""
    yield "import numpy as np\nimport pytest\nimport tensorflow as tf\n"
    yield "" if is_alone else "from tensorflow import keras\n"
    yield f"\n{first}" if first.startswith("from") else ""


def _finite(settings: Settings) -> str:
    return "DTYPES" if settings.half_precision else '("float32", "float64")'


def _known(hazards: Sequence[Hazard]) -> Iterator[str]:
    if hazards:
        yield "    # Where it broke when this test was written.\n"
    seen: Counter[tuple[str, str]] = Counter()
    for rule, dtype, x in hazards:
        seen[rule, dtype] += 1
        name = rule if seen[rule, dtype] == 1 else f"{rule} {seen[rule, dtype]}"
        value = repr(list(x) if isinstance(x, tuple) else x)
        yield f'    pytest.param("{dtype}", {value}, id="{name}-{dtype}"),\n'


def _named(functions: Iterable[Analysed], name: str) -> Analysed | None:
    """The last function of that name, as Python would have it."""
    return next((f for f in reversed([*functions]) if name in (f.name, f.name.replace(".<locals>", ""))), None)


def _spoken(name: str) -> str:
    return name.replace(".<locals>", "")


def _file(name: str) -> str:
    return f"test_{re.sub(r'[^A-Za-z0-9]+', '_', _spoken(name)).strip('_').lower()}.py"
