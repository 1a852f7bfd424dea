"""Where each node of a tree stands in its text, by one pass of LibCST's code generation: no metadata wrapper."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from nablint.source import Span

Places = dict[cst.CSTNode, Span]


def places(module: cst.Module) -> Places:
    """The spans of statements and expressions, the parentheses around them left out."""
    state = _Recorder(module.default_indent, module.default_newline)
    try:
        module._codegen(state)
    except RecursionError:
        return {}
    return state.found


class _Recorder(CodegenState):
    """Counts lines and characters where LibCST would collect them."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.line = 0
        self.column = 0
        self.found: Places = {}

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.column += len(token)

    def add_token(self, value: str) -> None:
        if "\n" in value or "\r" in value:
            *before, last = _LINE_END.split(value)
            self.line += len(before)
            self.column = len(last)
        else:
            self.column += len(value)

    def pop_trailing_newline(self) -> None:
        """Nothing was collected that could be taken back."""

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Any:
        return _Mark(self, node, start_node, end_node)


_LINE_END = re.compile(r"\r\n|\n|\r")


class _Mark:
    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self, state: _Recorder, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.state, self.node, self.start_node, self.end_node = state, node, start_node, end_node
        self.start = (0, 0)

    def __enter__(self) -> None:
        self.start = (self.state.line, self.state.column)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state = self.state
        found = state.found
        start = found[self.start_node].start if self.start_node in found else self.start
        end = found[self.end_node].end if self.end_node in found else (state.line, state.column)
        found[self.node] = Span(start, end)
