"""The one sentence to say first about a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nablint.probe.protocol import DTYPES, POLICIES, Number, Region, Report, Run

_WIDE = ("float32", "float64")
_HALF = ("float16", "bfloat16", *POLICIES)
_WORDS = {"nan": "NaN", "inf": "infinite", "-inf": "minus infinite"}
_COUNTS = {1: "", 2: "both ", 3: "all three ", 4: "all four "}


def verdict(report: Report, limit: float) -> str:
    """The gravest thing found; the sentences are in order of gravity."""
    if report.failure:
        return report.failure
    return next(_sentences(_unbounded(report, limit)), _praise(report, limit))


def _unbounded(report: Report, limit: float) -> Report:
    """The same with regions that reach the end of the sweep running on to infinity."""

    def open_ended(region: Region) -> Region:
        low, high = _flushed(float(region.low)), _flushed(float(region.high))
        zero = low == high == 0 and region.row != "" and not region.row.startswith("y_true")
        return replace(
            region,
            row="all zero" if zero else region.row,
            low="-inf" if low <= -0.99 * limit else low,
            high="inf" if high >= 0.99 * limit else high,
        )

    runs = tuple(
        replace(run, value=tuple(map(open_ended, run.value)), slope=tuple(map(open_ended, run.slope)))
        for run in report.runs
    )
    return replace(report, runs=runs)


def _flushed(number: float) -> float:
    """What is so close to 0 that a model meets it at 0 alone."""
    return 0.0 if abs(number) <= 1e-12 else number


def _sentences(report: Report) -> Iterator[str]:
    runs = report.runs
    works = [run for run in runs if not run.error]
    yield from _disagreement(works)
    yield from _raised(runs)
    kinds = {run.gradient for run in works}
    if kinds == {"none"}:
        yield "Gradient is None: nothing before this activation trains."
    if "none" in kinds:
        yield f"Gradient is None in {_where(works, 'none')}: nothing before this activation trains there."
    if kinds == {"zero"}:
        yield "Gradient is zero everywhere: nothing before this activation trains."
    yield from _wrong(works)
    yield from _broken([run for run in works if run.dtype in _WIDE])
    yield from _breached(report, _WIDE)
    yield from _apart(works)
    yield from _training(report)
    yield from _saving(report)
    yield from _narrow(runs, works)
    yield from _breached(report, _HALF)
    if "zero" in kinds:
        yield f"Gradient is zero everywhere in {_where(works, 'zero')}."
    yield from _lost(works)
    if report.training is not None and report.training.unmoved:
        yield f"Training moved nothing in {', '.join(report.training.unmoved)}."
    for training in report.trainings:
        if not training.error and not training.finite:
            rate = f"a learning rate of {training.rate:g}"
            yield f"Trains, but with {rate} the loss or the weights become NaN or infinite."


def _raised(runs: tuple[Run, ...]) -> Iterator[str]:
    """What raises in float32, where models train, or everywhere."""
    errors = [run for run in runs if run.error]
    main = [run for run in errors if run.dtype == "float32"] or (errors if len(errors) == len(runs) else [])
    if not main:
        return
    first = min(main, key=lambda run: list(_MODE).index(run.mode))
    if all(run.error for run in runs):
        yield f"It raises in every dtype: {first.error}"
    elif any(not run.error and run.dtype == first.dtype for run in runs):
        yield f"It works in eager mode but raises {_MODE[first.mode]}: {first.error}"
    else:
        yield f"It raises in {first.dtype}: {first.error}"


_MODE = {"eager": "in eager mode", "function": "in tf.function, as in fit", "xla": "under XLA"}


def _wrong(works: list[Run]) -> Iterator[str]:
    for run in works:
        if not run.upstream:
            yield "Gradient ignores the incoming gradient: layers before this activation get a wrong signal."
        if run.gradient == "wrong" and run.wrong:
            x, given, true = run.wrong[len(run.wrong) // 2]
            at = f"x = {_short(x)} it is {float(given):.3g} where the derivative is {float(true):.3g}"
            yield f"Gradient is wrong: at {at}, so training follows another function."


def _disagreement(works: list[Run]) -> Iterator[str]:
    """A region of one mode that no region of the other meets, in the dtypes that train."""
    for dtype in _WIDE:
        both = {run.mode: run for run in works if run.dtype == dtype}
        if "eager" not in both or "xla" not in both:
            continue
        for what, noun in (("value", "value"), ("slope", "gradient")):
            for one, other in (("xla", "eager"), ("eager", "xla")):
                theirs = getattr(both[other], what)
                for region in getattr(both[one], what):
                    if not any(_meet(region, another) for another in theirs):
                        state = f"{_word(region)} for {_span(region)} {_WHERE[one]} but finite {_WHERE[other]}"
                        yield f"Eager and XLA disagree: in {dtype} the {noun} is {state}."


def _apart(works: list[Run]) -> Iterator[str]:
    """Finite both, and yet not the same number."""
    for eager in works:
        for xla in works:
            if (eager.mode, xla.mode) == ("eager", "xla") and eager.dtype == xla.dtype and eager.dtype in _WIDE:
                yield from _numbers_apart(eager, xla)


def _numbers_apart(eager: Run, xla: Run) -> Iterator[str]:
    if not (eager.deterministic and xla.deterministic):
        return
    for noun, one, other in (("value", eager.y, xla.y), ("gradient", eager.dy, xla.dy)):
        pairs = _paired(eager.x, one, xla.x, other)
        scale = max((abs(number) for _, *both in pairs for number in both), default=0.0)
        apart = [
            (x, mine, theirs)
            for x, mine, theirs in pairs
            if abs(mine - theirs) > 0.1 * max(abs(mine), abs(theirs)) + 1e-3 * min(1.0, scale)
        ]
        # A jump may lie one rounding further in one of them.
        if len(apart) > 2:
            x, mine, theirs = apart[len(apart) // 2]
            state = f"{_short(mine)} in eager mode but {_short(theirs)} under XLA"
            yield f"Eager and XLA disagree: in {eager.dtype} at x = {_short(x)} the {noun} is {state}."


def _paired(
    x: Sequence[Number], y: Sequence[Number], other_x: Sequence[Number], other_y: Sequence[Number]
) -> list[tuple[float, float, float]]:
    """Inputs that both have, with the two results, where both are finite."""
    other = dict(zip(other_x, other_y, strict=False))
    found = [(float(at), float(mine), float(other[at])) for at, mine in zip(x, y, strict=False) if at in other]
    return [one for one in found if math.isfinite(one[1]) and math.isfinite(one[2])]


_WHERE = {"eager": "in eager mode", "xla": "under XLA"}


def _meet(one: Region, other: Region) -> bool:
    """Thresholds may round apart, and 0 may be a few tiny numbers wide in one mode alone."""
    apart = max(float(one.low), float(other.low)) - min(float(one.high), float(other.high))
    near = 0.02 * min(abs(float(one.low)) + abs(float(one.high)), abs(float(other.low)) + abs(float(other.high)))
    return one.row == other.row and apart <= max(near, 1e-12)


def _broken(works: list[Run]) -> Iterator[str]:
    for run in works:
        if run.value:
            region = _widest(run.value)
            yield f"{_capital(_word(region))} for {_span(region)} in {run.dtype}: {_end(region)}."
        if run.slope:
            region = _widest(run.slope)
            yield f"{_capital(_word(region))} gradient for {_span(region)} in {run.dtype}: {_end(region)}."


def _widest(regions: tuple[Region, ...]) -> Region:
    """The widest region; of those as wide, the one with NaN."""

    def width(region: Region) -> tuple[float, bool]:
        return min(float(region.high), 1e9) - max(float(region.low), -1e9), region.result == "nan"

    return max(regions, key=width)


def _end(region: Region) -> str:
    low, high = float(region.low), float(region.high)
    if region.row:
        return "training diverges on such rows"
    if low == high:
        return "one such input ends training"
    return "training diverges on large inputs" if min(abs(low), abs(high)) > 2 else "training diverges"


def _training(report: Report) -> Iterator[str]:
    training = report.training
    if training is None:
        return
    if training.error:
        yield f"A training step raises: {training.error}"
    if not training.finite:
        yield "Training makes the loss or the weights NaN or infinite."


def _saving(report: Report) -> Iterator[str]:
    """A model that comes back as another one, without a word: what cannot be saved at all says so by itself."""
    for check in report.checks:
        if check.outcome == "differs":
            how = "A clone of a model with it" if check.name == "clone" else f"A model that was saved ({check.name})"
            yield f"{how} computes something else. {check.message}"


def _breached(report: Report, dtypes: tuple[str, ...]) -> Iterator[str]:
    """What only a search has found."""
    broken = {run.dtype for run in report.runs if run.value or run.slope}
    for breach in report.breaches:
        if breach.dtype in dtypes and breach.dtype not in broken:
            word = _capital(_WORDS[str(breach.result)])
            noun = "" if breach.what == "value" else " gradient"
            yield f"{word}{noun} at {breach.at} in {breach.dtype}: one such input ends training."


def _narrow(runs: tuple[Run, ...], works: list[Run]) -> Iterator[str]:
    failed = [run for run in runs if run.error]
    if failed:
        yield f"Fine in float32, but it raises in {_names(failed)}: {failed[0].error}"
    for run in works:
        for regions, noun in ((run.value, ""), (run.slope, " gradient")):
            if regions:
                region = _widest(regions)
                yield f"Fine in float32; in {run.dtype} {_word(region)}{noun} for {_span(region)}."


def _lost(works: list[Run]) -> Iterator[str]:
    for run in works:
        if run.wrong:
            x, given, true = run.wrong[0]
            slopes = f"{_short(given)} where it should be {float(true):.3g}"
            yield f"Trains, but at x = {_short(x)} the gradient is {slopes}."


def _praise(report: Report, limit: float) -> str:
    if not report.runs:
        return "Nothing was measured."
    dtypes = list(dict.fromkeys(run.dtype for run in report.runs if run.dtype not in POLICIES))
    count = _COUNTS.get(len(dtypes), "")
    names = f"in {dtypes[0]}" if len(dtypes) == 1 else f"in {count}dtypes"
    trains = "Trains: finite" if report.training is not None else "Finite"
    return f"{trains} value and gradient for |x| ≤ {limit:g} {names}."


def _where(runs: list[Run], gradient: str) -> str:
    return _names([run for run in runs if run.gradient == gradient])


def _names(runs: list[Run]) -> str:
    """The dtypes; a policy only where its own dtype is not among them."""
    dtypes = dict.fromkeys(run.dtype for run in runs)
    return ", ".join(dtype for dtype in dtypes if dtype.removeprefix("mixed_") not in dtypes or dtype in DTYPES)


def _span(region: Region) -> str:
    low, high = float(region.low), float(region.high)
    name = "x" if not region.row or region.row.startswith("y_true") else "scale"
    if low == high:
        span = f"{name} = {_short(low)}"
    elif math.isinf(low) and math.isinf(high):
        span = f"every {name}"
    elif math.isinf(high):
        span = f"{name} ≥ {_short(low)}"
    elif math.isinf(low):
        span = f"{name} ≤ {_short(high)}"
    else:
        span = f"{_short(low)} ≤ {name} ≤ {_short(high)}"
    if not region.row or region.row == "all zero":
        return "a row of zeros" if region.row else span
    return f"{span}, {region.row}" if name == "x" else f"a row that is “{region.row}” at {span}"


def _word(region: Region) -> str:
    return _WORDS[str(region.result)]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _short(number: Number) -> str:
    return f"{float(number):.4g}"
