"""What a statement tells of itself: places, names, imports, problems."""

import libcst as cst
import pytest
from libcst import metadata

from nablint.parse import Parsed, Problem, parse
from nablint.parse.imports import imports
from nablint.source import Source

HEAD = "import tensorflow as tf\n"

SNIPPETS = [
    "def f(x, *, a: int = 3) -> int:\n    'doc'\n    y = ((tf.exp( x )) + 1)  # why\n    return (y\n        * 2)\n",
    "class A(B, metaclass=C):\n    x: int = 1\n\n    @d\n    async def f(self):\n"
    "        async with a as b, c:\n            await g(*h, **i)\n",
    "if a and not b or c in d:\r\n\twhile x[1:2, ...] < 3 <= 4: x -= 1; y = -x\r\nelse:\r\n\tpass\r\n",
    "x = {**a, 'é': [*b, lambda q, /, *r: q if r else f'{q!r:>{w}} 😀'], 1: {1, 2}}\n",
    "for i, (j, k) in z:\n    try:\n        del i, j\n    except (A, B) as e:\n"
    "        raise E from e\n    finally:\n        (n := 3)\n",
    "from a import (b as c,\n  d)\nassert x, 'y'\nglobal_ = yield_ = [i for i in j if k]\n",
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_places_are_those_of_libcst(snippet: str) -> None:
    for placed in parse(Source("a.py", HEAD + snippet)).placed:
        tree = placed.segment.tree
        assert isinstance(tree, cst.Module)
        wrapper = metadata.MetadataWrapper(tree, unsafe_skip_copy=True)
        found = wrapper.resolve(metadata.PositionProvider)
        expressions = [n for n in found if isinstance(n, cst.BaseExpression | cst.BaseSmallStatement | cst.FunctionDef)]
        for node in expressions:
            expected, span = found[node], placed.segment.span(node)
            assert (span.start, span.end) == (
                (expected.start.line - 1, expected.start.column),
                (expected.end.line - 1, expected.end.column),
            )


def test_parentheses_are_included_on_request() -> None:
    source = Source("a.py", HEAD + "y = ( # why\n  (x + 1)) * 2\n")
    placed = parse(source).placed[1]
    line = placed.segment.body[0]
    assert isinstance(line, cst.SimpleStatementLine)
    statement = line.body[0]
    assert isinstance(statement, cst.Assign)
    product = statement.value
    assert isinstance(product, cst.BinaryOperation)
    inside = placed.segment.span(product.left).down(placed.line)
    around = placed.segment.span(product.left, parentheses=True).down(placed.line)
    assert source.slice(inside) == "x + 1"
    assert source.slice(around) == "( # why\n  (x + 1))"


IMPORTS = {
    "import tensorflow as tf, os.path": {"tf": "tensorflow", "os": "os"},
    "from a.b import (c, # one\n    d as e,\n)": {"c": "a.b.c", "e": "a.b.d"},
    "from a import b, \\\n  c": {"b": "a.b", "c": "a.c"},
    "from keras.backend import *": {"*keras.backend": "keras.backend"},
    "import a; from b import c; import d as e": {"a": "a", "c": "b.c", "e": "d"},
    "from . import x\nfrom ..y import z": {"x": "..x", "z": "..y.z"},
    "import": {},
    "from a import (b": {"b": "a.b"},
}


@pytest.mark.parametrize("text", IMPORTS)
def test_imports(text: str) -> None:
    assert dict(imports(text)) == IMPORTS[text]


BINDS = {
    "def f(x):\n    y = 1\n": ("f",),
    "@d\nasync def f(): pass\n": ("f",),
    "class A:\n    x = 1\n": ("A",),
    "a = b = 1\n": ("a", "b"),
    "a, b = 1, 2\n": ("a", "b"),
    "a: int = 1\n": ("a",),
    "a == b\n": (),
    "f(a=1)\n": (),
    "try:\n    a = 1\nexcept E:\n    a = 2\n": ("a", "a"),
    "if a:\n    def f(): pass\n": ("f",),
}


@pytest.mark.parametrize("text", BINDS)
def test_names_that_are_bound(text: str) -> None:
    assert parse(Source("a.py", HEAD + text)).placed[1].segment.binds == BINDS[text]


def _problems(parsed: Parsed) -> list[tuple[str, int]]:
    return [(problem.message, problem.span.start[0]) for problem in parsed.problems(parsed.placed)]


PROBLEMS = {
    "def f(x) pass\n": "This statement is not valid Python, and nablint skips it: expected ':'.",
    "x = \0\n": "This statement is not valid Python, and nablint skips it.",
    "x = " + "(" * 300 + "1" + ")" * 300 + "\n": "This statement nests too deeply to be analysed.",
    "x = " + "-" * 3000 + "1\n": "This statement nests too deeply to be analysed.",
    "x = '\ud800'\n": "This statement cannot be read as Python.",
    "x = [" + "1," * 2_500_000 + "]\n": "Line 2 has more than 500,000 characters; nablint does not analyse this file.",
}


@pytest.mark.parametrize("text", PROBLEMS, ids=lambda text: ascii(text[:12]))
def test_problems_are_said_in_words(text: str) -> None:
    parsed = parse(Source("a.py", HEAD + text + "y = 2\n"))
    ((said, line),) = _problems(parsed)
    assert line == 1
    # Which reason Python gives for a null byte, and whether it does, depends on its version.
    assert said.startswith(PROBLEMS[text].removesuffix("."))
    assert all(not isinstance(p.segment.tree, Problem) for p in parsed.placed if p.line != 1)


PLACES = {
    "def f(x):\n    return tf.exp(x\n": (1, 17, "'(' was never closed"),
    "def f(x):\n    return x +\n": (1, 13, "invalid syntax"),
    "def f(x)\n    return x\n": (0, 7, "expected ':'"),
    "def f(x):\r\n    y = 'é' + (x))\r\n    return y\r\n": (1, 17, "unmatched ')'"),
    "def f():\n": (0, 7, "expected an indented block after function definition on line 1"),
    "class A:\n    def f(self):\n    pass\n": (2, 4, "expected an indented block"),
    "x = 'abc\n": (0, 4, "unterminated string literal"),
}
"""Line, column and reason, as Python's own parser has them."""


@pytest.mark.parametrize("text", PLACES)
def test_problems_are_where_python_says(text: str) -> None:
    parsed = parse(Source("a.py", HEAD + text + "y = 1\n"))
    line, column, reason = PLACES[text]
    (problem,) = parsed.problems(parsed.placed)
    assert reason in problem.message
    assert problem.span.start == (line + 1, column)


def test_a_correct_source_has_no_problems() -> None:
    assert _problems(parse(Source("a.py", HEAD + "x = 1\n" * 100))) == []
