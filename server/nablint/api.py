"""What other programs use: `nablint.check`, `nablint.probe`, `nablint.assert_activation` and `nablint.load`."""

from __future__ import annotations

import atexit
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from nablint import config
from nablint.analyse import Analysis
from nablint.cli.common import analysed
from nablint.cli.files import File, read
from nablint.config import Settings
from nablint.finding import Finding, Fixes
from nablint.living import place_of
from nablint.probe.client import Prober
from nablint.probe.protocol import Ask, Report
from nablint.report import probe as words
from nablint.report.checked import Checked, Trouble, unreadable
from nablint.rules import RULES
from nablint.scaffold.importing import module_of
from nablint.slice import cut
from nablint.source import Source
from nablint.verify import offered

DTYPES = ("float16", "bfloat16", "float32", "float64")


def check(source: str | Path, *, settings: Mapping[str, object] | None = None) -> Checked:
    """What breaks in a text or, given a Path, in a file: `.findings`, and in `.troubles` what could not be checked.

    `settings` are those of `[tool.nablint]`, by name. A file has those of its nearest pyproject.toml beneath them, a
    text has the defaults. Nothing in the source is run. A fix of a finding is verified when it is looked at.

    >>> import nablint
    >>> text = "import tensorflow as tf\\n\\ndef step(x):\\n    return tf.where(x > 0, 1.0, 0.0)\\n"
    >>> [(finding.rule, finding.span.start) for finding in nablint.check(text).findings]
    [('no-gradient', (3, 11))]
    """
    wanted = _settings(source.parent if isinstance(source, Path) else None, settings or {})
    file = read(source, str(source)) if isinstance(source, Path) else File(Source("<string>", source))
    if isinstance(file, Trouble):
        return unreadable(file)
    known = analysed(file, wanted)
    if known is None or isinstance(known, Trouble):
        return Checked(file.source, troubles=(known,) if known else (), notebook=file.notebook)
    return found(file, known)


def found(file: File, known: Analysis) -> Checked:
    """The findings and the troubles of a file that was analysed; fixes are verified when they are looked at."""
    findings = tuple(_offering(known, finding) for finding in known.findings)
    troubles = tuple(Trouble(file.path, problem.message, problem.span.start) for problem in known.errors)
    return Checked(file.source, findings, troubles, file.notebook)


def probe(
    function: Callable[..., Any] | str,
    *,
    dtypes: Sequence[str] = DTYPES,
    limit: float | None = None,
    train: bool = True,
    timeout: float = 20.0,
    python: str | Path | None = None,
) -> Report:
    """What TensorFlow does with a function, a Layer's class, or `"FILE::FUNCTION"`, for inputs up to `limit`.

    The function's text is run, with the statements that it needs and no others, in another process of this Python or of
    `python`. That process stays for the next probe. Whatever goes wrong is a sentence in `.failure`; `.verdict` is the
    one sentence to read first.
    """
    place = place_of(function)
    if place.refused:
        return Report(place.name, failure=place.refused)
    needed = cut(place.source, place.name, place.at)
    if needed.refused:
        return Report(place.name, failure=needed.refused)
    bound = _settings(Path(place.source.path).parent, {}).input_range if limit is None else limit
    ask = Ask(needed.text, needed.name, place.source.path, tuple(dtypes), train=train, limit=bound)
    return _prober(Path(python or sys.executable)).probe(ask, timeout=timeout)


def assert_activation(
    function: Callable[..., Any] | str,
    *,
    dtypes: Sequence[str] = ("float32",),
    limit: float | None = None,
    train: bool = True,
    timeout: float = 20.0,
) -> None:
    """Returns if value and gradient are finite and right for all inputs up to `limit`, and a training step works.

    Otherwise an AssertionError says what breaks first, and shows each dtype and mode that fails. With mixed precision,
    ask for "float16" or "bfloat16" too.
    """
    __tracebackhide__ = True
    report = probe(function, dtypes=dtypes, limit=limit, train=train, timeout=timeout)
    if report.failure or words.breaks(report):
        raise AssertionError("\n".join(_complaint(report)))


def load(target: str) -> Any:
    """The function or class of `"FILE::NAME"`, of which only the statements that it needs were run.

    For scripts that train when they are imported, and for notebooks. A ValueError says why there is no such thing.
    """
    place = place_of(target)
    needed = cut(place.source, place.name)
    if place.refused or needed.refused:
        raise ValueError(place.refused or needed.refused)
    return _found(_executed(needed.text, Path(place.source.path)), needed.name)


def _executed(text: str, path: Path) -> ModuleType:
    """The module that a slice makes; tracebacks and AutoGraph read its text as it was run."""
    root, dotted = module_of(path)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module = ModuleType(dotted)
    module.__file__, module.__package__ = str(path), dotted.rpartition(".")[0]
    shown = f"<{path.name} without the rest>"
    linecache.cache[shown] = (len(text), None, text.splitlines(keepends=True), shown)
    exec(compile(text, shown, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module


def _found(module: ModuleType, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _complaint(report: Report) -> Iterator[str]:
    yield f"{report.name}: {report.failure or report.verdict}"
    yield from (words.row(run) for run in report.runs if words.run_breaks(run))
    if report.training is not None:
        yield from words.training_lines(report.training)


def _offering(known: Analysis, finding: Finding) -> Finding:
    return replace(finding, fixes=Fixes(offered, known, finding))


def _settings(folder: Path | None, values: Mapping[str, object]) -> Settings:
    """The settings of a folder, or the defaults, with these values over them."""
    settings = config.merge(config.load(folder) if folder else Settings(), values)
    config.check_rules(settings, [rule.name for rule in RULES])
    return settings


@lru_cache(maxsize=8)
def _prober(python: Path) -> Prober:
    """The process of this Python that answers probes: started once, ended with this program."""
    prober = Prober(python)
    atexit.register(prober.close)
    return prober
