"""Settings: declared once, found upwards, checked, and told in the words of whoever sets them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commandline import CAREFUL, run, write

from nablint import config
from nablint.config import Settings


def test_every_setting_is_documented() -> None:
    declared = config.declared()
    assert [item.name for item in declared] == list(Settings.__dataclass_fields__)
    for item in declared:
        assert re.fullmatch(r"[A-Z`].+\.", item.doc, re.DOTALL), item
        assert item.scope in {"resource", "window", "machine-overridable"}
        assert item.type in config.WORDS
        assert config.merge(Settings(), {item.key: item.default, item.editor_key: item.default}) == Settings()


MISTAKES = {
    "unknown key": ("input-rang = 3", "there is no setting 'input-rang'. Did you mean 'input-range'?"),
    "nothing like it": ("colour = 3", "there is no setting 'colour'."),
    "wrong type": ("xla = 1", "xla must be true or false, not 1."),
    "wrong number": ("input-range = -1", "input-range must be a number above zero, not -1."),
    "not a number": ("input-range = nan", "input-range must be a number above zero, not nan."),
    "not whole": ("max-lines = 1.5", "max-lines must be a whole number above zero, not 1.5."),
    "not a list": ("select = 'overflow'", "select must be a list of texts, not 'overflow'."),
    "unknown rule": ("ignore = ['overflw']", "there is no rule 'overflw'. Did you mean 'overflow'?"),
    "broken file": ("select = [", "cannot be read: Invalid value"),
}


@pytest.mark.parametrize(("line", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_ends_the_run_with_a_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    write(tmp_path, {"pyproject.toml": f"[tool.nablint]\n{line}\n", "a.py": CAREFUL})
    for command in (("check", "."), ("fix", "a.py"), ("explain", "a.py:5"), ("probe", "a.py::soft")):
        ran = run(tmp_path, *command)
        assert (ran.status, ran.out) == (2, "")
        assert sentence in ran.err
        assert len(ran.err.splitlines()) == 1


def test_nearest_file_with_a_table_wins(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.nablint]\ninput-range = 5\n", "a/pyproject.toml": "[project]\n"})
    write(tmp_path, {"a/b/pyproject.toml": "[tool.nablint]\nxla = false\n"})
    config.forget()
    assert config.load(tmp_path / "a") == Settings(input_range=5.0)
    assert config.load(tmp_path / "a" / "b" / "c") == Settings(xla=False)


def test_unknown_rule_on_the_command_line(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": CAREFUL})
    ran = run(tmp_path, "check", "--select", "overflow,no-gradeint", "a.py")
    assert (ran.status, ran.err) == (2, "nablint: there is no rule 'no-gradeint'. Did you mean 'no-gradient'?\n")
