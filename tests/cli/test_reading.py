"""Which files a run reads, and what it says of those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import CAREFUL, check, notebook, run, write

LATIN = "import tensorflow as tf\nname = 'café'\n"

UNREADABLE = {
    "not UTF-8": ("a.py", LATIN.encode("latin-1"), "is not valid UTF-8: byte 0xe9 on line 2."),
    "not as declared": ("a.py", b"# coding: ascii\nx = '\xe9'\n", "is not valid ASCII: byte 0xe9 on line 2."),
    "unknown encoding": ("a.py", b"# coding: klingon\nx = 1\n", "cannot be decoded: unknown encoding: klingon."),
    "binary": ("a.py", b"tf.\0\1", "is not text: it holds zero bytes."),
    "too long": ("a.py", "x = tf.exp(1.0)\n" * 20_000, "has 20,000 lines, more than max-lines (15,000): not analysed."),
    "no JSON": ("a.ipynb", "{", "is not a notebook: Expecting property name enclosed in double quotes: line 1"),
    "no cells": ("a.ipynb", "[]", "is not a notebook of format 4."),
    "old notebook": ("a.ipynb", '{"worksheets": []}', "is not a notebook of format 4."),
    "odd cells": (
        "a.ipynb",
        '{"cells": [{"cell_type": "code", "source": 3}]}',
        "is not a notebook: cell 1 has no text.",
    ),
    "odd notebook": ("a.ipynb", '{"cells": [3], "metadata": []}', "is not a notebook: cell 1 has no text."),
}


@pytest.mark.parametrize(("name", "content", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_file_is_an_error_entry(tmp_path: Path, name: str, content: str | bytes, sentence: str) -> None:
    write(tmp_path, {name: content, "b.py": CAREFUL})
    found = check(tmp_path, ".")
    assert (found["files"], found["findings"]) == (2, [])
    assert [(e["path"], e["cell"], e["start"]) for e in found["errors"]] == [(name, None, None)]
    assert found["errors"][0]["message"].startswith(sentence)
    ran = run(tmp_path, "check", ".")
    assert ran.status == 1
    assert ran.err.startswith(f"nablint: {name}: {sentence}")
    assert ran.out == "Nothing found in 2 files. 1 problem kept code from being checked.\n"


def test_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, {"a.py": CAREFUL})
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert check(tmp_path, "a.py")["errors"][0]["message"] == "cannot be read: Permission denied."


def test_file_that_vanished(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("nowhere.py")
    write(tmp_path, {"folder/b.py": CAREFUL})
    (tmp_path / "folder/a.py").symlink_to("nowhere.py")
    ran = run(tmp_path, "check", "a.py")
    assert (ran.status, ran.err) == (2, "nablint: a.py: there is no such file or folder.\n")
    assert check(tmp_path, "folder")["files"] == 1


READABLE = {
    "declared latin-1": b"# coding: latin-1\n" + LATIN.encode("latin-1"),
    "byte order mark": b"\xef\xbb\xbf" + CAREFUL.encode(),
    "Windows line ends": CAREFUL.replace("\n", "\r\n").encode(),
    "empty": b"",
    "no tensors": b"print('hello')\n",
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_readable_file(tmp_path: Path, content: bytes) -> None:
    assert check(write(tmp_path, {"a.py": content}), "a.py") == {"version": 1, "files": 1, "findings": [], "errors": []}


TREE = {
    ".gitignore": "/ignored/\n*_gen.py\n!kept_gen.py\n",
    "a.py": "",
    "b.ipynb": notebook(""),
    "c.txt": "",
    "ignored/a.py": "",
    "sub/ignored/a.py": "",
    "sub/x_gen.py": "",
    "sub/kept_gen.py": "",
    "sub/.gitignore": "own.py\n",
    "sub/own.py": "",
    "own.py": "",
    ".venv/lib.py": "",
    "build/lib/a.py": "",
    "sub/deep/er/a.py": "",
}

WALKS = {
    "a folder": (["."], "a.py b.ipynb own.py sub/deep/er/a.py sub/ignored/a.py sub/kept_gen.py"),
    "a folder below": (["sub"], "sub/deep/er/a.py sub/ignored/a.py sub/kept_gen.py"),
    "a named file is never passed over": (["ignored/a.py", ".venv/lib.py"], "ignored/a.py .venv/lib.py"),
    "each file once": (["a.py", "./a.py", ".", "sub"], "a.py b.ipynb own.py sub/deep/er/a.py sub/ignored/a.py "
                       "sub/kept_gen.py"),
}  # fmt: skip


@pytest.mark.parametrize(("paths", "expected"), WALKS.values(), ids=WALKS)
def test_walk(tmp_path: Path, paths: list[str], expected: str) -> None:
    write(tmp_path, {**TREE, ".git/config": ""})
    broken = "\ud800".encode("utf-8", "surrogatepass")
    for name in TREE:
        if name.endswith((".py", ".ipynb")):
            (tmp_path / name).write_bytes(broken)
    assert [error["path"] for error in check(tmp_path, *paths)["errors"]] == expected.split()


def test_exclude_is_a_setting(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[tool.nablint]\nexclude = ['old/', 'x_*.py']\n"})
    write(tmp_path, dict.fromkeys(("a.py", "old/a.py", "new/old/b.py", "x_1.py", "build/a.py"), ""))
    assert check(tmp_path, ".")["files"] == 2
    assert check(tmp_path, "old/a.py")["files"] == 1


def test_gitignore_above_the_folder_counts_up_to_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*.py\n", "repo/.git/config": "", "repo/.gitignore": "a.py\n"})
    write(tmp_path, {"repo/sub/a.py": "", "repo/sub/b.py": ""})
    assert check(tmp_path, "repo/sub")["files"] == 1


def test_folders_that_go_round_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, {"sub/a.py": ""})
    (tmp_path / "sub/loop").symlink_to(tmp_path, target_is_directory=True)
    assert check(tmp_path, ".")["files"] == 1


def test_standard_input(tmp_path: Path) -> None:
    assert check(tmp_path, "-", stdin=CAREFUL)["files"] == 1
    found = check(tmp_path, "-", "--stdin-filename", "models/act.py", stdin=b"\xff")
    assert found["errors"][0]["path"] == "models/act.py"
    found = check(tmp_path, "-", "--stdin-filename", "act.ipynb", stdin="{")
    assert found["errors"][0]["message"].startswith("is not a notebook")


def test_no_path_is_a_mistake_in_the_call(tmp_path: Path) -> None:
    ran = run(tmp_path, "check")
    assert ran.status == 2
    assert "Missing argument" in ran.err
