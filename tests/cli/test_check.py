"""`nablint check`, `explain`, `rule` and what all commands have in common."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import CAREFUL, SOFTPLUS, STEP, check, notebook, run, shaped, write

from nablint import __version__
from nablint.rules import RULES

FILES = {"models/soft.py": SOFTPLUS, "models/step.py": STEP, "careful.py": CAREFUL}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("project"), {**FILES, "a.ipynb": notebook("import tensorflow as tf", STEP)})


def test_text(folder: Path) -> None:
    ran = run(folder, "check", "models", "careful.py")
    assert ran.status == 1
    head, code, carets, fix = ran.out.split("\n\n")[0].splitlines()
    assert head.startswith(
        "models/soft.py:5:28: warning overflow: exp overflows float32 for x > 88.72 (float16: x > 11."
    )
    assert code == "        return tf.math.log(1 + tf.math.exp(x))  # sharp"
    assert carets == "                               ^^^^^^^^^^^^^^"
    assert fix == "  fix: Use tf.math.softplus(x)"
    assert "models/step.py:5:12: warning no-gradient: " in ran.out
    assert ran.out.splitlines()[-1].startswith("2 findings (2 warnings) in 3 files — 1 fixed by `nablint fix`")
    assert ran.err == ""


def test_json(folder: Path) -> None:
    found = check(folder, ".")
    assert (found["files"], found["errors"]) == (4, [])
    by_path = {finding["path"]: finding for finding in found["findings"]}
    assert list(by_path) == ["a.ipynb", "models/soft.py", "models/step.py"]
    soft = by_path["models/soft.py"]
    assert (soft["rule"], soft["function"], soft["severity"]) == ("overflow", "sharp", "warning")
    assert (soft["start"], soft["end"]) == ({"line": 5, "column": 28}, {"line": 5, "column": 42})
    assert soft["witness"]["inputs"]["x"] == pytest.approx(88.7228, rel=1e-4)
    assert (soft["witness"]["value"], soft["witness"]["gradient"]) == ("inf", "nan")
    assert soft["thresholds"]["float16"] == pytest.approx(11.09, rel=1e-2)
    safe = soft["fixes"][0]
    assert (safe["safety"], [edit["text"] for edit in safe["edits"]]) == ("safe", ["tf.math.softplus(x)"])
    assert by_path["models/step.py"]["witness"] is None
    assert (by_path["a.ipynb"]["cell"], by_path["a.ipynb"]["start"]) == (3, {"line": 5, "column": 12})


def test_json_lines(folder: Path) -> None:
    ran = run(folder, "check", "--output-format", "json-lines", "models")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [line.pop("kind") for line in lines] == ["finding", "finding"]
    assert shaped(json.dumps({"version": 1, "files": 2, "findings": lines, "errors": []}))["findings"] == lines


def test_github(folder: Path) -> None:
    ran = run(folder, "check", "--output-format", "github", "models/soft.py")
    start = (
        "::warning file=models/soft.py,line=5,endLine=5,col=28,endColumn=42,title=nablint%3A overflow::exp overflows"
    )
    assert ran.out.startswith(start)
    assert (ran.status, len(ran.out.splitlines())) == (1, 1)


STATUSES = {
    "findings": (["."], 1),
    "nothing found": (["careful.py"], 0),
    "exit zero": (["--exit-zero", "."], 0),
    "selected": (["--select", "overflow", "models/step.py"], 0),
    "selected twice": (["--select", "overflow", "--select", "no-gradient", "models/step.py"], 1),
    "ignored": (["--ignore", "overflow,no-gradient", "."], 0),
    "one ignored": (["--ignore", "overflow", "."], 1),
    "standard input": (["-"], 1),
    "no such file": (["nowhere.py"], 2),
    "no such option": (["--nowhere", "."], 2),
}


@pytest.mark.parametrize(("arguments", "status"), STATUSES.values(), ids=STATUSES)
def test_exit_status(folder: Path, arguments: list[str], status: int) -> None:
    assert run(folder, "check", *arguments, stdin=STEP).status == status


def test_settings_are_those_of_each_folder(tmp_path: Path) -> None:
    quiet = "[tool.nablint]\nignore = ['overflow']\n"
    write(tmp_path, {"a.py": SOFTPLUS, "old/a.py": SOFTPLUS, "old/pyproject.toml": quiet})
    assert [finding["path"] for finding in check(tmp_path, ".")["findings"]] == ["a.py"]


def test_statistics(folder: Path) -> None:
    ran = run(folder, "check", "--statistics", ".")
    assert ran.out == "2  no-gradient  warning\n1  overflow     warning\n"


def test_syntax_error_leaves_the_rest_checked(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": STEP + "\n\ndef half(x)\n    return x\n"})
    found = check(tmp_path, "a.py")
    assert [finding["rule"] for finding in found["findings"]] == ["no-gradient"]
    (error,) = found["errors"]
    assert (error["path"], error["cell"]) == ("a.py", None)
    # The parser may tell the end of the line by the beginning of the next.
    assert error["start"]["line"] in (8, 9)
    ran = run(tmp_path, "check", "a.py")
    assert ran.err.startswith(f"nablint: a.py:{error['start']['line']}:")
    assert ran.out.endswith(" 1 problem kept code from being checked.\n")


def test_our_own_failure_is_one_sentence_and_the_run_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nablint import analyse

    real = analyse.analyse

    def broken(source, *rest):
        return 1 / 0 if source.path.endswith("soft.py") else real(source, *rest)

    monkeypatch.setattr(analyse, "analyse", broken)
    ran = run(folder, "check", "--exit-zero", "models")
    assert ran.status == 2
    reason = "made nablint itself fail (ZeroDivisionError: division by zero). Please report it."
    assert ran.err == f"nablint: models/soft.py: {reason}\n"
    assert "models/step.py:5:12: warning no-gradient" in ran.out


def test_explain(folder: Path) -> None:
    ran = run(folder, "explain", "models/soft.py:5")
    assert ran.status == 0
    assert ran.out.startswith("sharp, lines 4 to 5 of models/soft.py\n%0 = param x")
    assert "✗ overflow: float32 for x > 88.72" in ran.out
    assert "return %4" in ran.out


EXPLAINED = {
    "outside": (
        "models/soft.py:1",
        "models/soft.py:1 is in no function that nablint can read. It has sharp on line 4.",
    ),
    "no line": ("models/soft.py", "'models/soft.py' is not of the form FILE:LINE."),
    "no number": ("models/soft.py:x", "'models/soft.py:x' is not of the form FILE:LINE."),
    "no file": ("nowhere.py:1", "nowhere.py cannot be read: No such file or directory."),
    "not about tensors": ("plain.py:1", "plain.py does not mention TensorFlow or Keras, so nothing in it was read."),
}


@pytest.mark.parametrize(("place", "sentence"), EXPLAINED.values(), ids=EXPLAINED)
def test_explain_what_is_not_there(folder: Path, place: str, sentence: str) -> None:
    write(folder, {"plain.py": "x = 1\n"})
    ran = run(folder, "explain", place)
    assert (ran.status, ran.out, ran.err) == (2, "", f"nablint: {sentence}\n")


def test_explain_in_a_notebook_counts_lines_of_the_joined_cells(folder: Path) -> None:
    assert run(folder, "explain", "a.ipynb:6").out.startswith("step, lines 5 to 6 of a.ipynb\n")


def test_every_rule_has_a_page(folder: Path) -> None:
    names = [line.split()[0] for line in run(folder, "rule").out.splitlines()]
    assert names == [rule.name for rule in RULES]
    for name in names:
        ran = run(folder, "rule", name)
        assert (ran.status, ran.out.splitlines()[0]) == (0, f"# {name}")
        assert "\n```python\n" in ran.out


def test_no_such_rule(folder: Path) -> None:
    ran = run(folder, "rule", "overfow")
    assert (ran.status, ran.err) == (2, "nablint: there is no rule 'overfow'. Did you mean 'overflow'?\n")


def nablint(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nablint", *arguments]
    return subprocess.run(command, encoding="latin-1", capture_output=True, check=False, **options)


def test_version_is_told_without_the_engine() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "nablint", "--version"], text=True, capture_output=True, check=True
    )
    assert ran.stdout == f"nablint {__version__}\n"
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert not imported & {"click", "numpy", "libcst", "pygls", "lsprotocol", "rich", "pathspec"}


def test_file_without_tensors_is_checked_without_the_engine(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1\n"})
    command = [sys.executable, "-X", "importtime", "-m", "nablint", "check", "a.py"]
    ran = subprocess.run(command, text=True, capture_output=True, check=True, cwd=tmp_path)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert not imported & {"numpy", "libcst", "pygls", "lsprotocol", "rich"}


def test_terminal_that_cannot_show_every_sign(folder: Path) -> None:
    ran = nablint("explain", "models/soft.py:5", cwd=folder, env={"PYTHONIOENCODING": "latin-1", "PATH": ""})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "? overflow: float32 for x > 88.72" in ran.stdout


def test_reader_that_stops_reading(folder: Path) -> None:
    command = f"'{sys.executable}' -m nablint check . | head -n 1"
    ran = subprocess.run(command, shell=True, text=True, capture_output=True, cwd=folder, check=True)
    assert ran.stderr == ""
    assert ran.stdout.startswith("a.ipynb:cell 3:5:12: ")


def test_help_names_every_command(folder: Path) -> None:
    ran = run(folder, "--help")
    for command in ("check", "fix", "probe", "explain", "rule", "server"):
        assert f"  {command} " in ran.out
        assert run(folder, command, "--help").status == 0


def test_server_speaks_the_protocol() -> None:
    messages = (
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    )
    bodies = [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]
    spoken = "".join(f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)
    ran = nablint("server", input=spoken, timeout=60)
    assert ran.returncode == 0
    assert '"name": "nablint"' in ran.stdout or '"name":"nablint"' in ran.stdout
