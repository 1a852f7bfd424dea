"""What is asked of the probe agent and what it answers, as one JSON object a line.

The agent imports nothing of ours, so it writes these shapes by hand; a test holds it to them.
Numbers that JSON cannot spell travel as the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

from dataclasses import dataclass, field

Number = float | str
"""A float, or "nan", "inf", "-inf"."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One function to probe."""

    code: str
    """The slice: the statements that the function needs, and no others."""
    name: str
    """The function in that slice, dotted for methods (`Swish.call`)."""
    path: str = ""
    """The user's file, for tracebacks and for the working directory of relative imports."""
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
    """`finite`, `not-finite`, `none`, `zero` (at every input) or `wrong`."""
    wrong: tuple[tuple[Number, Number, Number], ...] = ()
    """Up to eight (input, slope given, float64 numerical derivative)."""
    dtype_out: str = ""
    shape_kept: bool = True
    error: str = ""
    """TensorFlow's own words, one line, where it raised."""
    x: tuple[Number, ...] = ()
    y: tuple[Number, ...] = ()
    dy: tuple[Number, ...] = ()
    """About 400 points of value and slope to draw (eager float32 only; empty elsewhere)."""


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


@dataclass(frozen=True, slots=True)
class Report:
    """All that one probe found, or the sentence that says why it could not."""

    name: str
    runs: tuple[Run, ...] = ()
    training: Training | None = None
    prints: str = ""
    """What the user's code printed, at most 10,000 characters."""
    versions: dict[str, str] = field(default_factory=dict)
    """`python`, `tensorflow`, `keras`."""
    isolation: dict[str, bool] = field(default_factory=dict)
    """`fork`, `network_off`, `memory_limit`: what held in this run."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    """From the ask to: `first` (first eager run), `all`."""
    failure: str = ""
    """Empty, or one sentence for the user."""
    verdict: str = ""
    """One sentence: what the user should know first."""
