"""One top-level statement in its file: what rules read that ask for names and calls, not for values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nablint.config import Settings
from nablint.ir import Function
from nablint.ops.names import canonical
from nablint.rewrite.layout import Layout, layout
from nablint.source import Span
from nablint.surroundings import Surroundings


@dataclass(frozen=True)
class Page:
    """One top-level statement. Spans count lines from its first one."""

    text: str
    words: frozenset[str]
    """Every word of the text: what a rule asks first, since the tree costs more."""
    functions: tuple[Function, ...]
    file: Surroundings
    settings: Settings

    @cached_property
    def layout(self) -> Layout | None:
        return layout(self.text)

    def nodes(self) -> Iterator[ast.AST]:
        return iter(self.layout.nodes if self.layout else ())

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with the full name of what is called."""
        for node in self.nodes():
            if isinstance(node, ast.Call):
                yield node, self.name(node.func)

    def span(self, node: ast.AST) -> Span:
        assert self.layout is not None
        return self.layout.spans(node)

    def code(self, node: ast.AST) -> str:
        assert self.layout is not None
        return self.layout.source.slice(self.span(node))

    @cached_property
    def _bound(self) -> frozenset[str]:
        return self.layout.bound if self.layout else frozenset()

    def name(self, node: ast.AST) -> str:
        """The full dotted name that an expression stands for through the file's imports, or nothing."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._bound or node.id not in self.file.imports:
            return ""
        return ".".join([self.file.imports[node.id], *reversed(path)])

    def kind(self, node: ast.AST) -> str:
        """What a name of the module's own is bound to (see `Part`), the name that is called spelled in full."""
        if not isinstance(node, ast.Name) or node.id in self._bound:
            return ""
        return self.kind_of(node.id)

    def kind_of(self, name: str) -> str:
        found = self.file.kinds.get(name, "")
        if not found.startswith("= "):
            return found
        root, dot, rest = found[2:].partition(".")
        return f"= {self.file.imports.get(root, root)}{dot}{rest}"

    def function(self, node: ast.AST) -> str:
        """The name of the innermost function around a place."""
        at = self.span(node)
        around = [n for n in self.nodes() if isinstance(n, Defined) and self.span(n).covers(at)]
        return max(around, key=lambda n: self.span(n).start).name if around else ""

    def bodies(self) -> Iterator[tuple[Function, ast.FunctionDef]]:
        """The activations and the calls of layers on this page, each once, with their definitions."""
        seen: set[Span] = set()
        defs = {self.span(n): n for n in self.nodes() if isinstance(n, ast.FunctionDef)} if self.functions else {}
        starts = {span.end: node for span, node in defs.items()}
        for fn in self.functions:
            if fn.span not in seen and fn.roles & {"activation", "registered", "call"} and fn.span.end in starts:
                seen.add(fn.span)
                yield fn, starts[fn.span.end]

    def activations(self) -> Iterator[ast.expr]:
        """Every expression that is passed to a layer as its activation."""
        if "ctivation" not in self.text:
            return
        for call, name in self.calls():
            layer = canonical(name)
            if not layer.startswith("layers."):
                continue
            yield from (k.value for k in call.keywords if k.arg in ("activation", "recurrent_activation"))
            if layer == "layers.Activation" and call.args:
                yield call.args[0]

    @property
    def is_keras_3(self) -> bool:
        return self.settings.keras_version >= 3 and not self.file.is_keras_2


Defined = ast.FunctionDef | ast.AsyncFunctionDef
