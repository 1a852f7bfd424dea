"""Exact equations, applied to variants of their left sides: other names, orders, constants, nesting, breaks, comments.

`NABLINT_VARIANTS=1000 pytest tests/verify/test_variants.py` tries a thousand.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nablint.analyse import analyse
from nablint.finding import Finding, Fix, Safety, apply_edits
from nablint.ops import OPS
from nablint.rewrite import EQUATIONS, FALLBACKS
from nablint.rewrite.dialect import Dialect, keywords
from nablint.rewrite.pattern import BINARY, COMPARISONS, parsed
from nablint.source import Source
from nablint.verify import offers

EXAMPLES = int(os.environ.get("NABLINT_VARIANTS", "6"))
HEAD = "import tensorflow as tf\nimport math\nfrom keras import ops\n\nodd=  { 'a':1 }   # kept as it is\n\n\n"
TAIL = "\n\nother  =[ 1,2 ]\n"
SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
SIGNS = {"greater": ">", "greater_equal": ">=", "equal": "=="}
IMPORTS = {"tf": "tensorflow", "ops": "keras.ops", "math": "math"}
AXES = {"axis": -1, "keepdims": True}


@dataclass(frozen=True)
class Writer:
    """Writes a pattern as code, with a choice wherever there is more than one way."""

    draw: st.DrawFn
    space: str
    letters: Mapping[str, str]

    def code(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=value):
                return self.draw(st.sampled_from([str(value), str(float(value))]))
            case ast.Name(id=name):
                return self.letters[name]
            case ast.UnaryOp(operand=operand):
                return self.call("neg", [self.code(operand)]) if self.chance() else f"(-{self.code(operand)})"
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(BINARY[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"({self.code(left)} {SIGNS[COMPARISONS[type(op)]]} {self.code(right)})"
            case ast.Call(func=ast.Name(id=name), args=args, keywords=words):
                attrs = {w.arg: AXES.get(w.value.id) if isinstance(w.value, ast.Name) else True for w in words if w.arg}
                return self.call(name, [self.code(arg) for arg in args], attrs)
        raise AssertionError(ast.unparse(node))

    def binary(self, op: str, left: ast.expr, right: ast.expr) -> str:
        a, b = self.code(left), self.code(right)
        if op in ("add", "mul") and self.chance():
            a, b = b, a
        tensors = any(isinstance(n, ast.Name) and n.id in "xyuv" for n in ast.walk(left))
        if tensors and self.chance():
            return self.call(op, [a, b])
        mark = f"  # {op} {self.draw(st.integers(0, 99))}" if self.chance() else ""
        between = f"{mark}\n        " if mark or self.chance() else " "
        return f"({a}{between}{SYMBOLS[op]} {b})"

    def call(self, op: str, args: list[str], attrs: Mapping[str, object] = {}) -> str:
        found = Dialect(self.space, IMPORTS).function(op)
        assume(found is not None)
        assert found is not None
        words = keywords(OPS[op], found[0], [*attrs.items()])
        assume(words is not None)
        return f"{found[1]}({', '.join([*args, *(f'{w}={v!r}' for w, v in words or ())])})"

    def chance(self) -> bool:
        return self.draw(st.integers(0, 3)) == 0


@st.composite
def variants(draw: st.DrawFn) -> str:
    rewrite = draw(st.sampled_from([r for r in (*EQUATIONS, *FALLBACKS) if r.safety is Safety.SAFE]))
    name = draw(st.sampled_from(["x", "inputs", "z_1"]))
    moved = draw(st.sampled_from([name, name, f"(2.0 * {name})", f"({name} - 1.0)", f"({name} / 3)"]))
    numbers = {letter: draw(st.sampled_from(["0.5", "2.0", "3", "1.25"])) for letter in "abk"}
    letters = {"x": moved, "y": moved, "u": name, "v": f"(0.3 * {name})", "c": f"({name} > 0.5)", **numbers}
    code = Writer(draw, draw(st.sampled_from(["tf", "ops"])), letters).code(parsed(rewrite.match))
    around = draw(st.sampled_from(["{}", "{}", "0.5 * {}", "{} + 1.0"]))
    body = draw(st.sampled_from(["return {}", "y = {}\n    return y", "y = {}  # the value\n    return y"]))
    return f"{HEAD}def f({name}):\n    {body.format(around.format(code))}\n{TAIL}"


def offered(source: Source) -> Iterator[tuple[Finding, Fix]]:
    analysis = analyse(source)
    for finding in analysis.findings:
        yield from ((finding, fix) for fix in offers(analysis, finding))


@given(variants())
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_offered_keeps_comments_and_surroundings(code: str) -> None:
    source = Source("variant.py", code)
    fixes = [fix for _, fix in offered(source)]
    assume(fixes)
    for fix in fixes:
        after = apply_edits(source, fix.edits).text
        ast.parse(after)
        assert sorted(re.findall("#.*", after)) == sorted(re.findall("#.*", code))
        assert HEAD in after or HEAD.replace("import tensorflow as tf\n", "", 1) in after
        assert after.endswith(TAIL)
        if fix.safety is Safety.SAFE:
            assert fix.drift is not None
