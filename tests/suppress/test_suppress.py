"""What `# nablint: ignore` silences, and where it says that it silences nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from nablint.analyse import analyse
from nablint.cli import group
from nablint.config import Settings
from nablint.finding import apply_edits
from nablint.source import Source
from nablint.verify import ignoring

HEAD = "import tensorflow as tf\n\n\n"
RISKY = "return tf.math.log(1 + tf.exp(x))"

CASES = {
    "on the line": (f"def f(x):\n    {RISKY}  # nablint: ignore[overflow]\n", []),
    "every rule": (f"def f(x):\n    {RISKY}  # nablint: ignore\n", []),
    "several rules, other words": (
        f"def f(x):\n    {RISKY}  # Fine here. # nablint: ignore[overflow, mixed-dtype]\n",
        ["unused-ignore"],
    ),
    "another rule": (f"def f(x):\n    {RISKY}  # nablint: ignore[mixed-dtype]\n", ["overflow", "unused-ignore"]),
    "no such rule": (f"def f(x):\n    {RISKY}  # nablint: ignore[overflo]\n", ["overflow", "unused-ignore"]),
    "on the def": (f"def f(x):  # nablint: ignore[overflow]\n    y = x\n    {RISKY}\n", []),
    "on a decorator": (f"@tf.function  # nablint: ignore[overflow]\ndef f(x):\n    {RISKY}\n", []),
    "on a def of several lines": (f"def f(\n    x,  # nablint: ignore[overflow]\n):\n    {RISKY}\n", []),
    "on another def": (
        f"def g(x):  # nablint: ignore[overflow]\n    return x\n\n\ndef f(x):\n    {RISKY}\n",
        ["overflow", "unused-ignore"],
    ),
    "on a class": (
        "class A(tf.keras.layers.Layer):  # nablint: ignore[overflow]\n    def call(self, x):\n        " + RISKY + "\n",
        [],
    ),
    "on the file": (f"# nablint: ignore-file[overflow]\n\n\ndef f(x):\n    {RISKY}\n", []),
    "on the file, at its end": (f"def f(x):\n    {RISKY}\n\n\n# nablint: ignore-file\n", []),
    "in a string": (f'def f(x):\n    """# nablint: ignore[overflow]"""\n    {RISKY}\n', ["overflow"]),
    "a helper of a caller": (
        f"def f(x):\n    {RISKY}  # nablint: ignore[overflow]\n\n\ndef g(x):\n    return f(2 * x)\n",
        [],
    ),
    "half typed": (f"def f(x):\n    {RISKY}  # nablint: ignore[overflow\n", ["overflow", "unused-ignore"]),
    "hardly begun": (f"def f(x):\n    {RISKY}  # nablint: ignore[\n", ["overflow", "unused-ignore"]),
    "half typed before another comment": (
        f"def f(x):\n    {RISKY}  # nablint: ignore[overflow # [why]\n",
        ["overflow", "unused-ignore"],
    ),
    "half typed, for the file": (
        f"# nablint: ignore-file[\n\n\ndef f(x):\n    {RISKY}\n",
        ["overflow", "unused-ignore"],
    ),
    "no rule in it": (f"def f(x):\n    {RISKY}  # nablint: ignore[]\n", ["overflow", "unused-ignore"]),
    "another word": (f"def f(x):\n    {RISKY}  # nablint: ignored\n", ["overflow"]),
    "a file's, unused": ("# nablint: ignore-file\n\n\ndef f(x):\n    return tf.nn.relu(x)\n", ["unused-ignore"]),
}


@pytest.mark.parametrize(("code", "left"), CASES.values(), ids=CASES)
def test_what_is_left(code: str, left: list[str]) -> None:
    assert [finding.rule for finding in analyse(Source("a.py", HEAD + code)).findings] == left


def test_unused_stands_under_the_comment() -> None:
    source = Source("a.py", HEAD + "def f(x):\n    return tf.nn.relu(x)  # Why. # nablint: ignore[overflow] more\n")
    (finding,) = analyse(source).findings
    assert source.slice(finding.span) == "# nablint: ignore[overflow]"


def test_a_rule_that_is_off_may_be_ignored() -> None:
    source = Source("a.py", HEAD + f"def f(x):\n    {RISKY}  # nablint: ignore[overflow]\n")
    assert not analyse(source, Settings(ignore=("overflow",))).findings
    assert not analyse(source, Settings(select=("mixed-dtype", "unused-ignore"))).findings


WRITTEN = {
    f"def f(x):\n    {RISKY}\n": f"def f(x):\n    {RISKY}  # nablint: ignore[overflow]\n",
    f"def f(x):\n    {RISKY}  # Why.\n": f"def f(x):\n    {RISKY}  # Why.  # nablint: ignore[overflow]\n",
    f"def f(x):\n    {RISKY}  # nablint: ignore[mixed-dtype]\n": (
        f"def f(x):\n    {RISKY}  # nablint: ignore[mixed-dtype, overflow]\n"
    ),
    "def f(x):\n    return tf.exp(x) + \\\n        x\n": None,
}


@pytest.mark.parametrize(("before", "after"), WRITTEN.items())
def test_the_comment_is_written_where_it_can_stand(before: str, after: str | None) -> None:
    source = Source("a.py", HEAD + before)
    analysis = analyse(source)
    fix = ignoring(analysis, next(f for f in analysis.findings if f.rule == "overflow"))
    assert (fix and apply_edits(source, fix.edits).text) == (after and HEAD + after)


def test_check_adds_ignores(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(HEAD + f"def f(x):\n    {RISKY}\n", encoding="utf-8")
    result = CliRunner().invoke(group, ["check", "--add-ignores", str(file)])
    assert (result.exit_code, file.read_text(encoding="utf-8").splitlines()[-1]) == (
        0,
        f"    {RISKY}  # nablint: ignore[overflow]",
    )
