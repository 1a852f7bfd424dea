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


VERSION = 1
"""Of these shapes: the agent says for which it was made."""

DTYPES = ("float16", "bfloat16", "float32", "float64")
POLICIES = ("mixed_float16", "mixed_bfloat16")
"""Probed in `tf.function` alone, as a Keras layer computes under them: that is what differs from the plain dtypes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One input at which value and gradient are asked for: the witness of a static finding."""

    inputs: tuple[Any, ...]
    """A number, or a nested tuple of numbers, for each parameter of `names`."""
    names: tuple[str, ...]
    dtype: str
    mode: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One function to probe."""

    code: str
    """The slice: the statements that the function needs, and no others."""
    name: str
    """The function in that slice, dotted for methods (`Swish.call`) and for closures (`make.act`)."""
    path: str = ""
    """The user's file: its folder is where the slice's own imports are looked for."""
    dtypes: tuple[str, ...] = DTYPES + POLICIES
    """Dtypes, and Keras's policies of mixed precision."""
    modes: tuple[str, ...] = ("eager", "function", "xla")
    train: bool = True
    limit: float = 100.0
    """Inputs run over |x| ≤ limit."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Arguments by name, for the function or for what builds its layer."""
    shape: tuple[int, ...] = (8, 8)
    """Of one input; the first number is the size of a batch."""
    trials: tuple[Trial, ...] = ()
    extras: bool = True
    """Whether models are saved, loaded and cloned, and worse inputs searched for."""


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
    curvature: tuple[Region, ...] = ()
    """Where the second derivative is not finite; asked for in eager mode."""
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
    deterministic: bool = True
    """False if the same input gave two results."""
    saturated: Number = "nan"
    """Of |x| ≤ 5, the share (0 to 1) where |slope| < 0.001; "nan" where elements are coupled or there is no slope."""
    ulp: Number = "nan"
    """The largest error of the value in units in the last place, against float64; "nan" if that cannot be told."""
    ulp_at: Number = "nan"
    """The input (or the factor of the row) where it is that large."""
    error: str = ""
    """TensorFlow's own words, one line, where it raised."""
    x: tuple[Number, ...] = ()
    y: tuple[Number, ...] = ()
    dy: tuple[Number, ...] = ()
    """Value and slope to draw, over the whole range and dense where it begins to fail; empty for coupled elements."""


@dataclass(frozen=True, slots=True)
class Training:
    """Some training steps of Dense → activation → Dense."""

    loss: Number = 0.0
    """Before the last step."""
    finite: bool = True
    unmoved: tuple[str, ...] = ()
    """Paths of weights that the steps left as they were."""
    not_finite: tuple[str, ...] = ()
    """Paths of weights that the steps turned into NaN or infinity."""
    messages: tuple[str, ...] = ()
    """Warnings and the error, quoted from TensorFlow and Keras."""
    error: str = ""
    """The error that ended the training, one line; it is the last message too."""
    losses: tuple[Number, ...] = ()
    """The loss before each step."""
    rate: float = 0.01
    """The learning rate of its gradient descent."""
    mode: str = "graph"
    """`graph`, as `fit` trains, or `eager`, as with `run_eagerly=True`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that Keras must be able to do with a model that holds the function."""

    name: str
    """`symbolic`, `config`, `clone`, `.keras` or `.h5`."""
    outcome: str
    """`works`, `raises`, `differs` (what comes back computes something else) or `impossible` here."""
    message: str = ""
    """Keras's own words, one line, or by how much the outputs differ."""


@dataclass(frozen=True, slots=True)
class Breach:
    """The smallest input that a search found to break value or slope."""

    dtype: str
    what: str
    """`value` or `slope`."""
    result: Number
    """What comes out there: "nan", "inf" or "-inf"."""
    inputs: tuple[tuple[Number, ...], ...]
    """One row of numbers for each tensor that it takes."""
    names: tuple[str, ...]
    """The names of those tensors."""
    size: Number
    """The largest magnitude in the first of them."""

    @property
    def at(self) -> str:
        """`x = 3.7`, or a row for each tensor."""
        pairs = zip(self.names, self.inputs, strict=True)
        return ", ".join(f"{name} = {_row(row)}" for name, row in pairs)


def _row(row: tuple[Number, ...]) -> str:
    numbers = [f"{float(number):.6g}" for number in row]
    return numbers[0] if len(set(numbers)) == 1 else f"[{', '.join(numbers)}]"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came out of one trial."""

    value: Number | None
    """The worst element: NaN before infinities before finite numbers; None if it raised."""
    gradient: Number | None
    """The same for the gradient; None if there is none."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a static finding said, held against TensorFlow."""

    rule: str
    message: str
    """The finding's."""
    line: int
    """Of the finding, from 0."""
    outcome: str
    """`confirmed`, `not-confirmed` or `not-tried`."""
    reason: str
    """One sentence: what TensorFlow gave, or why it was not asked."""
    reproduction: str = ""
    """Text for a report to us, where TensorFlow contradicts the finding: that is a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that one probe found, or the sentence that says why it could not."""

    name: str
    runs: tuple[Run, ...] = ()
    training: Training | None = None
    """Training in graph mode with a small learning rate."""
    prints: str = ""
    """What the user's code printed, at most 10,000 characters."""
    assumed: tuple[str, ...] = ()
    """Arguments that were given a value for want of a default: `alpha=1.0`."""
    versions: dict[str, str] = field(default_factory=dict)
    """`python`, `tensorflow`, `keras`."""
    isolation: dict[str, bool] = field(default_factory=dict)
    """`fork`, `network_off`, `memory_limit`: what held in this run."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    """From the ask to: `first` (first eager run), `core` (eager, float32 under XLA, training), `matrix` (every dtype
    and mode), `all`."""
    failure: str = ""
    """Empty, or one sentence for the user."""
    verdict: str = ""
    """One sentence: what the user should know first."""
    trainings: tuple[Training, ...] = ()
    """The same with a large learning rate, and in eager mode."""
    checks: tuple[Check, ...] = ()
    breaches: tuple[Breach, ...] = ()
    tried: tuple[Tried, ...] = ()
    """One for each trial that was asked for, in their order."""
    agreements: tuple[Agreement, ...] = ()
    """One for each static finding about the function."""
    imports: tuple[str, ...] = ()
    """Modules of the user's own that were run because the function needs them."""


def ask_message(ask: Ask) -> dict[str, Any]:
    return asdict(ask)


def run_of(message: Mapping[str, Any]) -> Run:
    regions = {
        key: tuple(Region(**region) for region in message.get(key, ())) for key in ("value", "slope", "curvature")
    }
    wrong = tuple((x, given, true) for x, given, true in message.get("wrong", ()))
    return Run(**{**_known(Run, message), **regions, "wrong": wrong})


def training_of(message: Mapping[str, Any]) -> Training:
    return Training(**_known(Training, message))


def breach_of(message: Mapping[str, Any]) -> Breach:
    return Breach(**{**_known(Breach, message), "inputs": tuple(tuple(row) for row in message["inputs"])})


def tried_of(message: Mapping[str, Any]) -> Tried:
    return Tried(**_known(Tried, message))


def check_of(message: Mapping[str, Any]) -> Check:
    return Check(**_known(Check, message))


def report_message(report: Report) -> dict[str, Any]:
    """The report as plain JSON values, for the command line and for the panel."""
    return asdict(report)


def _known(shape: type[Any], message: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(shape)}
    return {key: _frozen(value) for key, value in message.items() if key in names}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
