"""The fixes that hold: each is applied, the file analysed again, and the function's values compared."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nablint.analyse import Analysis, analyse, with_imports
from nablint.domains.dtype import FORMATS, Array
from nablint.evaluate import evaluate
from nablint.facts import Facts
from nablint.finding import Finding, Fix, Safety, apply_edits
from nablint.ir import Function
from nablint.rule import WAITING
from nablint.source import Source
from nablint.suppress import UNUSED, silencing
from nablint.trials import families, sweep

ULPS = 16
"""How far a new value may be from the true one, in units in the last place, where the old one was right."""
SLACK = 4
"""The same in units in the last place of the largest number on the way: what cancellation may cost."""
NOISE = 64 * FORMATS["float64"].epsilon
"""What float64 may lose on the way, relative to the largest number there."""
KINKS = 0.1
"""The share of points at which an exact fix may have another slope: ties, and zeros."""


def offered(analysis: Analysis, finding: Finding) -> tuple[Fix, ...]:
    """Those of the finding's fixes that hold, in their order."""
    complete = (with_imports(analysis, fix) for fix in finding.fixes)
    return tuple(fix for fix in complete if holds(analysis, finding, fix))


def holds(analysis: Analysis, finding: Finding, fix: Fix) -> bool:
    """Whether the fix answers the finding, brings no other, loses no comment and keeps what it says it keeps."""
    if loses_comment(analysis.source, fix):
        return False
    after = analyse(apply_edits(analysis.source, fix.edits), analysis.settings, analysis)
    return (
        len(after.errors) <= len(analysis.errors)
        and _answers(analysis, after, finding)
        and all(_keeps(old, new, fix.safety, analysis.settings.input_range) for old, new in _changed(analysis, after))
        and (finding.witness is None or set(_names(analysis)) <= set(_names(after)))
    )


def ignoring(analysis: Analysis, finding: Finding) -> Fix | None:
    """The comment that silences the finding where it begins or ends, if one can stand there."""
    if finding.rule == UNUSED:
        return None
    for line in dict.fromkeys((finding.span.start[0], finding.span.end[0])):
        edit = silencing(analysis.source, line, (finding.rule,))
        after = analyse(apply_edits(analysis.source, (edit,)), analysis.settings, analysis)
        if len(after.errors) <= len(analysis.errors) and _answers(analysis, after, finding):
            return Fix(f"Ignore {finding.rule} on this line", (edit,))
    return None


def loses_comment(source: Source, fix: Fix) -> bool:
    """Whether the fix takes out a comment that its new text does not have."""
    old = Counter(c for edit in fix.edits for c in _comments(source.slice(edit.span)))
    new = Counter(c for edit in fix.edits for c in _comments(edit.text))
    return bool(old - new)


def _comments(text: str) -> Iterator[str]:
    if "#" not in text:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return  # A fragment need not be whole; its comments came before the end.


def _answers(before: Analysis, after: Analysis, finding: Finding) -> bool:
    """Whether there is one finding of its kind less, and none of any kind more but of those that waited."""
    old, new = _counted(before), _counted(after)
    kind = finding.function, finding.rule
    return new[kind] < old[kind] and all(rule in WAITING for _, rule in new - old)


def _counted(analysis: Analysis) -> Counter[tuple[str, str]]:
    return Counter((finding.function, finding.rule) for finding in analysis.findings)


def _names(analysis: Analysis) -> list[str]:
    return [function.name for function in analysis.functions]


def _changed(before: Analysis, after: Analysis) -> Iterator[tuple[Facts, Facts]]:
    """The paths of functions whose code is another, old and new."""
    old, new = _paths(before), _paths(after)
    for name, paths in old.items():
        for one, other in zip(paths, new.get(name, []), strict=False):
            if one is not other:
                yield one, other


def _paths(analysis: Analysis) -> dict[str, list[Facts]]:
    found: dict[str, list[Facts]] = {}
    for function in analysis.functions:
        found.setdefault(function.name, []).extend(function.facts)
    return found


def _keeps(old: Facts, new: Facts, safety: Safety, limit: float) -> bool:
    """Whether the values are those that the fix promises."""
    if len(old.function.params) != len(new.function.params) or (old.complete and not new.complete):
        return False
    if not old.complete:
        return True
    inputs = _inputs(old.expanded)
    if safety is Safety.CHANGES_VALUES:
        return _is_finite(new, inputs, limit)
    truth = _outcome(old, inputs, "float64")
    if truth is None:
        return True  # It cannot run as it is: its dtypes clash.
    agree = _agrees(old, new, inputs, truth)
    return agree and (safety is not Safety.SAFE or _same_slope(old, new, inputs))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out of a number of trials: for each a row."""

    result: Array
    largest: Array
    """The largest finite number on the way to the result."""


def _agrees(old: Facts, new: Facts, inputs: Sequence[Array], truth: Outcome) -> bool:
    """Whether new values are right wherever the old ones were: in float32, and in float64 where that is exact."""
    before = _outcome(old, inputs, "float32")
    after, exact = _outcome(new, inputs, "float32"), _outcome(new, inputs, "float64")
    if before is None:
        return True
    if after is None or exact is None or before.result.shape != after.result.shape:
        return False
    a, b, true = before.result, after.result, truth.result
    epsilon = FORMATS["float32"].epsilon
    with np.errstate(all="ignore"):
        size = np.abs(true) + FORMATS["float32"].tiny
        # An exact zero is often all that cancellation left of a small number.
        lost = np.where(true == 0, NOISE * truth.largest, 0)
        allowed = lost + ULPS * epsilon * size + SLACK * epsilon * np.minimum(before.largest, after.largest)
        known = np.isfinite(a) & np.isfinite(true)
        right = known & (np.abs(a - true) <= allowed)
        # What float32 gets right to a few digits, float64 gets right to many more.
        stable = known & (np.abs(a - true) <= 1e-3 * size)
        close = lost + 1e-7 * size + NOISE * np.minimum(truth.largest, exact.largest)
        wrong = (right & ~(np.abs(b - true) <= allowed)) | (stable & ~(np.abs(exact.result - true) <= close))
        return not wrong.any()


def _same_slope(old: Facts, new: Facts, inputs: Sequence[Array]) -> bool:
    """Whether the slopes agree at all but a few points."""
    for one, other in zip(old.slopes, new.slopes, strict=False):
        if one.function is None or other.function is None:
            if one.function is not other.function:
                return False
            continue
        a = _evaluated(one.function, old.expanded.params, inputs, "float64")[one.function.result]
        b = _evaluated(other.function, new.expanded.params, inputs, "float64")[other.function.result]
        if a is None or b is None:
            continue
        with np.errstate(all="ignore"):
            differ = np.abs(a - b) > 1e-6 * (1 + np.abs(a))
            both = np.isfinite(a) & np.isfinite(b)
        if np.sum(both & differ) > KINKS * np.sum(both):
            return False
    return True


def _is_finite(known: Facts, inputs: Sequence[Array], limit: float) -> bool:
    """Whether the values are finite for all inputs within the range."""
    inside = np.all([np.abs(_rows(x, len(x))).max(axis=1) <= limit for x in inputs], axis=0)
    found = _outcome(known, inputs, "float32")
    return found is not None and bool(np.isfinite(found.result[inside]).all())


def _outcome(known: Facts, inputs: Sequence[Array], dtype: str) -> Outcome | None:
    values = _evaluated(known.expanded, known.expanded.params, inputs, dtype)
    result, trials = values[known.expanded.result], len(inputs[0])
    if result is None:
        return None
    largest = np.zeros(trials)
    for value in values:
        if value is not None and value.dtype.kind == "f" and value.shape[:1] == (trials,):
            rows = np.abs(_rows(value, trials))
            largest = np.maximum(largest, np.max(np.where(np.isfinite(rows), rows, 0), axis=1))
    return Outcome(_rows(result, trials), largest[:, None])


def _rows(value: Array, trials: int) -> Array:
    """One row of float64 numbers for each trial."""
    wide = np.broadcast_to(value, (trials, *value.shape[1:])).astype(np.float64)
    return wide.reshape(trials, -1)


def _evaluated(
    function: Function, params: Sequence[int], inputs: Sequence[Array], dtype: str
) -> tuple[Array | None, ...]:
    return evaluate(function, dtype, "eager", dict(zip(params, inputs, strict=True)))


def _inputs(fn: Function) -> tuple[Array, ...]:
    """For each parameter, every trial of every family: numbers that float32 can hold."""
    t = sweep(fn, FORMATS["float32"])
    parts = [family.inputs(t) for family in families(fn)]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
