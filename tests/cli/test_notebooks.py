"""Notebooks: cells joined, magics out of the way, places told by cell, edits written back."""

from __future__ import annotations

import json

import pytest
from commandline import notebook as ipynb

from nablint import notebook
from nablint.finding import Edit
from nablint.source import Span

MAGICS = {
    "plain": ("x = 1\n", "x = 1\n"),
    "line magic": ("%matplotlib inline\nx = 1", "pass\nx = 1"),
    "shell": ("if x:\n    !ls *.py\n", "if x:\n    pass\n"),
    "assigned": ("files = !ls\ny, z = %time f()\n", "files = None\ny, z = None\n"),
    "help": ("?tf.where\ntf.where?\n", "pass\npass\n"),
    "modulo is no magic": ("x = (y\n% z)\n", "x = (y\n% z)\n"),
    "another language": ("%%bash\nls\n", "\n\n"),
    "timed": ("\n%%time\nx = 1\n%matplotlib inline\n", "\n\nx = 1\npass\n"),
    "await": ("x = await f()\n", "x = await f()\n"),
    "half typed": ("def f(x:\n", "def f(x:\n"),
    "Windows": ("%magic\r\nx = 1\r\n", "pass\r\nx = 1\r\n"),
    "only the marks": ("%%", ""),
}


@pytest.mark.parametrize(("cell", "python"), MAGICS.values(), ids=MAGICS)
def test_magics(cell: str, python: str) -> None:
    assert notebook.python_text(cell) == python
    assert cell.count("\n") == python.count("\n")


def test_places() -> None:
    joined = notebook.read(ipynb("x = 1\ny = 2", "", "%%html\n<b>", "z = 3\n"))
    assert joined.text == "x = 1\ny = 2\n\n\nz = 3\n"
    places = [joined.place(line) for line in range(5)]
    assert [(cell.number, line) for cell, line in places] == [(2, 0), (2, 1), (4, 0), (4, 1), (5, 0)]


def test_edits_land_in_their_cells_and_nothing_else_changes() -> None:
    text = ipynb("%matplotlib inline\nx = 1", "y = 2\nz = 3\n")
    joined = notebook.read(text)
    edits = [
        Edit(Span((1, 4), (1, 5)), "'é'"),
        Edit(Span((2, 0), (2, 0)), "import math\n"),
        Edit(Span((3, 0), (4, 0)), ""),
    ]
    after = notebook.write(text, joined.edited(edits))
    before, now = json.loads(text), json.loads(after)
    assert ["".join(cell["source"]) for cell in now["cells"]] == [
        "# Title\ntext",
        "%matplotlib inline\nx = 'é'",
        "import math\ny = 2\n",
    ]
    for one, other in zip(before["cells"], now["cells"], strict=True):
        assert {**one, "source": 0} == {**other, "source": 0}
    assert notebook.write(text, joined) == text
    assert notebook.read(after).text == joined.edited(edits).text


def test_other_languages_are_left_alone() -> None:
    assert notebook.read(ipynb("x <- 1", language="R")).cells == ()
