"""`import nablint` in a program of the user's: few names, cheap to import, and a sentence for whatever is wrong."""

from __future__ import annotations

import doctest
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import nablint
from nablint import api, config
from nablint.finding import Fix

ROOT = Path(__file__).parents[2]
SEED = ROOT / "fixtures" / "seed"
STEP = "import tensorflow as tf\n\n\ndef step(x):\n    return tf.where(x > 0, 1.0, 0.0)\n"
TRAINS = STEP.replace("tf.where(x > 0, 1.0, 0.0)", "x * tf.sigmoid(x)") + "\n\nopen('trained', 'w').close()\n"


def test_importing_it_is_cheap() -> None:
    heavy = "{'numpy', 'libcst', 'click', 'dataclasses', 'pytest'}"
    ours = "sorted(m for m in sys.modules if 'nablint' in m)"
    code = f"import sys, nablint, nablint.pytest_plugin; print({ours}); print({heavy} & {{*sys.modules}})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.splitlines() == ["['nablint', 'nablint.pytest_plugin']", "set()"]


def test_the_names_are_these() -> None:
    assert dir(nablint) == ["__version__", "assert_activation", "check", "load", "probe"]
    assert all(getattr(nablint, name).__doc__ for name in nablint.__all__)
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        nablint.chekc  # noqa: B018


def test_the_example_in_the_docstring() -> None:
    assert doctest.testmod(api) == (0, 3)


def test_check_reads_a_text() -> None:
    checked = nablint.check(STEP)
    (finding,) = checked.findings
    assert (finding.rule, finding.span.start, checked.troubles) == ("no-gradient", (4, 11), ())
    assert all(isinstance(fix, Fix) for fix in finding.fixes)
    assert [fix.safety.value for fix in finding.fixes] == ["changes-gradient", "changes-values"]


def test_check_reads_a_file_with_its_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.nablint]\nignore = ["no-gradient"]\n')
    (tmp_path / "step.py").write_text(STEP)
    assert nablint.check(tmp_path / "step.py").findings == ()
    (finding,) = nablint.check(tmp_path / "step.py", settings={"ignore": []}).findings
    assert finding.rule == "no-gradient"


TROUBLES = {
    "no file": (Path("nowhere.py"), "cannot be read: No such file or directory."),
    "a line that Python cannot read": (
        STEP + "def broken(:\n",
        "This statement is not valid Python, and nablint skips it: invalid syntax.",
    ),
    "nothing of ours": ("print(1)\n", ""),
}


@pytest.mark.parametrize(("source", "sentence"), TROUBLES.values(), ids=TROUBLES)
def test_check_tells_what_it_could_not_read(source: str | Path, sentence: str) -> None:
    troubles = nablint.check(source).troubles
    assert len(troubles) == bool(sentence)
    assert all(trouble.message.startswith(sentence) for trouble in troubles)


@pytest.mark.parametrize("settings", [{"igno": []}, {"ignore": ["no-gradent"]}, {"input-range": -1}])
def test_settings_that_are_wrong_raise(settings: dict[str, object]) -> None:
    with pytest.raises(config.ConfigError):
        nablint.check(STEP, settings=settings)


def test_load_runs_one_function_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("act.py").write_text(TRAINS.replace("import tensorflow as tf", "import math as tf"))
    assert nablint.load("act.py::step").__name__ == "step"
    assert not Path("trained").exists()


class Curve:
    """Called as a function is."""

    def __call__(self, x: float) -> float:
        return x


REFUSED = {
    "no mark": ("act.py", "'act.py' is not of the form FILE::FUNCTION."),
    "no file": ("nowhere.py::f", "nowhere.py cannot be read: No such file or directory."),
    "no function": (f"{SEED / 'step.py'}::gat", "gat is not at the top level"),
    "a partial": (functools.partial(max, 1), "A partial has no text of its own"),
    "an object": (Curve(), "A Curve has no text of its own"),
    "a builtin": (len, "A builtin_function_or_method has no text of its own"),
    "a built-in class": (int, "The text of int is not in a file"),
    "code from a string": (eval("lambda x: x"), "The text of <lambda> is not in a file"),
}  # fmt: skip


@pytest.mark.parametrize(("target", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_text_is_told(target: object, sentence: str) -> None:
    report = nablint.probe(target)
    assert sentence in report.failure
    assert report.runs == ()
    with pytest.raises(AssertionError) as told:
        nablint.assert_activation(target)
    assert sentence in str(told.value)
    if isinstance(target, str):
        with pytest.raises(ValueError, match=r"form|read|top level"):
            nablint.load(target)
