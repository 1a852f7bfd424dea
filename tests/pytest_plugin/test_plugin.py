"""`pytest --nablint`, as pytest itself runs it: an item for each activation, and nothing at all without the flag."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

# Imported before pytester notes which modules are there: NumPy refuses to be imported again.
from nablint import api, config
from nablint.pytest_plugin import items

assert items.Activations
pytest_plugins = ["pytester"]

ACTIVATIONS = """\
import tensorflow as tf


def step(x):
    return tf.where(x > 0, 1.0, 0.0)


def swish(x):
    return x * tf.sigmoid(x)


sharp = lambda x: tf.math.log(1 + tf.exp(x))

open("trained", "w").close()
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """pytest with our plugin and none of the others that are installed here."""
    config.forget()
    pytester._monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester.runpytest_inprocess("-p", "nablint.pytest_plugin", "-p", "no:cacheprovider", *arguments)


def test_pytest_finds_the_plugin() -> None:
    (found,) = (one for one in entry_points(group="pytest11") if one.name == "nablint")
    assert found.value == "nablint.pytest_plugin"


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(act=ACTIVATIONS, test_plain="def test_one():\n    pass\n", other="print('this was run')\n")
    return pytester


def test_without_the_flag_nothing_is_there(folder: pytest.Pytester) -> None:
    result = run(folder, "--collect-only", "-q")
    assert result.outlines[:1] == ["test_plain.py::test_one"]
    result.stdout.fnmatch_lines(["1 test collected*"])


def test_an_item_for_each_activation(folder: pytest.Pytester) -> None:
    result = run(folder, "--nablint", "-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "act.py::step FAILED*",
            "act.py::swish PASSED*",
            "act.py::sharp FAILED*",
            "test_plain.py::test_one PASSED*",
            "act.py:5:12: warning no-gradient: No gradient reaches x*",
            "        return tf.where(x > 0, 1.0, 0.0)",
            "  fix: Use the straight-through estimator*",
            "act.py:12:*: warning overflow: *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "this was run" not in result.stdout.str()
    assert not (folder.path / "trained").exists()


def test_one_is_named_as_any_test(folder: pytest.Pytester) -> None:
    run(folder, "--nablint", "act.py::swish").assert_outcomes(passed=1)
    assert not (folder.path / "trained").exists(), "a file that is named must not be run either"
    run(folder, "--nablint", "-k", "step").assert_outcomes(failed=1, deselected=3)


def test_settings_are_those_of_the_folder(folder: pytest.Pytester) -> None:
    folder.makepyprojecttoml('[tool.nablint]\nselect = ["overflow"]\n')
    run(folder, "--nablint", "act.py").assert_outcomes(passed=2, failed=1)
    folder.makepyprojecttoml('[tool.nablint]\nselct = ["overflow"]\n')
    result = run(folder, "--nablint", "act.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no setting 'selct'. Did you mean 'select'?"])


OUTSIDE = {
    "a statement that Python cannot read": ("def broken(:\n", "act.py:16:*: This statement is not valid Python*"),
    "a call outside of every function": (
        "half = tf.keras.activations.relu(tf.constant(1.0), 6)\n",
        "act.py:16:*: warning wrong-activation-argument: *",
    ),
}


@pytest.mark.parametrize(("code", "line"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_stands_outside_has_an_item(pytester: pytest.Pytester, code: str, line: str) -> None:
    swish = "import tensorflow as tf\n\n\ndef swish(x):\n    return x * tf.sigmoid(x)\n" + "\n" * 10
    pytester.makepyfile(act=swish + code)
    result = run(pytester, "--nablint", "-v", "act.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["act.py::file FAILED*", line])


def test_a_file_that_cannot_be_read_is_an_error(pytester: pytest.Pytester) -> None:
    (pytester.path / "act.py").write_bytes(b"import tensorflow\0")
    result = run(pytester, "--nablint", "act.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["act.py is not text: it holds zero bytes."])


def test_tensorflow_is_asked_where_it_is_wanted(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those in which nothing is found, since a function that breaks on paper need not be run."""
    asked: list[str] = []

    def probe(target: str) -> None:
        asked.append(target)
        raise AssertionError("swish: It raises in every dtype: TypeError")

    monkeypatch.setattr(api, "assert_activation", probe)
    result = run(folder, "--nablint-probe", "act.py")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["swish: It raises in every dtype: TypeError"])
    assert asked == [f"{folder.path / 'act.py'}::swish"]
