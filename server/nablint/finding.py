"""What nablint says: findings, the witness of each, and the edits that would answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, partial
from typing import overload

from nablint.source import NOWHERE, Source, Span


class Severity(Enum):
    """By consequence: an error raises, a warning spoils training, information shows in half precision or XLA only."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Safety(Enum):
    """What a fix may change: nothing on the reals, values, or only the gradient."""

    SAFE = "safe"
    CHANGES_VALUES = "changes-values"
    CHANGES_GRADIENT = "changes-gradient"


@dataclass(frozen=True, slots=True)
class Edit:
    """Text to put in place of a range; an empty range inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to answer a finding. Offered only where `verify.holds` says so."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.SAFE
    needs: tuple[str, ...] = ()
    """Import lines that the new text relies on; `verify` turns the missing ones into edits."""
    drift: float | None = field(default=None, compare=False)
    """How much farther from the true values new ones are than the old at most, in ulps of float32, where the old ones
    were right; None before `verify` has looked."""


class Fixes(Sequence[Fix]):
    """Fixes that are worked out when somebody first looks at them, since most are never looked at."""

    def __init__(self, make: Callable[..., Iterable[Fix]], *args: object) -> None:
        self._make = partial(make, *args)

    @cached_property
    def _made(self) -> tuple[Fix, ...]:
        return tuple(self._make())

    @overload
    def __getitem__(self, index: int) -> Fix: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Fix, ...]: ...

    def __getitem__(self, index: int | slice) -> Fix | tuple[Fix, ...]:
        return self._made[index]

    def __len__(self) -> int:
        return len(self._made)


class Later(Mapping[str, float]):
    """A mapping that is worked out when somebody first looks at it."""

    def __init__(self, make: Callable[..., Mapping[str, float]], *args: object) -> None:
        self._make = partial(make, *args)

    @cached_property
    def _made(self) -> Mapping[str, float]:
        return self._make()

    def __getitem__(self, key: str) -> float:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, slots=True)
class Witness:
    """An input that breaks the function, and what it gives there."""

    inputs: Mapping[str, object]
    """A number, or a nested list of numbers, for each input by name."""
    dtype: str
    mode: str
    """`eager` or `xla`: where TensorFlow shows it; eager if both do."""
    value: float | None
    """The worst element of the result: NaN before infinities before finite numbers."""
    gradient: float | None
    """The same for the slope with respect to the input; None where there is no gradient."""

    @property
    def is_inside(self) -> bool:
        """Whether it says what a layer or a product inside gives, which no caller can choose."""
        return any("(" in name or "@" in name for name in self.inputs)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact worth telling, at one place. Spans are absolute in the source."""

    rule: str
    span: Span
    message: str
    """One or two plain sentences: cause, effect, and from which input on."""
    severity: Severity = Severity.WARNING
    function: str = ""
    witness: Witness | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """By dtype, the failing input of least magnitude; empty if the rule is not numeric."""
    origin: Span = NOWHERE
    """Where the culprit is written, if that is in a helper which the function calls; `span` is then the call."""
    fixes: Sequence[Fix] = field(default=(), compare=False)
    """Candidates, best first. `verify` decides which of them are offered."""


def apply_edits(source: Source, edits: Iterable[Edit]) -> Source:
    """The source after all edits, which must not overlap; insertions at one place keep their order."""
    text = source.text
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: source.offset(edit.span.start)] + edit.text + text[source.offset(edit.span.end) :]
    return Source(source.path, text)
