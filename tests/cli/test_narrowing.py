"""What of all that is found is told: by severity, by rule, beyond a baseline, since a revision; and of which files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from commandline import CAREFUL, SOFTPLUS, STEP, check, notebook, run, write

HALF = "import tensorflow as tf\n\n\ndef half(x):\n    return tf.math.log(1 + tf.math.exp(x / 2))\n"
BROKEN = "import keras\n("

CONFIGURED = "[tool.nablint]\nselect = ['overflow']\n"


def rules(folder: Path, *arguments: str) -> list[str]:
    return [finding["rule"] for finding in check(folder, *arguments)["findings"]]


def test_severity(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    write(tmp_path, {"a.py": STEP, "b.py": HALF})
    kinds = {}
    for least in ("information", "warning", "error"):
        ran = run(tmp_path, "check", "--min-severity", least, "a.py", "b.py", cache=cache)
        kinds[least] = (ran.status, ran.out.splitlines()[-1].partition(" in ")[0])
    assert kinds == {
        "information": (1, "2 findings (1 warning, 1 remark)"),
        "warning": (1, "1 finding (1 warning)"),
        "error": (0, "Nothing found"),
    }


SELECTIONS = {
    "configured": ([], ["overflow"]),
    "extended": (["--extend-select", "no-gradient"], ["overflow", "no-gradient"]),
    "replaced": (["--select", "no-gradient"], ["no-gradient"]),
    "replaced and extended": (["--select", "log-of-zero", "--extend-select", "no-gradient"], ["no-gradient"]),
    "extended and ignored": (["--extend-select", "no-gradient", "--ignore", "overflow"], ["no-gradient"]),
}


@pytest.mark.parametrize(("arguments", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_selection(tmp_path: Path, arguments: list[str], expected: list[str]) -> None:
    write(tmp_path, {"a.py": SOFTPLUS, "b.py": STEP, "pyproject.toml": CONFIGURED})
    assert rules(tmp_path, *arguments, ".") == expected


def test_nothing_selected_is_everything_however_extended(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS, "b.py": STEP})
    assert rules(tmp_path, "--extend-select", "no-gradient", ".") == ["overflow", "no-gradient"]


def test_fix_extends_the_selection(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS, "pyproject.toml": CONFIGURED.replace("overflow", "no-gradient")})
    assert run(tmp_path, "fix", "--diff", "a.py").status == 0
    assert "softplus" in run(tmp_path, "fix", "--diff", "--extend-select", "overflow", "a.py").out


LISTS = {
    "lines": "models/a.py\n\nb c.py\nmodels/a.py\n",
    "Windows lines": "models/a.py\r\nb c.py\r\n",
    "zero bytes": "models/a.py\0b c.py\0",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_files_from_a_list(tmp_path: Path, text: str) -> None:
    files = {"models/a.py": BROKEN, "b c.py": BROKEN, "other.py": BROKEN, "list": text, ".gitignore": "b c.py\n"}
    write(tmp_path, files)
    for name in ("-", "list"):
        found = check(tmp_path, "--files-from", name, stdin=text)
        assert [error["path"] for error in found["errors"]] == ["models/a.py", "b c.py"]


def test_file_of_a_list_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, {"list": "gone.py\na.py\n", "a.py": CAREFUL})
    found = check(tmp_path, "--files-from", "list")
    assert [(e["path"], e["message"]) for e in found["errors"]] == [
        ("gone.py", "cannot be read: No such file or directory.")
    ]
    ran = run(tmp_path, "check", "--files-from", "nowhere")
    assert (ran.status, ran.err) == (2, "nablint: nowhere cannot be read: No such file or directory.\n")


def test_excludes_of_the_nearest_configuration(tmp_path: Path) -> None:
    outer, inner = "[tool.nablint]\nexclude = ['old']\n", "[tool.nablint]\nexclude = ['/gen/*.py']\n"
    write(tmp_path, {"pyproject.toml": outer, "sub/pyproject.toml": inner, "plain/pyproject.toml": "[project]\n"})
    write(tmp_path, dict.fromkeys(("a.py", "old/a.py", "plain/old/a.py", "sub/old/a.py", "sub/gen/a.py"), BROKEN))
    assert [error["path"] for error in check(tmp_path, ".")["errors"]] == ["a.py", "sub/old/a.py"]


def test_baseline(tmp_path: Path) -> None:
    write(tmp_path, {"models/a.py": STEP, "models/b.py": SOFTPLUS, "c.ipynb": notebook("import keras", STEP)})
    ran = run(tmp_path, "check", "--write-baseline", ".")
    assert (ran.status, ran.err) == (0, "")
    name = "nablint-baseline.json"
    assert ran.out == f"3 findings written to {name}: with --baseline {name} only others are told.\n"
    entries = json.loads((tmp_path / name).read_text())["findings"]
    soft = {"path": "models/b.py", "rule": "overflow", "function": "sharp", "code": "tf.math.exp(x)", "count": 1}
    assert entries[2] == soft
    assert run(tmp_path, "check", "--baseline", name, ".").status == 0
    # Lines move, a second one like it comes, another kind comes: the last two are new, wherever the run begins.
    body = STEP.partition("\n")[2]
    write(tmp_path, {"models/a.py": f"# moved\n{STEP}{body}", "models/b.py": SOFTPLUS + body})
    found = check(tmp_path / "models", "--baseline", f"../{name}", ".")
    told = [(finding["path"], finding["rule"], finding["start"]["line"]) for finding in found["findings"]]
    assert told == [("a.py", "no-gradient", 10), ("b.py", "no-gradient", 9)]


def test_baseline_keeps_what_was_not_looked_at(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": STEP, "b.py": SOFTPLUS, "c.py": SOFTPLUS})
    run(tmp_path, "check", "--write-baseline", "--baseline", "known.json", ".")
    (tmp_path / "c.py").unlink()
    write(tmp_path, {"a.py": CAREFUL})
    run(tmp_path, "check", "--write-baseline", "--baseline", "known.json", "a.py")
    entries = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert [entry["path"] for entry in entries] == ["b.py"]


NO_BASELINES = {
    "not there": (None, "there is no such baseline. --write-baseline writes it."),
    "no JSON": ("{", "is not JSON: "),
    "another JSON": ("[]", "is not a baseline of version 1."),
    "another version": ('{"version": 2}', "is not a baseline of version 1."),
    "odd entries": ('{"version": 1, "findings": [3]}', "has an entry that is none: "),
    "no entries": ('{"version": 1}', "has an entry that is none: "),
}


@pytest.mark.parametrize(("text", "sentence"), NO_BASELINES.values(), ids=NO_BASELINES)
def test_baseline_that_is_none(tmp_path: Path, text: str | None, sentence: str) -> None:
    write(tmp_path, {"a.py": CAREFUL, **({"known.json": text} if text else {})})
    ran = run(tmp_path, "check", "--baseline", "known.json", ".")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("nablint: known.json")
    assert sentence in ran.err


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A branch off main, on which main has moved on."""
    write(tmp_path, {"same.py": STEP, "sub/edited.py": STEP, "old name.py": SOFTPLUS, "gone.py": STEP})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "branch")
    git(tmp_path, "mv", "old name.py", "ü.py")
    git(tmp_path, "rm", "-q", "gone.py")
    git(tmp_path, "commit", "-q", "-m", "two")
    git(tmp_path, "checkout", "-q", "main")
    write(tmp_path, {"sub/edited.py": CAREFUL})
    git(tmp_path, "commit", "-q", "-a", "-m", "three")
    git(tmp_path, "checkout", "-q", "branch")
    write(tmp_path, {"sub/edited.py": STEP + SOFTPLUS.partition("\n")[2], "untracked.py": STEP})
    return tmp_path


def test_since_a_revision(repository: Path) -> None:
    found = check(repository, "--diff-base", "main", ".")
    assert [(f["path"], f["rule"]) for f in found["findings"]] == [
        ("sub/edited.py", "overflow"), ("untracked.py", "no-gradient")]  # fmt: skip
    assert found["files"] == 3
    below = check(repository / "sub", "--diff-base", "main", "../ü.py", "edited.py")
    assert [(f["path"], f["rule"]) for f in below["findings"]] == [("edited.py", "overflow")]
    assert check(repository, "--diff-base", "HEAD~1", "same.py")["files"] == 0


def test_standard_input_since_a_revision(repository: Path) -> None:
    text = STEP + "\n\n" + SOFTPLUS.partition("\n")[2]
    for name, expected in (("same.py", ["overflow"]), ("new.py", ["no-gradient", "overflow"])):
        found = check(repository, "--diff-base", "main", "--stdin-filename", name, "-", stdin=text)
        assert [finding["rule"] for finding in found["findings"]] == expected


NO_REVISIONS = {
    "unknown": ("nowhere", "nablint: there is no revision 'nowhere'. In CI, fetch it first.\n"),
    "an option": ("--output=x", "nablint: there is no revision '--output=x'.\n"),
}


@pytest.mark.parametrize(("revision", "sentence"), NO_REVISIONS.values(), ids=NO_REVISIONS)
def test_no_such_revision(repository: Path, revision: str, sentence: str) -> None:
    ran = run(repository, "check", "--diff-base", revision, ".")
    assert (ran.status, ran.out, ran.err) == (2, "", sentence)


def test_since_a_revision_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": CAREFUL})
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    ran = run(tmp_path, "check", "--diff-base", "HEAD", ".")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("nablint: --diff-base needs Git, which says: fatal: not a git repository")
    monkeypatch.setenv("PATH", "")
    ran = run(tmp_path, "check", "--diff-base", "HEAD", ".")
    assert ran.err == "nablint: --diff-base needs Git, which cannot be run: No such file or directory.\n"
