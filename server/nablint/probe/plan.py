"""From a function in a file to what is asked of the agent, and from its report to what the user is told."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nablint import syntax
from nablint.finding import Finding
from nablint.probe.agreement import agreements, trials
from nablint.probe.protocol import DTYPES, POLICIES, Ask, Report
from nablint.slice import cut
from nablint.source import Position, Source, Span

_COMMENT = re.compile(r"#\s*nablint:\s*probe\b(.*)$")
_FORM = "`# nablint: probe(alpha=0.5, shape=(8, 4))`"
_MOST_ELEMENTS = 1 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """A function, and how it is to be probed."""

    source: Source
    name: str
    at: Position | None = None
    """A place in it: lambdas have no name of their own."""
    span: Span | None = None
    """Where it is written, for the comment with its arguments."""
    findings: tuple[Finding, ...] = ()
    """The static findings about it."""
    dtypes: tuple[str, ...] = DTYPES + POLICIES
    train: bool = True
    limit: float = 100.0
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """From the request; they win over those of the comment. `shape` is the shape of an input."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What to ask, or why nothing is asked."""

    ask: Ask
    findings: tuple[Finding, ...] = ()
    imports: tuple[str, ...] = ()
    refused: str = ""


def planned(wish: Wish) -> Planned:
    """The slice and its plan; refused, in a sentence, where they would not be right."""
    piece = cut(wish.source, wish.name, wish.at)
    given, refused = _arguments(wish)
    shape = given.pop("shape", (8, 8))
    refused = piece.refused or refused or _unshaped(shape)
    ask = Ask(
        piece.text,
        piece.name,
        wish.source.path,
        wish.dtypes,
        train=wish.train,
        limit=wish.limit,
        arguments=given,
        shape=(8, 8) if refused else tuple(shape),
        trials=trials(wish.findings),
    )
    return Planned(ask, wish.findings, piece.imports, refused)


def answered(plan: Planned, report: Report, name: str) -> Report:
    """The report under the user's name for it, with what became of the static findings."""
    known = replace(report, name=name, imports=plan.imports)
    if report.failure:
        return known
    return replace(known, agreements=agreements(plan.findings, known, plan.ask.code))


def _arguments(wish: Wish) -> tuple[dict[str, Any], str]:
    """The arguments of the comment and of the request, or a sentence that says what is wrong with the comment."""
    for number, line in enumerate(_lines(wish), 1 + (max(0, wish.span.start[0] - 1) if wish.span else 0)):
        if match := _COMMENT.search(line):
            try:
                return {**_literal(match[1].strip()), **wish.arguments}, ""
            except (SyntaxError, ValueError):
                return {}, f"The comment in line {number} is not of the form {_FORM}."
    return dict(wish.arguments), ""


def _lines(wish: Wish) -> Sequence[str]:
    """Those of the function, and the one above it."""
    if wish.span is None:
        return ()
    return wish.source.text.split("\n")[max(0, wish.span.start[0] - 1) : wish.span.end[0] + 1]


def _literal(text: str) -> dict[str, Any]:
    call = syntax.expression(f"probe{text}")
    if not isinstance(call, ast.Call) or call.args or any(keyword.arg is None for keyword in call.keywords):
        raise ValueError(text)
    return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}


def _unshaped(shape: Any) -> str:
    """A sentence if that is no shape."""
    sizes = tuple(shape) if isinstance(shape, tuple | list) else ()
    fits = bool(sizes) and all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in sizes)
    elements = 1
    for size in sizes[1:] if fits else ():
        elements *= size
    if fits and elements <= _MOST_ELEMENTS:
        return ""
    return f"shape={shape!r} is not the shape of an input: give sizes such as (8, 4), the batch first."
