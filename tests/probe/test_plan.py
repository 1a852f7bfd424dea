"""What is asked of the agent: arguments and shapes from comments and requests; and answers that are known already."""

# ruff: noqa: E501 (a case is a line)

from pathlib import Path

import pytest

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.probe.plan import Planned, Wish, planned
from nablint.probe.protocol import Ask, Report
from nablint.probe.recall import Recall, key
from nablint.source import Source

HEAD = "import tensorflow as tf\n"
BODY = "def f(x, alpha):\n    return tf.nn.tanh(alpha * x)\n"


def plan(code: str, **arguments: object) -> Planned:
    source = Source("a.py", HEAD + code)
    span = next(one.span for one in analyse(source, Settings()).functions if one.name == "f")
    return planned(Wish(source, "f", span=span, arguments=arguments))


ASKED = {
    "nothing": (BODY, {}, {}, (8, 8)),
    "a comment above": (f"# nablint: probe(alpha=0.5)\n{BODY}", {}, {"alpha": 0.5}, (8, 8)),
    "a comment beside": (BODY.replace(":\n", ":  # nablint: probe(alpha=-2, shape=(8, 4))\n", 1), {}, {"alpha": -2}, (8, 4)),
    "a request over a comment": (f"# nablint: probe(alpha=0.5)\n{BODY}", {"alpha": 3}, {"alpha": 3}, (8, 8)),
    "a shape of the request": (BODY, {"shape": [2, 3, 3]}, {}, (2, 3, 3)),
    "a comment of something else": (f"# nablint: probe(alpha=0.5)\nA = 1\n\n{BODY}", {}, {}, (8, 8)),
    "lists and texts": (f"# nablint: probe(alpha=[1, 2], mode='a')\n{BODY}", {}, {"alpha": [1, 2], "mode": "a"}, (8, 8)),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_asks(case: str) -> None:
    code, request, arguments, shape = ASKED[case]
    found = plan(code, **request)
    assert (found.refused, found.ask.arguments, found.ask.shape) == ("", arguments, shape)


FORM = "The comment in line 2 is not of the form `# nablint: probe(alpha=0.5, shape=(8, 4))`."
REFUSED = {
    "no literal": ("(alpha=g())", FORM),
    "no names": ("(0.5)", FORM),
    "no brackets": ("", FORM),
    "unfinished": ("(alpha=", FORM),
    "no shape": ("(shape=3)", "shape=3 is not the shape of an input: give sizes such as (8, 4), the batch first."),
    "no size": ("(shape=(8, 0))", "shape=(8, 0) is not the shape of an input"),
    "too large": ("(shape=(8, 1024, 1025))", "shape=(8, 1024, 1025) is not the shape of an input"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    text, sentence = REFUSED[case]
    assert plan(f"# nablint: probe{text}\n{BODY}").refused.startswith(sentence)


def test_keeps_the_last_good_reports(tmp_path: Path) -> None:
    (tmp_path / "lib/python3.11/site-packages").mkdir(parents=True)
    python = tmp_path / "bin/python"
    first, second = key(Ask("a", "f"), python), key(Ask("b", "f"), python)
    recall = Recall()
    recall.put(first, Report("f", verdict="Trains."))
    recall.put(second, Report("f", failure="Cancelled."))
    assert (recall.get(first), recall.get(second)) == (Report("f", verdict="Trains."), None)
    for number in range(64):
        recall.put(str(number), Report("g"))
    assert recall.get(first) is None


def test_a_new_package_makes_the_reports_old(tmp_path: Path) -> None:
    packages = tmp_path / "lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    before = key(Ask("a", "f"), tmp_path / "bin/python")
    (packages / "keras").mkdir()
    assert key(Ask("a", "f"), tmp_path / "bin/python") != before
    assert key(Ask("a", "f", arguments={"alpha": 1}), tmp_path / "bin/python") != before
