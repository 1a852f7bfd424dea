"""Where each node of a tree stands in its text, by one pass of LibCST's code generation: no metadata wrapper."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

Offsets = dict[cst.CSTNode, tuple[int, int]]


def offsets(module: cst.Module) -> Offsets:
    """Start and end of statements and expressions, the parentheses around them left out."""
    state = _Recorder(module.default_indent, module.default_newline)
    try:
        module._codegen(state)
    except RecursionError:
        return {}
    return state.found


class _Recorder(CodegenState):
    """Counts characters where LibCST would collect them."""

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.offset = 0
        self.found: Offsets = {}

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def pop_trailing_newline(self) -> None:
        """Nothing was collected that could be taken back."""

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Any:
        return _Mark(self, node, start_node, end_node)


class _Mark:
    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self, state: _Recorder, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.state, self.node, self.start_node, self.end_node = state, node, start_node, end_node
        self.start = state.offset

    def __enter__(self) -> None:
        self.start = self.state.offset

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        found = self.state.found
        start = found[self.start_node][0] if self.start_node in found else self.start
        end = found[self.end_node][1] if self.end_node in found else self.state.offset
        found[self.node] = (start, end)
