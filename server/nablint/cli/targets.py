"""The functions that a probe is about: one that is named, those of a file, or those of all files in a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nablint import config
from nablint.cli.common import Wanted, analysed, fail, named, settings_for
from nablint.cli.files import File, read
from nablint.report.checked import Trouble

if TYPE_CHECKING:
    from nablint.analyse import Analysed, Analysis
    from nablint.finding import Finding
    from nablint.probe.plan import Planned


NAMELESS = ("<lambda>", "<partial>")
"""What stands for a name where there is none; a place goes with it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How everything of a run is probed."""

    dtypes: tuple[str, ...]
    train: bool
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One function of the run."""

    shown: str
    """Its file, as the user is to read it."""
    path: Path
    line: int
    """From 1."""
    name: str
    plan: Planned


def single(target: str, options: Options) -> Target:
    """The function of `FILE::FUNCTION`; one that cannot be cut out of its file ends the run with a sentence."""
    shown, _, function = target.partition("::")
    if not shown or not function:
        fail(f"{target!r} is not of the form FILE::FUNCTION.")
    path = Path(shown)
    file = read(path, shown)
    if isinstance(file, Trouble):
        fail(f"{file.path} {file.message}")
    analysis = _analysis(file, path)
    found = next((one for one in analysis.functions if _is(one, function)), None) if analysis else None
    made = _target(file, path, analysis, found, function, options)
    if made.plan.refused:
        fail(f"{made.plan.refused}{_alternatives(analysis, function)}")
    return made


def every(targets: Iterable[str], options: Options) -> Iterator[Target | Trouble]:
    """All that the targets name; of files and folders the functions that may train."""
    for target in targets:
        if "::" in target:
            yield single(target, options)
            continue
        for item in named((target,), "stdin.py", Wanted()):
            file = read(item.path, item.shown)
            analysis = None if isinstance(file, Trouble) else _analysis(file, item.path)
            if isinstance(file, Trouble):
                yield file
            elif analysis is not None:
                for one in analysis.functions:
                    if one.may_train:
                        yield _target(file, item.path, analysis, one, one.name, options)


def _analysis(file: File, path: Path) -> Analysis | None:
    found = analysed(file, settings_for(path.parent, Wanted()))
    return None if isinstance(found, Trouble) else found


def _target(
    file: File, path: Path, analysis: Analysis | None, found: Analysed | None, name: str, options: Options
) -> Target:
    from nablint.probe.plan import Wish, planned
    from nablint.source import Source

    inside = tuple(one for one in analysis.findings if _about(one, found)) if analysis and found else ()
    line = found.name_span.start[0] + 1 if found else 1
    wish = Wish(
        Source(str(path.resolve()), file.source.text),
        name,
        at=found.span.start if found and found.name.endswith(NAMELESS) and ":" not in name else None,
        span=found.span if found else None,
        findings=inside,
        dtypes=options.dtypes,
        train=options.train,
        limit=settings_for(path.parent, Wanted()).input_range,
        arguments=options.arguments,
    )
    return Target(str(file.source.path), path, line, name, planned(wish))


def _about(finding: Finding, found: Analysed) -> bool:
    return finding.function == found.name and found.span.start <= finding.span.start < found.span.end


def _is(found: Analysed, name: str) -> bool:
    """Closures may be named without `<locals>`, lambdas by their place."""
    line, column = found.span.start
    return name in (found.name, found.name.replace(".<locals>", ""), f"{found.name}:{line + 1}:{column + 1}")


def _alternatives(analysis: Analysis | None, function: str) -> str:
    """A sentence with the names that could have been meant, or nothing."""
    names = [found.name for found in analysis.functions] if analysis else []
    return config.did_you_mean(function, names) or (f" The file has {', '.join(names)}." if names else "")
