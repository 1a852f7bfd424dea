"""Where nablint and TensorFlow differ on generated activations, each difference with its cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.finding import Finding
from nablint.source import Source
from truth.generate import activations
from truth.oracle import DTYPES, MODES, Array, Function, both, failing, functions, grid

SETTINGS = replace(Settings(), half_precision=True, xla=True)
BATCH = 25


@dataclass
class Score:
    """How often both agree. A cause is named for each difference that is meant; the rest are faults."""

    functions: int = 0
    findings: int = 0
    confirmed: int = 0
    breaking: int = 0
    """Of (function, dtype, mode): those in which TensorFlow gives something that is not finite."""
    found: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        meant = "; ".join(f"{count} {cause}" for cause, count in sorted(self.causes.items()))
        return (
            f"{self.functions:,} generated functions: {self.confirmed:,} of {self.findings:,} findings confirmed "
            f"(precision {self.confirmed / max(self.findings, 1):.2%}), {self.found:,} of {self.breaking:,} failures "
            f"found (recall {self.found / max(self.breaking, 1):.2%}); meant: {meant or 'none'}"
        )


def compared(count: int, seed: int) -> Score:
    score = Score()
    everything = activations(count, seed)
    for first in range(0, count, BATCH):
        sources = everything[first : first + BATCH]
        made = functions(sources)
        found = by_function(sources)
        score.functions += len(sources)
        for name, function in zip((n for n, _ in sources), made, strict=True):
            for finding in found.get(name, ()):
                confirm(score, sources, name, function, finding)
        for dtype in DTYPES:
            for mode in MODES:
                recall(score, sources, made, found, dtype, mode)
    return score


def by_function(sources: Sequence[tuple[str, str]]) -> dict[str, list[Finding]]:
    """The numeric findings of each function."""
    text = "import tensorflow as tf\n\n\n" + "\n\n".join(text for _, text in sources)
    found: dict[str, list[Finding]] = {}
    for finding in analyse(Source("generated.py", text), SETTINGS).findings:
        if finding.witness:
            found.setdefault(finding.function, []).append(finding)
    return found


def confirm(score: Score, sources: Sequence[tuple[str, str]], name: str, function: Function, finding: Finding) -> None:
    witness = finding.witness
    assert witness is not None
    at = np.asarray([witness.inputs["x"]], witness.dtype)
    y, dy = both([function], [at], witness.mode)[0]
    score.findings += 1
    if failing(y, dy).all():
        score.confirmed += 1
    else:
        text = dict(sources)[name]
        score.wrong.append(f"not confirmed: {finding.rule} at {at[0]!r} {witness.mode}: y {y[0]}, dy {dy[0]}\n{text}")


def recall(
    score: Score,
    sources: Sequence[tuple[str, str]],
    made: Sequence[Function],
    found: dict[str, list[Finding]],
    dtype: str,
    mode: str,
) -> None:
    points = grid(SETTINGS.input_range, dtype)
    results = both(made, [points] * len(made), mode)
    for (name, text), function, (y, dy) in zip(sources, made, results, strict=True):
        bad = failing(y, dy)
        if not bad.any():
            continue
        if name in found:
            score.breaking += 1
            score.found += 1
            continue
        for cause in causes(function, points[bad], dtype):
            score.causes[cause] += 1
            break
        else:
            score.breaking += 1
            first = points[bad][np.argmin(np.abs(points[bad]))]
            score.wrong.append(f"missed: {dtype} {mode} at {first!r} and {bad.sum()} others\n{text}")


def causes(function: Function, bad: Array, dtype: str) -> Iterator[str]:
    """Why nothing is said although these inputs fail, if that is meant."""
    wide = bad.astype(np.float64)
    y, dy = both([function], [wide], "eager")[0]
    most = float(np.finfo(dtype).max) / 2  # Steps between are rounded, too.
    with np.errstate(invalid="ignore"):
        beyond = (np.abs(y) > most) | (np.abs(dy) > most)
    if beyond.all():
        yield f"whose true value or slope is beyond {dtype}"
    sliver = (np.abs(wide) < 1e-3) & (wide != 0)
    if (beyond | sliver).all():
        yield "within a hair's breadth of zero"
