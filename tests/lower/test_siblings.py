"""What a file imports from its own package is followed, on the disk, without running it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nablint.analyse import analyse
from nablint.beside import stamp
from nablint.config import Settings
from nablint.ir import show
from nablint.siblings import Siblings
from nablint.source import Source

HELPERS = """import tensorflow as tf

SCALE = 2.0
raise SystemExit("this is never run")


def grow(v):
    return tf.exp(SCALE * v)
"""
EXPECTED = "%0 = param x\n%1 = const 2.0\n%2 = mul(%1, %0)\n%3 = exp(%2)\nreturn %3"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "acts"
    folder.mkdir(parents=True)
    (tmp_path / "models" / "__init__.py").write_text("import keras\nfrom .helpers import grow as regrow\n")
    (folder / "__init__.py").write_text("")
    (folder / "near.py").write_text("import keras\nfrom ..helpers import *\n")
    (tmp_path / "models" / "helpers.py").write_text(HELPERS)
    return folder


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from ..helpers import grow", "grow(x)"),
        ("from .. import helpers", "helpers.grow(x)"),
        ("from models.helpers import grow as g", "g(x)"),
        ("from models import helpers as h", "h.grow(x)"),
        ("import models.helpers", "models.helpers.grow(x)"),
        ("from models import regrow", "regrow(x)"),
        ("from .near import grow", "grow(x)"),
        ("from . import near", "near.grow(x)"),
        ("import near", "near.grow(x)"),
        ("from ..helpers import SCALE", "tf.exp(SCALE * x)"),
    ],
)
def test_followed(package: Path, imports: str, call: str) -> None:
    text = f"import tensorflow as tf\n{imports}\n\n\ndef f(x):\n    return {call}\n"
    analysis = analyse(Source(str(package / "act.py"), text), siblings=Siblings())
    (function,) = analysis.functions
    assert show(function.paths[0]) == EXPECTED
    (finding,) = (f for f in analysis.findings if f.rule == "overflow")
    assert finding.span.start[0] == 5, "the finding is where this file calls"


def test_a_change_beside_is_seen(package: Path) -> None:
    text = "import tensorflow as tf\nfrom ..helpers import grow\n\n\ndef f(x):\n    return tf.tanh(grow(x))\n"
    source, siblings = Source(str(package / "act.py"), text), Siblings()
    first = analyse(source, siblings=siblings)
    helpers = package.parent / "helpers.py"
    helpers.write_text("def grow(v):\n    return v\n")
    os.utime(helpers, (1, 1))
    assert analyse(source, previous=first).functions[0].paths == first.functions[0].paths
    siblings.refresh()
    assert len(analyse(source, previous=first).functions[0].paths[0].nodes) == 2


def test_nothing_beside(tmp_path: Path) -> None:
    text = "import tensorflow as tf\nfrom .gone import grow\n\n\ndef f(x):\n    return tf.tanh(grow(x))\n"
    for path in (str(tmp_path / "act.py"), "", "untitled:1"):
        analysis = analyse(Source(path, text), Settings(), siblings=Siblings())
        assert "the function .gone.grow" in show(analysis.functions[0].paths[0])


def test_the_stamp_of_what_is_imported(package: Path) -> None:
    raw = b"import tensorflow as tf\nfrom . import near\nimport numpy as np\n"
    path = package / "act.py"
    first = stamp(path, raw)
    assert first == stamp(path, raw) != b"" == stamp(path, b"import tensorflow as tf\nfrom .gone import x\n")
    (package / "act.py").write_text("from . import near\n")
    assert first == stamp(path, raw), "it is not imported"
    helpers = package.parent / "helpers.py"
    helpers.write_text(HELPERS + "\n\nMORE = 1\n")
    assert first != stamp(path, raw), "two files further"
    first = stamp(path, raw)
    (package / "near.py").write_text("")
    assert first != stamp(path, raw)
