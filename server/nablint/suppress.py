"""`# nablint: ignore[rule]`: findings that the user does not want to hear of, and comments that silence nothing."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from nablint import syntax
from nablint.config import did_you_mean
from nablint.finding import Edit, Finding, Severity
from nablint.parse import Parsed
from nablint.source import NOWHERE, Source, Span

UNUSED = "unused-ignore"
MARK = "nablint:"

_IGNORE = re.compile(r"#\s*nablint:\s*(?P<kind>ignore(?:-file)?)(?![\w-])(?:\s*\[(?P<rules>[^\]#]*)(?P<end>\]?))?")
_FILE = re.compile(r"^#[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that silences some lines."""

    span: Span
    """Of the comment, up to its closing bracket."""
    rules: tuple[str, ...]
    """Empty for all; `[` or `[]`, which are no rules' names, for brackets that are never closed or empty."""
    first: int
    last: int
    """The lines on which findings are silenced."""

    def covers(self, finding: Finding, rule: str) -> bool:
        """Whether it silences the finding, `rule` being one of its own."""
        spans = (finding.span, finding.origin) if finding.origin != NOWHERE else (finding.span,)
        fits = rule in ("", finding.rule)
        return fits and any(s.start[0] <= self.last and s.end[0] >= self.first for s in spans)


def suppressed(
    parsed: Parsed, findings: Iterable[Finding], rules: Collection[str], active: Collection[str]
) -> Iterator[Finding]:
    """The findings that no comment silences, and those about comments that silence nothing.

    `rules` are all that exist; a comment for one that is not `active` may well have its reason.
    """
    if MARK not in parsed.source.text:
        yield from findings
        return
    comments = tuple(ignores(parsed))
    found = tuple(findings)
    for finding in found:
        if not any(ignore.covers(finding, rule) for ignore in comments for rule in ignore.rules or ("",)):
            yield finding
    if UNUSED not in active:
        return
    for ignore in comments:
        for rule in ignore.rules or ("",):
            if not any(ignore.covers(finding, rule) for finding in found):
                yield from _unused(ignore, rule, rules, active)


def _unused(ignore: Ignore, rule: str, rules: Collection[str], active: Collection[str]) -> Iterator[Finding]:
    if rule in _NOTHING:
        words = f"{_NOTHING[rule]}: nothing is ignored."
    elif rule and rule not in rules:
        words = f"There is no rule {rule!r} to ignore.{did_you_mean(rule, rules)}"
    elif rule in active or (not rule and set(active) == set(rules)):
        words = f"Nothing is found here that this would ignore{': no ' + rule if rule else ''}."
    else:
        return
    yield Finding(UNUSED, ignore.span, words, Severity.INFORMATION)


def ignores(parsed: Parsed) -> Iterator[Ignore]:
    """All such comments of a source, lines counted from its first one."""
    if MARK not in parsed.source.text:
        return
    for line, text in _margin(parsed):
        yield from (replace(one, span=one.span.down(line)) for one in _of_file(text))
    for placed in parsed.placed:
        if MARK in placed.segment.text:
            for one in of_statement(placed.segment.text):
                yield replace(
                    one, span=one.span.down(placed.line), first=one.first + placed.line, last=one.last + placed.line
                )


def _margin(parsed: Parsed) -> Iterator[tuple[int, str]]:
    """The comments that begin their line and belong to no statement."""
    text = parsed.source.text
    within = [(p.line, p.line + p.segment.text.count("\n")) for p in parsed.placed]
    for match in _FILE.finditer(text):
        if MARK in match[0]:
            line = parsed.source.position(match.start())[0]
            if not any(first <= line < last for first, last in within):
                yield line, match[0]


def _of_file(comment: str) -> Iterator[Ignore]:
    found = _IGNORE.match(comment)
    if found and found["kind"] == "ignore-file":
        yield Ignore(Span((0, found.start()), (0, found.end())), _meant(found), 0, _END)


_END = 1 << 40


_NOTHING = {"[": "The bracket is not closed", "[]": "The brackets name no rule"}


def _meant(found: re.Match[str]) -> tuple[str, ...]:
    """The rules that a comment is for."""
    if found["rules"] is None:
        return ()
    return _named(found["rules"]) or ("[]",) if found["end"] else ("[",)


def _named(rules: str | None) -> tuple[str, ...]:
    return tuple(name for part in (rules or "").split(",") if (name := part.strip()))


@lru_cache(maxsize=256)
def of_statement(text: str) -> tuple[Ignore, ...]:
    """The comments of one top-level statement: those of a `def` line or a decorator hold for the whole definition."""
    heads = _heads(text)
    return tuple(_placed(token, found, heads) for token, found in _comments(text))


def _placed(token: tokenize.TokenInfo, found: re.Match[str], heads: Collection[tuple[int, int, int]]) -> Ignore:
    line, column = token.start[0] - 1, token.start[1]
    span = Span((line, column + found.start()), (line, column + found.end()))
    first, last = next(((begin, end) for begin, body, end in heads if begin <= line < body), (line, line))
    if found["kind"] == "ignore-file":
        first, last = -_END, _END
    return Ignore(span, _meant(found), first, last)


def _comments(text: str) -> Iterator[tuple[tokenize.TokenInfo, re.Match[str]]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and (found := _IGNORE.search(token.string)):
                yield token, found
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return  # Half-typed code: the comments up to there count.


def _heads(text: str) -> tuple[tuple[int, int, int], ...]:
    """Of each definition, innermost first: its first line, the first line of its body, and its last."""
    try:
        tree = syntax.module(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [
        (
            min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1,
            max(node.body[0].lineno - 1, node.lineno),
            (node.end_lineno or node.lineno) - 1,
        )
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]
    return tuple(sorted(found, key=lambda head: head[2] - head[0]))


def silencing(source: Source, line: int, rules: Iterable[str]) -> Edit:
    """The edit that silences rules on a line, in the comment that does so already if there is one."""
    text = source.line(line)
    known = _IGNORE.search(text)
    names = ", ".join(dict.fromkeys([*_named(known["rules"] if known else ""), *rules]))
    start, end = known.span() if known else (len(text.rstrip()), len(text))
    return Edit(Span((line, start), (line, end)), f"{'' if known else '  '}# nablint: ignore[{names}]")
