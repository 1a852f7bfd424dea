"""What settings make of findings, and what a project's dependencies tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from nablint import config, metadata
from nablint.analyse import analyse
from nablint.config import ConfigError, Settings
from nablint.rules import RULES
from nablint.source import Source

TWO = """import tensorflow as tf


def f(x):
    return tf.math.log(1 + tf.exp(x))


def g(x):
    return tf.sign(x)
"""
NAMES = [rule.name for rule in RULES]


def told(settings: Settings, path: str = "a.py", code: str = TWO) -> list[tuple[str, str]]:
    return [(found.rule, found.severity.value) for found in analyse(Source(path, code), settings).findings]


BOTH = [("overflow", "warning"), ("zero-gradient", "warning")]
CHOSEN: dict[str, tuple[dict[str, object], list[tuple[str, str]]]] = {
    "nothing": ({}, BOTH),
    "select": ({"select": ["overflow"]}, BOTH[:1]),
    "extend": ({"select": ["overflow"], "extend-select": ["zero-gradient"]}, BOTH),
    "extend alone": ({"extend-select": ["zero-gradient"]}, BOTH),
    "ignore": ({"ignore": ["overflow"]}, BOTH[1:]),
    "ignore before extend": ({"extend-select": ["overflow"], "ignore": ["overflow"]}, BOTH[1:]),
    "severity": ({"severity": {"overflow": "error"}}, [("overflow", "error"), BOTH[1]]),
    "a short range": ({"input-range": 50}, [("overflow", "information"), BOTH[1]]),
    "a short range everywhere": ({"input-range": 5}, BOTH[1:]),
    "a range of one dtype": ({"input-ranges": {"float32": 50}}, [("overflow", "information"), BOTH[1]]),
    "a range of each dtype": (
        {"input-ranges": {"float32": 50, "float16": 5, "bfloat16": 50}},
        BOTH[1:],
    ),
    "a wide range of one dtype": ({"input-range": 5, "input-ranges": {"float32": 100}}, BOTH),
}


@pytest.mark.parametrize(("values", "wanted"), CHOSEN.values(), ids=CHOSEN)
def test_rules_are_chosen(values: dict[str, object], wanted: list[tuple[str, str]]) -> None:
    assert told(config.merge(Settings(), values)) == wanted


FILES = {
    "tests/**": ["tests/a.py", "tests/deep/a.py"],
    "tests/": ["tests/a.py", "tests/deep/a.py", "lib/tests/a.py"],
    "a.py": ["a.py", "tests/a.py", "tests/deep/a.py", "lib/tests/a.py"],
    "/a.py": ["a.py"],
    "lib/*.py": [],
}


@pytest.mark.parametrize(("pattern", "files"), FILES.items())
def test_rules_are_left_out_in_some_files(tmp_path: Path, pattern: str, files: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.nablint.per-file-ignores]\n"{pattern}" = ["overflow"]\n')
    config.forget()
    places = ["a.py", "tests/a.py", "tests/deep/a.py", "lib/tests/a.py", "b.py"]
    found = {place: told(config.load(tmp_path), str(tmp_path / place)) for place in places}
    assert [place for place, left in found.items() if left == BOTH[1:]] == files
    assert [place for place, left in found.items() if left == BOTH] == [p for p in places if p not in files]


def test_patterns_of_the_editor_fit_below_every_folder() -> None:
    settings = config.merge(Settings(), {"perFileIgnores": {"tests/*": ["overflow"]}})
    assert told(settings, "/home/me/project/tests/a.py") == BOTH[1:]
    assert told(settings, "/home/me/project/a.py") == told(settings, "") == BOTH


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "extend-select": ({"extend-select": ["overflw"]}, "there is no rule 'overflw'. Did you mean 'overflow'?"),
    "a rule in files": ({"per-file-ignores": {"a.py": ["overflw"]}}, "there is no rule 'overflw'."),
    "a rule's severity": ({"severity": {"overflw": "error"}}, "there is no rule 'overflw'."),
    "a key": ({"per-file-ignore": {}}, "there is no setting 'per-file-ignore'. Did you mean 'per-file-ignores'?"),
    "a severity": ({"severity": {"overflow": "loud"}}, "severity must be a table of error, warning or information"),
    "a list": ({"per-file-ignores": {"a.py": "overflow"}}, "per-file-ignores must be a table of lists of texts"),
    "no table": ({"per-file-ignores": ["a.py"]}, "per-file-ignores must be a table of lists of texts"),
    "a dtype": ({"input-ranges": {"float8": 3}}, "input-ranges must be a table of numbers above zero for float16,"),
    "a number": ({"input-ranges": {"float16": 0}}, "input-ranges must be a table of numbers above zero"),
}


@pytest.mark.parametrize(("values", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_in_a_sentence(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        config.check_rules(config.merge(Settings(), values), NAMES)
    assert str(error.value).startswith(sentence)


REQUIREMENTS = {
    "tensorflow==2.13.0": 2,
    "tensorflow-cpu ~= 2.15.0": 2,
    "tensorflow>=2.10,<2.16": 2,
    "tensorflow[and-cuda]<2.16 ; python_version < '3.12'": 2,
    "keras<3": 2,
    "keras==2.*": 2,
    "tf_keras": 2,
    "Tensorflow == 2.16.1": 3,
    "tensorflow>=2.16,<2.20": 3,
    "keras==3.5.0  # Pinned.": 3,
    "tensorflow": None,
    "tensorflow>=2.10": None,
    "keras-tuner==1.4": None,
    "tensorflow-datasets==4.9": None,
    "numpy==1.26": None,
}


@pytest.mark.parametrize(("line", "version"), REQUIREMENTS.items())
def test_requirements_tell_which_keras_it_is(tmp_path: Path, line: str, version: int | None) -> None:
    (tmp_path / "requirements-dev.txt").write_text(f"# What we need.\n-r other.txt\n{line}\n")
    assert metadata.keras_version(tmp_path / "deep" / "down") == version


PROJECTS = {
    "dependencies": '[project]\ndependencies = ["numpy", "tensorflow<2.16"]\n',
    "extras": '[project.optional-dependencies]\ntf = ["tensorflow==2.12"]\n',
    "groups": '[dependency-groups]\ndev = [{include-group = "other"}, "keras<3"]\n',
    "poetry": '[tool.poetry.dependencies]\npython = "^3.10"\ntensorflow = "^2.11"\n',
    "poetry with extras": '[tool.poetry.dependencies]\ntensorflow = {version = "~2.11", extras = ["and-cuda"]}\n',
}
EXP = "from keras import backend as K\n\n\ndef f(x):\n    return K.exp(-K.abs(x))\n"


@pytest.mark.parametrize("text", PROJECTS.values(), ids=PROJECTS)
def test_a_project_tells_which_keras_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    config.forget()
    assert config.load(tmp_path / "deep") == Settings(keras_version=2)
    assert told(config.load(tmp_path), code=EXP) == []
    (tmp_path / "pyproject.toml").write_text(f"{text}[tool.nablint]\nkeras-version = 3\n")
    config.forget()
    assert config.load(tmp_path) == Settings()
    assert told(config.load(tmp_path), code=EXP) == [("removed-backend-function", "error")] * 2


def test_the_nearest_folder_with_requirements_counts(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow==2.10\n")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "requirements.txt").write_text("tensorflow\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / ".git").mkdir()
    found = [metadata.keras_version(tmp_path / place) for place in ("", "old", "new", "own")]
    assert found == [2, 2, None, None]
