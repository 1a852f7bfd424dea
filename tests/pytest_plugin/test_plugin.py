"""`pytest --nablint`, as pytest itself runs it: an item for each activation, and nothing at all without the flag."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ACTIVATIONS = """\
import tensorflow as tf


def step(x):
    return tf.where(x > 0, 1.0, 0.0)


def swish(x):
    return x * tf.sigmoid(x)


sharp = lambda x: tf.math.log(1 + tf.exp(x))


def test_two():
    assert 1 + 1 == 2
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(act=ACTIVATIONS, test_plain="def test_one():\n    pass\n", other="print('this was run')\n")
    return pytester


def test_without_the_flag_nothing_is_there(folder: pytest.Pytester) -> None:
    result = folder.runpytest_inprocess("--collect-only", "-q")
    assert result.outlines[:1] == ["test_plain.py::test_one"]
    result.stdout.fnmatch_lines(["1 test collected*"])


def test_an_item_for_each_activation(folder: pytest.Pytester) -> None:
    result = folder.runpytest_inprocess("--nablint", "-v", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "act.py::step FAILED*",
            "act.py::swish PASSED*",
            "act.py::<lambda>:12:9 FAILED*",
            "test_plain.py::test_one PASSED*",
            "act.py:5:12: warning no-gradient: No gradient reaches x*",
            "        return tf.where(x > 0, 1.0, 0.0)",
            "  fix: Use the straight-through estimator*",
            "act.py:12:*: warning overflow: *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "this was run" not in result.stdout.str()


def test_one_is_named_as_any_test(folder: pytest.Pytester) -> None:
    folder.runpytest_inprocess("--nablint", "act.py::swish").assert_outcomes(passed=1)
    folder.runpytest_inprocess("--nablint", "-k", "step").assert_outcomes(failed=1, deselected=3)


def test_settings_are_those_of_the_folder(folder: pytest.Pytester) -> None:
    folder.makepyprojecttoml('[tool.nablint]\nselect = ["overflow"]\n')
    folder.runpytest_inprocess("--nablint", "act.py").assert_outcomes(passed=2, failed=1)
    folder.makepyprojecttoml('[tool.nablint]\nselct = ["overflow"]\n')
    result = folder.runpytest_inprocess("--nablint", "act.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no setting 'selct'. Did you mean 'select'?"])


OUTSIDE = {
    "a statement that Python cannot read": ("def broken(:\n", "act.py:16:1: This statement is not valid Python*"),
    "a call outside of every function": (
        "model = tf.keras.Sequential([tf.keras.layers.Dense(1, activation='no_such_activation')])\n",
        "act.py:16:*: error wrong-activation-argument: *",
    ),
}


@pytest.mark.parametrize(("code", "line"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_stands_outside_has_an_item(pytester: pytest.Pytester, code: str, line: str) -> None:
    swish = "import tensorflow as tf\n\n\ndef swish(x):\n    return x * tf.sigmoid(x)\n" + "\n" * 10
    pytester.makepyfile(act=swish + code)
    result = pytester.runpytest_inprocess("--nablint", "-v", "act.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["act.py::file FAILED*", line])


def test_a_file_that_cannot_be_read_is_an_error(pytester: pytest.Pytester) -> None:
    (pytester.path / "act.py").write_bytes(b"import tensorflow\0")
    result = pytester.runpytest_inprocess("--nablint", "act.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["act.py is not text: it holds zero bytes."])


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_tensorflow_is_asked_where_it_is_wanted(pytester: pytest.Pytester) -> None:
    """Nothing is found in the text, but the function raises when it runs."""
    pytester.makepyfile(
        act="import tensorflow as tf\n\n\ndef swish(x):\n    return x * tf.sigmoid(x)\n\n\n"
        "def odd(x):\n    return tf.tanh(x) * tf.constant(CODE[0])\n\n\nCODE = bytes([1])\n"
    )
    result = pytester.runpytest_inprocess("--nablint-probe", "act.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["odd: It raises in float32: *"])
