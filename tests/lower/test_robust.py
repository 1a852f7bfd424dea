"""Nothing that a user may write makes the lowering raise, run away, or say something about another place."""

import random
import time

import pytest

from fuzz.mutation import mutated
from lower.cases import cases
from nablint.ir import Apply, Unknown
from nablint.lower import functions, key, lower
from nablint.parse import parse
from nablint.source import NOWHERE, Source

HEAD = "import tensorflow as tf\n"


def test_mutations_never_raise() -> None:
    dice = random.Random(7)
    codes = [case.code for case in cases()]
    found = 0
    for _ in range(600):
        source = Source("a.py", HEAD + mutated(dice.choice(codes), dice))
        parsed = parse(source)
        for fn in functions(parsed):
            found += 1
            for index, node in enumerate(fn.nodes):
                if isinstance(node, Apply | Unknown):
                    assert all(arg < index for arg in node.args)
        assert len([key(parsed, placed) for placed in parsed.placed]) == len(parsed.placed)
    assert found > 150


HOSTILE = {
    "a huge power": "def f(x):\n    return tf.exp(x) * 10 ** 10 ** 10 * 9 ** 9 ** 9 ** 9\n",
    "a huge list": "def f(x):\n    a = [0] * 10 ** 9\n    b = 'a' * 10 ** 10\n    return tf.exp(x)\n",
    "a huge range": "def f(x):\n    for i in range(10 ** 12):\n        x = tf.exp(x)\n    return x\n",
    "loops in loops": "def f(x):\n" + "".join("    " * (i + 1) + f"for i{i} in range(16):\n" for i in range(6))
    + "    " * 7 + "x = tf.exp(x)\n    return x\n",
    "many flags": "def f(x, a):\n" + "".join(f"    if a == {i}:\n        x = tf.exp(x)\n" for i in range(60))
    + "    return x\n",
    "many branches": "def f(x):\n"
    + "".join(f"    if x > {i}:\n        if x > 2:\n            return tf.exp(x)\n" for i in range(25))
    + "    return x\n",
    "a chain of helpers": "def f0(x):\n    return tf.exp(x)\n"
    + "".join(f"def f{i}(x):\n    return f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, 12)),
    "names that need each other": "a = b\nb = a\ndef f(x):\n    return tf.exp(x) * a\n",
    "classes that need each other": "class A(B):\n    def call(self, x): return tf.exp(x) * self.z\nclass B(A): pass\n",
    "functions that need each other": "def f(x):\n    def g(y): return g(y) + h(y)\n    def h(y): return g(y)\n"
    "    return tf.exp(g(x))\n",
    "an attribute that is itself": "class A(tf.keras.layers.Layer):\n    def __init__(self):\n        self.a = self\n"
    "        self.b = self.a.b\n    def call(self, x): return tf.exp(x) * self.a.a.b\n",
    "a long number": "def f(x):\n    return tf.exp(x) * " + "9" * 5000 + "\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_bounded(name: str) -> None:
    start = time.perf_counter()
    found = list(functions(parse(Source("a.py", HEAD + HOSTILE[name]))))
    assert time.perf_counter() - start < 10
    assert all(len(fn.nodes) < 4000 for fn in found)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_spans_move_with_the_text(case: object) -> None:
    code = case.code  # type: ignore[attr-defined]
    here, below = (list(functions(parse(Source("a.py", text)))) for text in (code, "# moved\n\n\n" + code))
    assert len(here) == len(below)
    for fn, moved in zip(here, below, strict=True):
        assert fn.span.down(3) == moved.span
        for node, other in zip(fn.nodes, moved.nodes, strict=True):
            assert node.span == other.span == NOWHERE or node.span.down(3) == other.span


EDITED = HEAD + (
    "C = 2.0\n\n\ndef helper(v):\n    return tf.exp(v) * C\n\n\ndef f(x):\n    return helper(x)\n\n\n"
    "def g(x):\n    return tf.tanh(x)\n"
)
EDITS = {
    "an unrelated function": ("tf.tanh(x)", "tf.tanh(2 * x)", {"g"}),
    "a constant": ("C = 2.0", "C = 3.0", {"helper", "f"}),
    "a helper": ("tf.exp(v)", "tf.expm1(v)", {"helper", "f"}),
    "an import": ("import tensorflow as tf", "import tensorflow.compat.v1 as tf", {"helper", "f", "g"}),
    "a comment above": ("C = 2.0", "# why\nC = 2.0", set()),
    "passing one as an activation": ("\n\n\ndef g", "\n\n\nlayer = Dense(3, activation=g)\n\n\ndef g", {"g"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_keys_change_with_what_a_function_refers_to(name: str) -> None:
    old, new, expected = EDITS[name]
    before, after = parse(Source("a.py", EDITED)), parse(Source("a.py", EDITED.replace(old, new)))
    changed = set()
    for function in ("helper", "f", "g"):
        one, other = before.definitions[function][-1], after.definitions[function][-1]
        if key(before, one) != key(after, other):
            changed.add(function)
        else:
            assert lower(before, one) == lower(after, other)
    assert changed == expected


LAYOUTS = {
    "Windows line ends": "def f(x):\r\n    return tf.exp(\r\n        -x\r\n    )\r\n",
    "old line ends": "def f(x):\r    return tf.exp(\r        -x\r    )\r",
    "tabs and form feeds": "\f\ndef f(x):\n\treturn tf.exp(\f-x)\n",
    "letters beyond ASCII": "def f(x):\n    é, 变 = 'é😀', x; return tf.exp(-变)\n",
    "semicolons and one line": "def f(x): y = -x; return tf.exp(y)\n",
    "continuations and comments": "def f(x):\n    y = \\\n        -x  # (\n    return (  # why\n"
    "        tf.exp(y)\n    )\n",
    "decorators, hints, async": "@tf.function(\n    jit_compile=True\n)\nasync def f(x: tf.Tensor) -> tf.Tensor:\n"
    "    'doc'\n    return tf.exp(-x)\n",
    "no line end": "def f(x): return tf.exp(-x)",
    "a byte order mark": "\ufeffimport tensorflow as tf\ndef f(x): return tf.exp(-x)\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str) -> None:
    text = LAYOUTS[name]
    source = Source("a.py", text if "import" in text else HEAD + text)
    (fn,) = functions(parse(source))
    _, negated, result = fn.nodes
    assert isinstance(negated, Apply)
    assert isinstance(result, Apply)
    assert source.slice(negated.span) in ("-x", "-变")
    assert source.slice(result.span).startswith("tf.exp(")
    assert source.slice(result.span).endswith(")")
    assert source.slice(result.uses[0]) in ("-x", "-变", "y")
    assert source.slice(fn.name_span) == "f"
