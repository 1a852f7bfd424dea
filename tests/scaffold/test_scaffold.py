"""`nablint scaffold`: the test that it writes passes for a good activation and fails for a bad one."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commandline import notebook, run, write
from nablint.analyse import analyse
from nablint.scaffold import scaffold
from nablint.source import Source

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted(path for folder in ("clean", "risky", "seed") for path in (FIXTURES / folder).glob("*.py"))

GOOD = """\
import tensorflow as tf


def swish(x):
    return x * tf.sigmoid(x)
"""
BAD = """\
import tensorflow as tf


def sharp(x, scale=10.0):
    return tf.math.log(1 + tf.exp(scale * x))


model = tf.keras.Sequential([tf.keras.layers.Dense(1, activation=sharp)])
model.fit(None)
"""
FORMS = """\
import tensorflow as tf
from tensorflow import keras


class Slope(keras.layers.Layer):
    def __init__(self, start, name=None, **options):
        super().__init__(name=name, **options)
        self.start = start

    def call(self, x):
        return tf.where(x > 0, x, self.start * x)


class Curves:
    @staticmethod
    def bent(x):
        return x * tf.tanh(x)


def maker(scale, axis):
    def act(x):
        return scale * tf.tanh(x)

    return act


def capped(x, cap, *, units):
    return tf.minimum(tf.nn.relu(x), cap * units)


steep = lambda x: tf.tanh(3 * x)


@tf.custom_gradient
def straight(x):
    return tf.round(x), lambda dy: dy


def loss(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred))


layer = keras.layers.Dense(1, activation=lambda x: x * tf.sigmoid(x))
"""


def written(text: str, name: str, path: Path, folder: Path | None = None) -> str:
    made = scaffold(analyse(Source(str(path), text)), name, folder)
    assert made.refused == ""
    ast.parse(made.text)
    return made.text


QUICK = "swish or not model"
"""Whether models train and are loaded is asked of the good one only: that takes seconds."""


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_it_passes_for_a_good_activation_and_fails_for_a_bad_one(tmp_path: Path) -> None:
    """The good one is imported; the bad one is taken out of a script that trains, which must not happen."""
    write(tmp_path, {"pkg/__init__.py": "", "pkg/good.py": GOOD, "bad.py": BAD})
    assert run(tmp_path, "scaffold", "pkg/good.py::swish").status == 0
    assert run(tmp_path, "scaffold", "bad.py::sharp").status == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "--tb=line", "-k", QUICK, "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    lines = re.findall(r"^(PASSED|FAILED|ERROR) (\S+?)::(\w+(?:\[.*?\])?)(?: -.*)?$", done.stdout, re.MULTILINE)
    assert {outcome for outcome, file, _ in lines if file == "pkg/test_swish.py"} == {"PASSED"}, done.stdout
    failed = {test for outcome, file, test in lines if (outcome, file) == ("FAILED", "test_sharp.py")}
    assert failed >= {
        "test_hazard[overflow-float32]",
        "test_hazard[overflow-float64]",
        "test_hazard[the largest-float16]",
        "test_value_and_gradient_are_finite[float32]",
    }
    assert len([test for outcome, file, test in lines if file == "test_sharp.py" and outcome == "PASSED"]) > 10


PARTS = {
    "Slope.call": ["import Slope", "Slope(start=1.0, dtype=dtype)", '{"Slope": Slope}', "@cache"],
    "Curves.bent": ["import Curves", "return Curves.bent(x)", '{"bent": Curves.bent}'],
    "maker.act": ["import maker", "act = maker(scale=1.0, axis=-1)", "return act(x)", '{"act": act}'],
    "maker.<locals>.act": ["act = maker(scale=1.0, axis=-1)"],
    "capped": ["return capped(x, cap=1.0, units=8)", '{"applied": applied}'],
    "steep": ["import steep", "return steep(x)"],
    "straight": ["Activation(applied, dtype=dtype)", "it is chosen to be another one"],
}


@pytest.mark.parametrize(("name", "parts"), PARTS.items(), ids=PARTS)
def test_every_form_of_an_activation(tmp_path: Path, name: str, parts: list[str]) -> None:
    text = written(FORMS, name, tmp_path / "forms.py")
    assert [part for part in parts if part not in text] == []
    assert ("def test_gradient_is_the_slope" in text) == (name != "straight")


REFUSED = {
    "loss": "loss is a loss: tests are written for activations, of one tensor.",
    "<lambda>": "A lambda without a name cannot be imported: give it one.",
    "cappd": "There is no function cappd that nablint reads. Did you mean 'capped'?",
}


@pytest.mark.parametrize(("name", "sentence"), REFUSED.items(), ids=REFUSED)
def test_what_no_test_is_written_for(tmp_path: Path, name: str, sentence: str) -> None:
    assert scaffold(analyse(Source(str(tmp_path / "forms.py"), FORMS)), name).refused == sentence


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_whatever_is_written_is_python(path: Path) -> None:
    analysis = analyse(Source(str(path), path.read_text(encoding="utf-8")))
    made = [scaffold(analysis, function.name) for function in analysis.functions if function.may_train]
    assert all(bool(one.text) != bool(one.refused) for one in made)
    assert all(re.fullmatch(r"test_\w+\.py", one.file) for one in made if one.text)
    for one in made:
        ast.parse(one.text)


IMPORTS = {
    "beside it": ("act.py", ".", "\nfrom act import swish\n", ""),
    "in a package": ("src/pkg/act.py", "src/pkg", "\nfrom pkg.act import swish\n", ""),
    "elsewhere": ("src/pkg/act.py", "tests", "\nfrom pkg.act import swish\n", "Path(__file__).parent / '../src'"),
    "a name that no import can have": (
        "my-act.py",
        ".",
        "nablint.load(",
        "Path(__file__).parent / 'my-act.py'}::swish",
    ),
    "a notebook": ("act.ipynb", ".", "nablint.load(", "Path(__file__).parent / 'act.ipynb'}::swish"),
}


@pytest.mark.parametrize(("file", "folder", "line", "path"), IMPORTS.values(), ids=IMPORTS)
def test_how_a_test_gets_at_the_function(tmp_path: Path, file: str, folder: str, line: str, path: str) -> None:
    content = notebook(GOOD) if file.endswith(".ipynb") else GOOD
    write(tmp_path, {file: content, "tests/conftest.py": "", "src/pkg/__init__.py": ""})
    assert run(tmp_path, "scaffold", f"{file}::swish", "--output", folder).status == 0
    text = (tmp_path / folder / "test_swish.py").read_text(encoding="utf-8")
    assert line in text
    assert path in text
    ast.parse(text)


def test_the_text_is_as_formatters_have_it(tmp_path: Path) -> None:
    write(tmp_path, {"forms.py": FORMS, "bad.py": BAD, "pyproject.toml": "[tool.ruff]\nline-length = 120\n"})
    for target in ("forms.py::Slope.call", "forms.py::maker.act", "bad.py::sharp"):
        assert run(tmp_path, "scaffold", target).status == 0
    for command in (["check", "--select", "E,F,I,UP"], ["format", "--check"]):
        tests = sorted(str(path) for path in tmp_path.glob("test_*.py"))
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *tests], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_nothing_is_overwritten_unless_that_is_wanted(tmp_path: Path) -> None:
    write(tmp_path, {"act.py": GOOD, "test_swish.py": "mine\n"})
    (tmp_path / "link.py").symlink_to(tmp_path / "nowhere.py")
    for more in ((), ("--output", "test_swish.py"), ("--output", "link.py")):
        ran = run(tmp_path, "scaffold", "act.py::swish", *more)
        assert (ran.status, ran.out) == (2, "")
        assert "is there already: name another with --output, or write over it with --force." in ran.err
    assert (tmp_path / "test_swish.py").read_text() == "mine\n"
    assert not (tmp_path / "nowhere.py").exists()
    assert run(tmp_path, "scaffold", "--force", "act.py::swish").status == 0
    assert "def applied(x)" in (tmp_path / "test_swish.py").read_text()
    printed = run(tmp_path, "scaffold", "--stdout", "act.py::swish")
    assert printed.out == (tmp_path / "test_swish.py").read_text()


WRONG = {
    "no mark": ("act.py", "'act.py' is not of the form FILE::FUNCTION."),
    "no file": ("nowhere.py::f", "nowhere.py cannot be read: No such file or directory."),
    "no activation": ("plain.py::f", "plain.py is not about TensorFlow or Keras."),
    "no function": ("act.py::../../swsh", "There is no function ../../swsh that nablint reads. Did you mean 'swish'?"),
}


@pytest.mark.parametrize(("target", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_in_one_sentence(tmp_path: Path, target: str, sentence: str) -> None:
    write(tmp_path, {"act.py": GOOD, "plain.py": "def f(x):\n    return x\n"})
    ran = run(tmp_path, "scaffold", target)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.strip() == f"nablint: {sentence}"
