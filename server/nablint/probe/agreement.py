"""Static findings held against what TensorFlow did: a finding that it contradicts is a mistake of ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from nablint.finding import Finding
from nablint.probe.protocol import Agreement, Number, Report, Run, Trial, Tried

Evidence = Callable[[Report], str | None]
"""What in a report confirms a rule's finding, in words; empty if nothing does, None if it was not asked."""


def trials(findings: Iterable[Finding]) -> tuple[Trial, ...]:
    """One for each witness, in the order of the findings."""
    found = (finding.witness for finding in findings)
    return tuple(
        Trial(tuple(map(_spelled, one.inputs.values())), tuple(one.inputs), one.dtype, one.mode)
        for one in found
        if one is not None and not one.is_inside
    )


def agreements(findings: Sequence[Finding], report: Report, code: str) -> tuple[Agreement, ...]:
    """What became of each finding; `code` is what ran, for the text that reproduces a contradiction."""
    answers = iter(report.tried)
    return tuple(_told(one, answers, report, code) for one in findings)


def _told(finding: Finding, answers: Iterator[Tried], report: Report, code: str) -> Agreement:
    if finding.witness is None:
        return _of_rule(finding, report, code)
    if finding.witness.is_inside:
        return _agreement(finding, "not-tried", "Its witness is what a layer inside gives, which no caller can choose.")
    return _of_witness(finding, next(answers, None), report, code)


def _of_witness(finding: Finding, tried: Tried | None, report: Report, code: str) -> Agreement:
    witness = finding.witness
    assert witness is not None
    if tried is None:
        return _agreement(finding, "not-tried", "The probe ended before it.")
    if tried.error:
        return _agreement(finding, "not-tried", f"TensorFlow did not take its input: {tried.error}")
    gives = f"{witness.dtype} {witness.mode} gives value {_said(tried.value)}, gradient {_said(tried.gradient)}."
    expected = [(witness.value, tried.value), (witness.gradient, tried.gradient)]
    claims = [(said, found) for said, found in expected if said is None or not math.isfinite(said)]
    # A finite witness claims a slope that is lost or an exact zero: TensorFlow must give that number.
    holds = any(_fails(found) == _fails(said) for said, found in claims) if claims else _close(expected)
    if holds:
        return _agreement(finding, "confirmed", gives)
    at = ", ".join(f"{name} = {value}" for name, value in witness.inputs.items())
    reason = f"At {at} {gives}"
    return _agreement(finding, "not-confirmed", reason, _reproduction(finding, reason, report, code))


def _of_rule(finding: Finding, report: Report, code: str) -> Agreement:
    evidence = EVIDENCE.get(finding.rule)
    if evidence is None:
        return _agreement(finding, "not-tried", "No probe can tell.")
    found = evidence(report)
    if found is None:
        return _agreement(finding, "not-tried", "That part of the probe did not run.")
    if found:
        return _agreement(finding, "confirmed", found)
    reason = "Nothing of the kind showed."
    return _agreement(finding, "not-confirmed", reason, _reproduction(finding, reason, report, code))


def _agreement(finding: Finding, outcome: str, reason: str, reproduction: str = "") -> Agreement:
    return Agreement(finding.rule, finding.message, finding.span.start[0], outcome, reason, reproduction)


def _reproduction(finding: Finding, reason: str, report: Report, code: str) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    lines = "\n".join(line for line in code.splitlines() if line.strip())
    return (
        f"{finding.rule} says of {report.name}: {finding.message}\n"
        f"TensorFlow does not agree. {reason}\n\n```python\n{lines}\n```\n\n{versions}\n"
    )


def _spelled(value: object) -> object:
    """Nested tuples of numbers; those that JSON lacks as words."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(_spelled, value))
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


def _fails(number: Number | None) -> str:
    """`None`, `finite`, or not: NaN and the infinities count as one, since kernels pass from one to the other."""
    return "None" if number is None else "finite" if math.isfinite(float(number)) else "not finite"


def _close(pairs: Iterable[tuple[float | None, Number | None]]) -> bool:
    return all(
        said is not None and found is not None and math.isclose(said, float(found), rel_tol=0.05, abs_tol=1e-3)
        for said, found in pairs
    )


def _said(number: Number | None) -> str:
    return "None" if number is None else f"{float(number):.6g}"


_WORDS = {"none": "None", "zero": "zero everywhere"}


def _gradient(word: str) -> Evidence:
    def evidence(report: Report) -> str | None:
        works = [run for run in report.runs if not run.error]
        found = [run for run in works if run.gradient == word]
        return None if not works else f"Its gradient is {_WORDS.get(word, word)} in {found[0].dtype}." if found else ""

    return evidence


def _raises(fits: Callable[[Run], bool]) -> Evidence:
    """An error in a run that fits, or in a training step."""

    def evidence(report: Report) -> str | None:
        runs = [run for run in report.runs if fits(run)]
        errors = [run.error for run in runs if run.error]
        if not errors and report.training is not None and report.training.error:
            errors = [report.training.error]
        return f"TensorFlow raises {errors[0]}" if errors else "" if runs else None

    return evidence


def _keras(*names: str) -> Evidence:
    """A check of that name that does not work."""

    def evidence(report: Report) -> str | None:
        tried = [check for check in report.checks if check.name in names and check.outcome != "impossible"]
        bad = [check for check in tried if check.outcome != "works"]
        return f"{bad[0].name} {bad[0].outcome}: {bad[0].message}" if bad else "" if tried else None

    return evidence


def _ignores_upstream(report: Report) -> str | None:
    works = [run for run in report.runs if not run.error]
    found = "Its gradient stays the same whatever comes in."
    return None if not works else found if not all(run.upstream for run in works) else ""


def _is_wrong(report: Report) -> str | None:
    runs = [run for run in report.runs if run.wrong or not run.upstream]
    if not runs:
        return "" if any(not run.error for run in report.runs) else None
    x, given, true = runs[0].wrong[0] if runs[0].wrong else ("0", "0", "0")
    return f"At {float(x):.4g} it is {float(given):.4g}, the numerical derivative {float(true):.4g}."


EVIDENCE: dict[str, Evidence] = {
    "no-gradient": _gradient("none"),
    "zero-gradient": _gradient("zero"),
    "custom-gradient-ignores-upstream": _ignores_upstream,
    "custom-gradient-wrong": _is_wrong,
    "custom-gradient-count": _raises(lambda _: True),
    "custom-gradient-variables": _raises(lambda _: True),
    "mixed-dtype": _raises(lambda _: True),
    "fixed-dtype": _raises(lambda run: run.dtype != "float32"),
    "wrong-activation-argument": _raises(lambda _: True),
    "removed-backend-function": _raises(lambda _: True),
    "numpy-on-tensor": _raises(lambda run: run.mode != "eager"),
    "branch-on-tensor": _raises(lambda run: run.mode != "eager"),
    "python-callback": _raises(lambda run: run.mode == "xla"),
    "kerastensor-in-tf": _keras("symbolic"),
    "unregistered-activation": _keras("config", "clone", ".keras", ".h5"),
    "unloadable-activation": _keras("config", "clone", ".keras", ".h5"),
    "shadows-builtin-activation": _keras("config", "clone", ".keras", ".h5"),
}
"""For rules whose findings carry no input. Those left out speak of other places than the function's own."""
