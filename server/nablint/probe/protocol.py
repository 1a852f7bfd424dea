"""What is asked of the probe agent and what it answers, as one JSON object a line.

The agent imports nothing of ours, so it writes these shapes by hand; a test holds it to them.
Numbers that JSON cannot spell travel as the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

Number = float | str
"""A float, or "nan", "inf", "-inf"."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One function to probe."""

    code: str
    """The slice: the statements that the function needs, and no others."""
    name: str
    """The function in that slice, dotted for methods (`Swish.call`) and for closures (`make.act`)."""
    path: str = ""
    """The user's file: its folder is where the slice's own imports are looked for."""
    dtypes: tuple[str, ...] = ("float16", "bfloat16", "float32", "float64")
    modes: tuple[str, ...] = ("eager", "function", "xla")
    train: bool = True
    limit: float = 100.0
    """Inputs run over |x| ≤ limit."""


@dataclass(frozen=True, slots=True)
class Region:
    """Inputs from `low` to `high`, both included and both bisected to the neighbouring float, where it fails."""

    low: Number
    high: Number
    result: Number
    """What comes out there: "nan", "inf" or "-inf"."""
    row: str = ""
    """Empty for an elementwise function; else the row that `low` and `high` scale, such as `one large`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One dtype in one mode."""

    mode: str
    """`eager`, `function` or `xla`."""
    dtype: str
    value: tuple[Region, ...] = ()
    """Where the value is not finite."""
    slope: tuple[Region, ...] = ()
    """Where the slope is not finite."""
    gradient: str = "finite"
    """`finite`, `not-finite`, `none`, `zero` (at every input) or `wrong` (on a stretch of inputs)."""
    wrong: tuple[tuple[Number, Number, Number], ...] = ()
    """Up to eight (input, slope given, float64 numerical derivative); single points count here only."""
    upstream: bool = True
    """False where the gradient does not depend on the cotangent that comes in."""
    coupling: str = ""
    """`row` or `batch` where the elements of one influence each other, empty where none do."""
    dtype_out: str = ""
    shape_kept: bool = True
    error: str = ""
    """TensorFlow's own words, one line, where it raised."""
    x: tuple[Number, ...] = ()
    y: tuple[Number, ...] = ()
    dy: tuple[Number, ...] = ()
    """About 400 points of value and slope to draw (eager float32 of an elementwise function; empty elsewhere)."""


@dataclass(frozen=True, slots=True)
class Training:
    """One training step of Dense → activation → Dense."""

    loss: Number = 0.0
    finite: bool = True
    unmoved: tuple[str, ...] = ()
    """Paths of weights that the step left as they were."""
    not_finite: tuple[str, ...] = ()
    """Paths of weights that the step turned into NaN or infinity."""
    messages: tuple[str, ...] = ()
    """Warnings and the error, quoted from TensorFlow and Keras."""
    error: str = ""
    """The error that ended the step, one line; it is the last message too."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that one probe found, or the sentence that says why it could not."""

    name: str
    runs: tuple[Run, ...] = ()
    training: Training | None = None
    prints: str = ""
    """What the user's code printed, at most 10,000 characters."""
    assumed: tuple[str, ...] = ()
    """Arguments that were given a value for want of a default: `alpha=1.0`."""
    versions: dict[str, str] = field(default_factory=dict)
    """`python`, `tensorflow`, `keras`."""
    isolation: dict[str, bool] = field(default_factory=dict)
    """`fork`, `network_off`, `memory_limit`: what held in this run."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    """From the ask to: `first` (first eager run), `core` (eager, float32 under XLA, training), `all`."""
    failure: str = ""
    """Empty, or one sentence for the user."""
    verdict: str = ""
    """One sentence: what the user should know first."""


def ask_message(ask: Ask) -> dict[str, Any]:
    return asdict(ask)


def run_of(message: Mapping[str, Any]) -> Run:
    regions = {key: tuple(Region(**region) for region in message.get(key, ())) for key in ("value", "slope")}
    wrong = tuple((x, given, true) for x, given, true in message.get("wrong", ()))
    return Run(**{**_known(Run, message), **regions, "wrong": wrong})


def training_of(message: Mapping[str, Any]) -> Training:
    return Training(**_known(Training, message))


def report_message(report: Report) -> dict[str, Any]:
    """The report as plain JSON values, for the command line and for the panel."""
    return asdict(report)


def _known(shape: type[Run] | type[Training], message: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(shape)}
    return {key: _frozen(value) for key, value in message.items() if key in names}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
