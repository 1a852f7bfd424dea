"""Where one top-level statement ends and the next begins."""

import ast
import random
import sysconfig
import warnings
from pathlib import Path

import pytest

from nablint.parse import parse
from nablint.parse.split import split
from nablint.source import Source

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = [f for f in sorted(STDLIB.rglob("*.py")) if "site-packages" not in f.parts][::10]


def _by_ast(text: str) -> list[int]:
    """The lines on which statements begin, decorators included; of several on a line, the first."""
    found: list[int] = []
    last = -1
    for statement in ast.parse(text).body:
        decorators = getattr(statement, "decorator_list", [])
        line = min([statement.lineno, *(d.lineno for d in decorators)]) - 1
        if line > last:
            found.append(line)
        last = max(last, (statement.end_lineno or 0) - 1)
    return found


def test_agrees_with_python_on_the_standard_library() -> None:
    compared = 0
    for file in FILES:
        try:
            text = file.read_bytes().decode("utf-8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = _by_ast(text)
        except (SyntaxError, UnicodeDecodeError):
            continue  # The library holds files that are wrong on purpose.
        assert [line for line, _ in split(Source(str(file), text))] == expected, file
        compared += 1
    assert compared > 100


CASES = {
    "decorators and clauses": (
        "@a\n@b(\n  1)\ndef f():\n    pass\n\nif x:\n    pass\nelif y:\n    pass\nelse:\n    pass\n"
        "try: a\nexcept B: c\n",
        ["@a\n@b(\n  1)\ndef f():\n    pass\n", "if x:\n    pass\nelif y:\n    pass\nelse:\n    pass\n",
         "try: a\nexcept B: c\n"],
    ),
    "strings, comments, continuations": (
        '"""a\nb"""\nx = "#(" + \\\n  \'[\'  # )]\ny = f"{z[\'a\']}"\n',
        ['"""a\nb"""\n', 'x = "#(" + \\\n  \'[\'  # )]\n', 'y = f"{z[\'a\']}"\n'],
    ),
    "comments between statements belong to none": ("# a\n\nx = 1\n# b\n\ny = 2\n", ["x = 1\n", "y = 2\n"]),
    "a bracket that is never closed costs one statement": (
        "x = f(\ndef g():\n    pass\ny = [\nimport z\n",
        ["x = f(\n", "def g():\n    pass\n", "y = [\n", "import z\n"],
    ),
    "a string that is never closed costs one line": ("x = 'a\ny = 1\n", ["x = 'a\n", "y = 1\n"]),
    "line ends": (
        "a = 1\r\nif b:\r\n    c\r\nd = (\r\n  2)\re\r",
        ["a = 1\r\n", "if b:\r\n    c\r\n", "d = (\r\n  2)\r", "e\r"],
    ),
    "magics become comments of the same length": (
        "%matplotlib inline\n!pip install x\nx = !ls -l\n?tf.exp\ntf.exp??\nif a:\n    %time f()\n    !\ny = 5 % 3\n",
        ["if a:\n    0#ime f()\n    #\n", "y = 5 % 3\n"],
    ),
    "magics with brackets, quotes and continuations": (
        "!ls '(\n?f(\"\"\"\n!pip \\\n  install x\ny = 1\n",
        ["y = 1\n"],
    ),
    "a form feed and tabs": ("\fa = 1\n\f\nif b:\n\tc\n", ["\fa = 1\n", "if b:\n\tc\n"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_statements(name: str) -> None:
    text, expected = CASES[name]
    assert [statement for _, statement in split(Source("a.py", text))] == expected


@pytest.mark.parametrize("name", CASES)
def test_statements_stand_where_they_stood(name: str) -> None:
    source = Source("a.py", CASES[name][0])
    for line, statement in split(source):
        original = "".join(source.lines[line : line + len(Source("", statement).lines)])
        assert len(original) == len(statement)
        assert [a for a, b in zip(original, statement, strict=True) if a != b and b not in "0#"] == []


def test_unchanged_statements_are_taken_over() -> None:
    first = parse(Source("a.py", "import tensorflow\na = 1\nb = 2\n"))
    second = parse(Source("a.py", "import tensorflow\n\na = 1\n\nb = 3\n"), first)
    assert [p.line for p in second.placed] == [0, 2, 4]
    taken = [p.segment in [q.segment for q in first.placed] for p in second.placed]
    assert taken == [True, True, False]
    assert second.placed[1].segment is first.placed[1].segment


def test_files_without_tensorflow_are_not_split() -> None:
    assert parse(Source("a.py", "import torch\nx = 1\n")).placed == ()


def test_an_edit_gives_what_a_fresh_look_gives() -> None:
    base = "import tensorflow as tf\n" + "\n".join(text for text, _ in CASES.values()) * 3
    dice = random.Random(5)
    text, previous = base, parse(Source("a.py", base))
    words = ["(", ")", "\n", "x", "'", '"""', "\n\n", "@", "    ", "else:\n", "# c\n", "def f():\n", "\r", "!ls\n"]
    for _ in range(400):
        at = dice.randrange(len(text))
        match dice.randrange(5):
            case 0:
                text = base
            case 1 | 2:
                text = text[:at] + dice.choice(words) + text[at:]
            case _:
                text = text[:at] + text[at + dice.randint(1, 30) :]
        text = text if "tensorflow" in text else base
        previous = parse(Source("a.py", text), previous)
        fresh = parse(Source("a.py", text))
        assert [(p.line, p.segment.text) for p in previous.placed] == [(p.line, p.segment.text) for p in fresh.placed]
