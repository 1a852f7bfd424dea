"""The fixes that hold: each is applied, the file analysed again, and the function's values compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nablint.analyse import Analysis, analyse, with_imports
from nablint.domains.dtype import FORMATS, Array
from nablint.evaluate import evaluate
from nablint.exact import exact
from nablint.facts import Facts
from nablint.finding import Finding, Fix, Safety, apply_edits
from nablint.ir import Apply, Function, reachable
from nablint.rewrite.place import comments
from nablint.rule import WAITING
from nablint.source import Source
from nablint.suppress import UNUSED, silencing
from nablint.trials import families, sweep

ULPS = 16
"""How far a new value may be from the true one, in units in the last place, where the old one was right."""
RIGHT = 4
"""Where the old value is as near as this, and its operands are no more times larger, it counts as right, and not by
chance; the new one's distance there is the fix's drift."""
SLACK = 4
"""The same in units in the last place of the largest number on the way: what cancellation may cost."""
NOISE = 64 * FORMATS["float64"].epsilon
"""What float64 may lose on the way, relative to the largest number there."""
DOUBT = 1e-9
"""Where float64 may have lost more of a value than this, it is computed to a hundred digits."""
DOUBTS = 96
"""About so many numbers are, of all that are in doubt."""
DUST = 1024 * FORMATS["float32"].tiny / FORMATS["float32"].epsilon
"""About 1e-28. Numbers below count as zero: on the way to them lie some that have lost digits, or are flushed."""
KINKS = 0.1
"""The share of points at which an exact fix may have another slope: ties, and zeros."""


def offered(analysis: Analysis, finding: Finding) -> tuple[Fix, ...]:
    """Those of the finding's fixes that hold, in their order, each with its drift."""
    return tuple(offers(analysis, finding))


def offers(analysis: Analysis, finding: Finding) -> Iterator[Fix]:
    """The same, one after the other, for those who need the first."""
    complete = (with_imports(analysis, fix) for fix in finding.fixes)
    return (sure for fix in complete if (sure := verified(analysis, finding, fix)))


def holds(analysis: Analysis, finding: Finding, fix: Fix) -> bool:
    """Whether the fix answers the finding, brings no other, loses no comment and keeps what it says it keeps."""
    return verified(analysis, finding, fix) is not None


def verified(analysis: Analysis, finding: Finding, fix: Fix) -> Fix | None:
    """The fix with its drift, or None if it does not hold."""
    if loses_comment(analysis.source, fix):
        return None
    after = analyse(apply_edits(analysis.source, fix.edits), analysis.settings, analysis)
    if len(after.errors) > len(analysis.errors) or not _answers(analysis, after, finding):
        return None
    if finding.witness is not None and not set(_names(analysis)) <= set(_names(after)):
        return None
    return _measured(analysis, after, fix)


def _measured(analysis: Analysis, after: Analysis, fix: Fix) -> Fix | None:
    limit = analysis.settings.input_range
    kept = [_kept(old, new, fix.safety, limit) for old, new in _changed(analysis, after)]
    drifts = [drift for drift in kept if drift is not None]
    return replace(fix, drift=max(drifts, default=0.0)) if len(drifts) == len(kept) else None


def harmless(analysis: Analysis, fix: Fix) -> Fix | None:
    """The fix with its drift if it answers no finding, and brings none and changes nothing; else None."""
    after = analyse(apply_edits(analysis.source, fix.edits), analysis.settings, analysis)
    if loses_comment(analysis.source, fix) or len(after.errors) > len(analysis.errors):
        return None
    if _counted(after) - _counted(analysis) or _names(analysis) != _names(after):
        return None
    return _measured(analysis, after, fix)


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
    old = Counter(c for edit in fix.edits for c in comments(source.slice(edit.span)))
    new = Counter(c for edit in fix.edits for c in comments(edit.text))
    return bool(old - new)


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


def _kept(old: Facts, new: Facts, safety: Safety, limit: float) -> float | None:
    """The drift if the values are those that the fix promises, else None."""
    if len(old.function.params) != len(new.function.params) or (old.complete and not new.complete):
        return None
    if not old.complete:
        return 0.0
    inputs = _inputs(old.expanded)
    if safety is Safety.CHANGES_VALUES:
        return 0.0 if _is_finite(new, inputs, limit) else None
    drift = _drift(old, new, inputs)
    if drift is None or (safety is Safety.SAFE and not _same_slope(old, new, inputs)):
        return None
    return drift


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes out of a number of trials: for each a row."""

    result: Array
    largest: Array
    """The largest finite number on the way to the result."""
    whole: Array
    """Whether all numbers on the way are finite."""
    loss: Array
    """How many times larger the operands of a sum or logarithm are than what is left of them."""


def _drift(old: Facts, new: Facts, inputs: Sequence[Array]) -> float | None:
    """How much farther from the truth new values are than old ones at most, in ulps of float32 (of a row, in those of
    its largest element), where the old ones were right.

    None if a new value is wrong: in float32 where the old one was right, in float64 where there is a true value.
    """
    truth = _truth(old.expanded, old.expanded.params, inputs)
    before = _outcome(old.expanded, old.expanded.params, inputs, "float32")
    if truth is None or before is None:
        return 0.0  # It cannot run as it is: its dtypes clash.
    after, wide = (_outcome(new.expanded, new.expanded.params, inputs, dtype) for dtype in ("float32", "float64"))
    if after is None or wide is None or before.result.shape != after.result.shape:
        return None
    with np.errstate(all="ignore"):
        size = np.max(np.abs(truth), axis=1, keepdims=True) + DUST
        ulp = FORMATS["float32"].epsilon * size
        was, now = np.abs(before.result - truth) / ulp, np.abs(after.result - truth) / ulp
        allowed = ULPS + SLACK * np.minimum(before.largest, after.largest) / size
        known = np.isfinite(truth)
        wrong = known & (was <= allowed) & ~(now <= allowed)
        far = known & ~(np.abs(wide.result - truth) <= 1e-7 * size + NOISE * wide.largest)
    right = known & (was <= RIGHT) & (before.loss <= RIGHT)
    return None if (wrong | far).any() else float(np.max(now[right] - was[right], initial=0.0))


def _truth(fn: Function, params: Sequence[int], inputs: Sequence[Array]) -> Array | None:
    """For each trial a row of true values: those of float64 where they are sure, else exact ones, NaN if not known."""
    found = _outcome(fn, params, inputs, "float64")
    if found is None:
        return None
    with np.errstate(all="ignore"):
        sure = found.whole & np.isfinite(found.result) & (NOISE * found.loss <= DOUBT)
    truth = np.where(sure, found.result, np.nan)
    doubtful = np.flatnonzero(~sure.all(axis=1))
    most = max(8, DOUBTS // max(1, inputs[0][0].size))
    chosen = doubtful[:: max(1, -(-len(doubtful) // most))]
    real = exact(fn, {p: x[chosen] for p, x in zip(params, inputs, strict=True)}) if len(chosen) else None
    if real is not None:
        truth[chosen] = _rows(real, len(chosen))
    return truth


def _same_slope(old: Facts, new: Facts, inputs: Sequence[Array]) -> bool:
    """Whether the slopes agree at all but a few points."""
    for one, other in zip(old.slopes, new.slopes, strict=False):
        if one.function is None or other.function is None:
            if one.function is not other.function:
                return False
            continue
        a = _truth(one.function, old.expanded.params, inputs)
        b = _outcome(other.function, new.expanded.params, inputs, "float64")
        if a is None or b is None:
            continue
        with np.errstate(all="ignore"):
            differ = np.abs(a - b.result) > 1e-6 * (1 + np.abs(a))
            both = np.isfinite(a) & np.isfinite(b.result)
        if np.sum(both & differ) > KINKS * np.sum(both):
            return False
    return True


def _is_finite(known: Facts, inputs: Sequence[Array], limit: float) -> bool:
    """Whether the values are finite for all inputs within the range."""
    inside = np.all([np.abs(_rows(x, len(x))).max(axis=1) <= limit for x in inputs], axis=0)
    found = _outcome(known.expanded, known.expanded.params, inputs, "float32")
    return found is not None and bool(np.isfinite(found.result[inside]).all())


def _outcome(fn: Function, params: Sequence[int], inputs: Sequence[Array], dtype: str) -> Outcome | None:
    values = evaluate(fn, dtype, "eager", dict(zip(params, inputs, strict=True)))
    result, trials = values[fn.result], len(inputs[0])
    if result is None:
        return None
    largest, whole = np.zeros((trials, 1)), np.ones((trials, 1), bool)
    loss = np.ones((trials, 1))
    for index in reachable(fn):
        value, node = values[index], fn.nodes[index]
        if value is None or value.dtype.kind != "f" or value.shape[:1] != (trials,):
            continue
        most, whole = _most(value, trials), whole & np.isfinite(_rows(value, trials)).all(axis=1, keepdims=True)
        largest = np.maximum(largest, most)
        if isinstance(node, Apply) and node.op in LOSING:
            loss = np.maximum(loss, _loss([values[arg] for arg in node.args], value, trials))
    return Outcome(_rows(result, trials), largest, whole, loss)


LOSING = frozenset({"add", "sub", "sum", "mean", "log"})
"""Ops of which a small result may be what is left of large operands."""


def _loss(operands: Sequence[Array | None], value: Array, trials: int) -> Array:
    most: Array = np.max([_most(x, trials) for x in operands if x is not None], axis=0)
    least = np.min(np.abs(_rows(value, trials)), axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(most > 0, most / least, 1.0))


def _most(value: Array, trials: int) -> Array:
    """The largest finite magnitude of each trial."""
    rows = np.abs(_rows(value, trials))
    return np.asarray(np.max(np.where(np.isfinite(rows), rows, 0), axis=1, keepdims=True))


def _rows(value: Array, trials: int) -> Array:
    """One row of float64 numbers for each trial."""
    wide = np.broadcast_to(value, (trials, *value.shape[1:]) if value.ndim else (trials,)).astype(np.float64)
    return wide.reshape(trials, -1)


def _inputs(fn: Function) -> tuple[Array, ...]:
    """For each parameter, every trial of every family: numbers that float32 can hold."""
    t = sweep(fn, FORMATS["float32"])
    parts = [family.inputs(t) for family in families(fn)]
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
