"""What this server and a client say to each other beyond the language server protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from nablint.probe.protocol import Report, Run, Training

VERSION = 1
"""Of what stands here; another number says that a client of before would misunderstand it."""
PROBE = "nablint/probe"
"""Request, with a `ProbeParams`: probes one function and answers with a `Report`. Cancelling it ends the probe."""
PROBE_EVENT = "nablint/probeEvent"
"""Notification: a `ProbeEvent`, while a probe runs."""
PROBED = "nablint/probed"
"""Request, with a `ProbeParams`: answers with a `LastProbe`, or null where there is no function that may train."""
PROBE_COMMAND = "nablint.probe"
"""Command of the code lens, with one `ProbeParams`, for clients that do not send the request."""
CLEAR_COMMAND = "nablint.clear"
"""Command without arguments: forgets what probes found."""
EXPLAIN_COMMAND = "nablint.explain"
"""Command with the URI of a rule's page: shows it, in clients that show documents."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position as the protocol has it: line and character count from 0, characters in the negotiated encoding."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class ProbeParams:
    """What `nablint/probe` asks: the function by name, or else the one at a position."""

    uri: str
    name: str | None = None
    position: Place | None = None
    arguments: dict[str, Any] | None = None
    """Values by name for the function, or for what builds its layer; `shape` is the shape of an input."""


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One dtype in one mode is done."""

    run: Run
    kind: Literal["run"] = "run"


@dataclass(frozen=True, slots=True)
class TrainingEvent:
    """The training step is done."""

    training: Training
    kind: Literal["training"] = "training"


@dataclass(frozen=True, slots=True)
class ProbeEvent:
    """What `nablint/probeEvent` tells while a probe runs."""

    uri: str
    name: str
    event: RunEvent | TrainingEvent


@dataclass(frozen=True, slots=True)
class LastProbe:
    """A function, and what its last probe said."""

    target: ProbeParams
    """What probes it again."""
    report: Report | None
    """None if it was not probed since the file was opened."""
    holds: bool
    """Whether the function, and all that it refers to, still reads as the probe saw it."""


@dataclass(frozen=True, slots=True)
class DiagnosticData:
    """What a diagnostic carries, so that later requests need no memory of it."""

    rule: str
    function: str


@dataclass(frozen=True, slots=True)
class InitializationOptions:
    """What a client may send with `initialize`."""

    trusted: bool = True
    """Whether the user trusts the workspace: nothing of it runs otherwise."""
    pictures: bool = False
    """Whether hovers may hold pictures: SVG in a data URI. No client announces that by itself."""
    python: str = ""
    """The Python of the project, for probes, where no setting names one."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The settings of the section `nablint`, for clients that answer no `workspace/configuration`."""
    protocol: int = 0
    """The version of all this that the client was made for; 0 where it knows of none."""


OWN = ("trusted", "pictures", "python", "settings", "protocol")


def options_of(raw: Any) -> InitializationOptions:
    """The options in what a client sent; settings may also stand beside `trusted`, as many editors write them."""
    if not isinstance(raw, dict):
        return InitializationOptions()
    beside = {key: value for key, value in raw.items() if key not in OWN}
    inside = raw.get("settings")
    settings = {**beside, **inside} if isinstance(inside, dict) else beside
    python = raw.get("python")
    return InitializationOptions(
        raw.get("trusted") is not False,
        raw.get("pictures") is True,
        python if isinstance(python, str) else "",
        settings,
        _number(raw.get("protocol")),
    )


def mismatch(theirs: int) -> str:
    """The sentence for a client that was made for another version; empty where they fit."""
    if theirs in (0, VERSION):
        return ""
    older = "the editor's extension" if theirs < VERSION else "Nablint with `pip install --upgrade nablint`"
    return f"The editor's extension speaks version {theirs} of the protocol, Nablint version {VERSION}: update {older}."


def _number(raw: Any) -> int:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else 0


def target_of(raw: Any) -> ProbeParams | None:
    """The target in a request's parameters, or None if it names no document."""
    uri, name, position = (_item(raw, key) for key in ("uri", "name", "position"))
    if not isinstance(uri, str):
        return None
    line, character = _item(position, "line"), _item(position, "character")
    place = Place(line, character) if isinstance(line, int) and isinstance(character, int) else None
    arguments = _item(raw, "arguments")
    # pygls makes named tuples of objects in parameters that it does not know.
    given = arguments._asdict() if hasattr(arguments, "_asdict") else arguments
    return ProbeParams(uri, name if isinstance(name, str) else None, place, given if isinstance(given, dict) else None)


def _item(raw: Any, key: str) -> Any:
    """pygls makes named tuples of the parameters of requests that it does not know; those of commands stay dicts."""
    return raw.get(key) if isinstance(raw, dict) else getattr(raw, key, None)
