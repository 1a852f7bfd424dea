"""What a slice keeps, as data: the file, the name, and the lines that remain or the words of the refusal."""

# ruff: noqa: E501 (a case is a line)

import pytest

from nablint.slice import cut
from nablint.source import Source


def kept(text: str, name: str) -> list[str] | str:
    piece = cut(Source("a.py", text), name)
    return piece.refused or [line for line in piece.text.split("\n") if line.strip()]


KEPT = {
    "nothing but the function": ("import os\nx = 1\ndef f(x):\n    return x\nf(1)\n", "f", [2, 3]),
    "imports that it uses": ("import os\nimport numpy as np\nimport tensorflow as tf\nf = lambda x: tf.exp(x)\n", "f", [2, 3]),
    "one of two on a line": ("import os; import math\ndef f(x): return x * math.pi\n", "f", None),
    "constants, through others": ("A = 1\nB = A + 1\nC = 3\ndef f(x): return x * B\n", "f", [0, 1, 3]),
    "helpers defined below": ("def f(x): return g(x)\ndef g(x): return x\ndef h(x): return x\n", "f", [0, 1]),
    "rebinding and changes": ("A = 1\nA = 2\nA += 1\nprint(A)\ndef f(x): return x * A\n", "f", [0, 1, 2, 4]),
    "a name's later wrapping": ("import tensorflow as tf\ndef f(x): return x\nf = tf.function(f)\nf(1)\n", "f", [0, 1, 2]),
    "containers filled": ("T = {}\nT['a'] = 1\nT.update(b=2)\nT.get('a')\ndef f(x): return x * T['a']\n", "f", [0, 1, 2, 4]),
    "a loop that fills": ("T = []\nfor i in range(3):\n    T.append(i)\ndef f(x): return x * T[0]\n", "f", [0, 1, 2, 3]),
    "decorators": ("def d(g): return g\n@d\ndef f(x): return x\n", "f", [0, 1, 2]),
    "defaults": ("A = 1\ndef f(x, a=A): return x * a\n", "f", [0, 1]),
    "a parameter hides a name": ("a = train()\ndef f(x, a=1): return x * a\n", "f", [1]),
    "a local hides a name": ("a = train()\ndef f(x):\n    a = 1\n    return x * a\n", "f", [1, 2, 3]),
    "a comprehension hides a name": ("a = train()\ndef f(x): return sum(a for a in [x])\n", "f", [1]),
    "a global that it sets": ("N = 0\ndef f(x):\n    global N\n    N += 1\n    return x\n", "f", [0, 1, 2, 3, 4]),
    "never the main guard": ("A = 1\nif __name__ == '__main__':\n    A = 2\ndef f(x): return x * A\n", "f", [0, 3]),
    "a method, its class and base": (
        "import keras\nclass B(keras.layers.Layer): pass\nclass L(B):\n    def call(self, x): return x\nl = L()\nl.build(1)\n",
        "L.call",
        [0, 1, 2, 3],
    ),
    "no other method's needs": (
        "data = load()\nclass L:\n    def call(self, x): return self.g(x)\n    def g(self, x): return x * K\n"
        "    def fit(self): return data\nK = 1\n",
        "L.call",
        [1, 2, 3, 4, 5],
    ),
    "the library's star": ("from keras.ops import *\nimport os\ndef f(x): return exp(x)\n", "f", [0, 2]),
    "no star that nothing needs": ("from mine import *\ndef f(x): return x\n", "f", [1]),
    "magics dropped": ("%matplotlib inline\n!pip install x\nA = 1\nb = !ls\ndef f(x): return x * A\n", "f", [2, 4]),
    "a conditional definition": ("import sys\nif sys.platform == 'x':\n    def f(x): return x\nelse:\n    def f(x): return -x\n", "f", [0, 1, 2, 3, 4]),
    "a definition in a try": ("try:\n    from a import f\nexcept ImportError:\n    def f(x): return x\n", "f", [0, 1, 2, 3]),
    "a decorator with effects": ("SEEN = []\ndef note(g):\n    SEEN.append(g)\n    return g\n@note\ndef f(x): return x\n", "f", [0, 1, 2, 3, 4, 5]),
    "the other side of the main guard": ("if __name__ == '__main__':\n    A = 1\nelse:\n    A = 2\ndef f(x): return x * A\n", "f", [0, 1, 2, 3, 4]),
    "not the main program": ("if __name__ != '__main__':\n    A = 2\ndef f(x): return x * A\n", "f", [0, 1, 2]),
    "state that its helper changes": ("N = [0]\ndef g():\n    N[0] += 1\ndef f(x):\n    g()\n    return x * N[0]\n", "f", [0, 1, 2, 3, 4, 5]),
    "calls that change something else": ("A = 1\nT = []\ndef g(): T.append(1)\ng()\nprint(A)\ntrain(A)\ndef f(x): return x * A\n", "f", [0, 6]),
    "a class patched later": ("class L:\n    def call(self, x): return x\nL.k = 2\nL().call(1)\n", "L.call", [0, 1, 2]),
    "a name deleted and set again": ("A = 1\ndel A\nA = 2\ndef f(x): return x * A\n", "f", [0, 1, 2, 3]),
    "a walrus": ("print(A := 2)\ndef f(x): return x * A\n", "f", [0, 1]),
    "a name that is only deleted elsewhere": ("B = 1\ndel B\ndef f(x): return x\n", "f", [2]),
    "half-typed code elsewhere": ("def f(x): return x\n\ndef g(x:\n    return x +\n", "f", [0]),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_keeps(case: str) -> None:
    text, name, lines = KEPT[case]
    expected = [text.split("\n")[line] for line in lines] if lines else ["import math", text.split("\n")[1]]
    assert kept(text, name) == expected


WRITTEN = {
    "a branch keeps its shape": (
        "try:\n    import keras\n    print(1)\nexcept ImportError:\n    raise SystemExit\ndef f(x): return keras.ops.exp(x)\n",
        "f",
        "try:\n    import keras\n    pass\nexcept ImportError:\n    pass\ndef f(x): return keras.ops.exp(x)\n",
        "f",
    ),
    "a closure's maker stops there": (
        "def make(a):\n    train()\n    b = a * 2\n    def f(x):\n        return x * b\n    print(f)\n    return f\n",
        "make.<locals>.f",
        "def make(a):\n    pass\n    b = a * 2\n    def f(x):\n        return x * b\n    pass\n    return f\n",
        "make.f",
    ),
    "a lambda gets a name on its line": (
        "A = 2\nmodel.add(Dense(8, activation=lambda x: A * x))\nmodel.fit()\n",
        "<lambda>:2:31",
        "A = 2\nlambda_2_31 = lambda x: A * x\n",
        "lambda_2_31",
    ),
    "the only lambda needs no place": ("Dense(lambda x: x)\n", "<lambda>", "lambda_1_7 = lambda x: x\n", "lambda_1_7"),
    "a lambda that closes over an argument": (
        "def make(a):\n    train()\n    return lambda x: a * x\n",
        "<lambda>:3:12",
        "def make(a):\n    pass\n    return lambda x: a * x\n",
        "make.lambda_3_12",
    ),
    "a partial gets a name on its line": (
        "from functools import partial\ndef g(x, a): return a * x\nmodel.add(Dense(8, activation=partial(g, a=2)))\n",
        "<partial>:3:31",
        "from functools import partial\ndef g(x, a): return a * x\npartial_3_31 = partial(g, a=2)\n",
        "partial_3_31",
    ),
    "lines stay where they are": ("import os\n\n# Hello.\ndef f(x):\n    return x\n", "f", "\n\n\ndef f(x):\n    return x\n", "f"),
    "letters beyond ASCII": ("α = 1; β = 2\ndef f(x): return x * β\n", "f", "β = 2\ndef f(x): return x * β\n", "f"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRITTEN)
def test_writes(case: str) -> None:
    text, name, expected, inside = WRITTEN[case]
    piece = cut(Source("a.py", text), name)
    assert (piece.refused, piece.text, piece.name) == ("", expected, inside)


REFUSED = {
    "a star of the user's own": ("from mine import *\ndef f(x): return g(x)\n", "f", "f needs g, which may come from `from mine import *`."),
    "a star in a try": ("try:\n    from keras.ops import *\nexcept ImportError:\n    pass\ndef f(x): return exp(x)\n", "f", "f needs exp, which may come from `from keras.ops import *`."),
    "state set by a call": ("T = {}\ndef setup(): T['a'] = 1\nsetup()\ndef f(x): return x * T['a']\n", "f", "Line 3 calls setup(), which changes T, and f depends on it."),
    "a global set by a call": ("A = 1\ndef setup():\n    global A\n    A = 2\ndef main(): setup()\nmain()\ndef f(x): return x * A\n", "f", "Line 6 calls main(), which changes A"),
    "state passed to be changed": ("T = {}\ndef fill(table, n): table['a'] = n\nr = fill(T, 3)\ndef f(x): return x * T['a']\n", "f", "Line 3 calls fill(), which changes T"),
    "an attribute set by name": ("class C: pass\nsetattr(C, 'a', 2)\ndef f(x): return x * C.a\n", "f", "Line 2 calls setattr(), which changes C"),
    "names written by globals()": ("for name in ('A', 'B'):\n    globals()[name] = 1\ndef f(x): return x * A\n", "f", "Line 1 sets names by globals(), so nothing tells what f needs."),
    "names updated in vars()": ("vars().update(A=1)\ndef f(x): return x * A\n", "f", "Line 1 sets names by vars()"),
    "exec at the top": ("exec('A = 1')\ndef f(x): return x * A\n", "f", "Line 1 sets names by exec()"),
    "globals()": ("def f(x): return globals()['g'](x)\n", "f", "globals()"),
    "exec in a helper": ("def g(): exec('a = 1')\ndef f(x): return g()\n", "f", "exec()"),
    "a loop with effects": ("T = []\nfor i in range(3):\n    T.append(i)\n    model.fit()\ndef f(x): return T\n", "f", "The loop around line 4"),
    "no such name": ("def f(x): return x\n", "g", "g is not at the top level"),
    "too deep": ("def a():\n    def b():\n        def c(x): return x\n", "a.b.c", "too deep"),
    "local to a method": ("class A:\n    def b(self):\n        def c(x): return x\n", "A.b.c", "local to a method"),
    "several lambdas": ("g(lambda x: x, lambda y: y)\n", "<lambda>", "Several lambdas"),
    "no Python at all": ("def f(x): return x\n\0", "f", "cannot be read as Python"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    text, name, words = REFUSED[case]
    piece = cut(Source("a.py", text), name)
    assert words in piece.refused
    assert piece.text == ""


def test_names_the_users_own_modules() -> None:
    text = "import numpy as np\nfrom .ops import exp\nimport mine.act\nimport other\ndef f(x): return np.abs(exp(mine.act.g(x)))\n"
    assert cut(Source("a.py", text), "f").imports == (".ops", "mine.act")
