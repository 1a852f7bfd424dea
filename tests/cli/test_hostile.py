"""What a folder that nobody trusts may hold: names, links, patterns and nesting made to harm whoever checks it."""

from __future__ import annotations

import io
import os
import signal
import tarfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from commandline import CAREFUL, SOFTPLUS, STEP, run, shaped, write
from markdown_it import MarkdownIt

HELPED = STEP + "\n\nfrom helper import up\n\n\ndef soft(x):\n    return tf.math.log(1 + up(x))\n"
MANY = "[" * 50_000


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """Ends a test that waits without end, as pytest-timeout would, but before anybody loses patience."""

    def over(*_: object) -> None:
        pytest.fail("it waits without end")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


NESTED = {
    "settings": ("pyproject.toml", f"[tool.nablint]\nselect = {MANY}", (), 2, "pyproject.toml cannot be read: "),
    "another tool": ("pyproject.toml", f"[tool.other]\na = {MANY}", (), 2, "pyproject.toml cannot be read: "),
    "a baseline": ("known.json", MANY, ("--baseline", "known.json"), 2, "known.json is not JSON: "),
    "a notebook": ("b.ipynb", f'{{"cells": {MANY}', (), 1, "b.ipynb: is not a notebook: "),
    "code": ("b.py", f"import keras\nx = {MANY}\n", (), 1, "b.py:2:"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "options", "status", "sentence"), NESTED.values(), ids=NESTED)
def test_nesting_without_end_is_a_sentence(
    tmp_path: Path, name: str, text: str, options: tuple[str, ...], status: int, sentence: str
) -> None:
    write(tmp_path, {"a.py": CAREFUL, name: text})
    ran = run(tmp_path, "check", *options, ".")
    assert ran.status == status
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, device])
@pytest.mark.parametrize("name", ["helper.py", "b.py", ".gitignore", "pyproject.toml", "requirements.txt"])
def test_what_has_no_end_is_not_read(tmp_path: Path, name: str, make) -> None:
    """A link in a repository may lead to a device, and an archive may hold a pipe."""
    write(tmp_path, {"a.py": HELPED})
    make(tmp_path / name)
    ran = run(tmp_path, "check", ".", cache=tmp_path / "cache")
    assert (ran.status, ran.err) == (1, "")
    assert "in 1 file" in ran.out


PATTERNS = {
    ".gitignore": "{}\n",
    "exclude": "[tool.nablint]\nexclude = ['{}']\n",
    "per-file-ignores": "[tool.nablint]\nper-file-ignores = {{'{}' = ['overflow']}}\n",
}


@pytest.mark.parametrize("pattern", ["*a" * 12 + "b", "**/a/" * 12 + "b"])
@pytest.mark.parametrize("place", PATTERNS)
def test_patterns_take_little_time(tmp_path: Path, place: str, pattern: str) -> None:
    """With so many stars, one name would be looked at for longer than anybody lives."""
    name = ".gitignore" if place == ".gitignore" else "pyproject.toml"
    write(tmp_path, {name: PATTERNS[place].format(pattern), "a/" * 60 + "a" * 120 + ".py": STEP})
    assert run(tmp_path, "check", ".").status == 1


def test_folders_in_folders_without_end(tmp_path: Path) -> None:
    below = 1_200
    os.chdir(tmp_path)
    for _ in range(below):
        os.mkdir("a")
        os.chdir("a")
    Path("step.py").write_text(STEP)
    try:
        os.chdir(tmp_path)
        assert run(tmp_path, "check", ".").status == 1
    finally:
        os.system(f"rm -rf '{tmp_path}'/a")


ODD = "a\x1b[31m\n::error::`x` <b>&amp;|[y](z)\u202e.py"
"""A name with colours for a terminal, a line of its own for CI, markup, and text that runs from right to left."""


@pytest.mark.parametrize("text", [STEP, "tf.\0"], ids=["finding", "trouble"])
def test_terminals_obey_no_name(tmp_path: Path, text: str) -> None:
    write(tmp_path, {ODD: text})
    ran = run(tmp_path, "check", ".")
    assert ran.status == 1
    assert not {"\x1b", "\u202e"} & set(ran.out + ran.err)
    assert not any(line.startswith("::") for line in (ran.out + ran.err).splitlines())


def test_annotations_are_one_line_each(tmp_path: Path) -> None:
    write(tmp_path, {ODD: STEP, f"b{ODD}": "tf.\0"})
    lines = run(tmp_path, "check", "--output-format", "github", ".").out.splitlines()
    assert [line.split()[0] for line in lines] == ["::warning", "::error"]
    assert all("%0A%3A%3Aerror" in line for line in lines)


def test_markdown_is_no_markup(tmp_path: Path) -> None:
    write(tmp_path, {ODD: STEP, f"b{ODD}": "tf.\0", "``.py": STEP})
    text = run(tmp_path, "check", "--output-format", "markdown", ".").out
    assert "\x1b" not in text
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<b>" not in page
    assert "<a " not in page
    assert page.count("<tr>") == 3
    assert "<code>``.py, line 5</code>" in page


def test_documents_stay_whole(tmp_path: Path) -> None:
    write(tmp_path, {ODD: STEP, f"b{ODD}": "tf.\0"})
    whole = shaped(run(tmp_path, "check", "--output-format", "json", ".").out)
    assert [whole["findings"][0]["path"], whole["errors"][0]["path"]] == [ODD, f"b{ODD}"]
    suites = ET.fromstring(run(tmp_path, "check", "--output-format", "junit", ".").out)
    assert [len(suite) for suite in suites] == [1, 1]
    for name in ("sarif", "gitlab"):
        assert "::error::" not in run(tmp_path, "check", "--output-format", name, ".").out.splitlines()


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"])
def test_names_that_are_no_text(tmp_path: Path, form: str) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.py", "w") as file:
        file.write(STEP)
    for output in ((), ("--output-file", "out")):
        assert run(tmp_path, "check", "--output-format", form, *output, ".").status == 1
    assert (tmp_path / "out").read_text()


def test_report_goes_where_it_is_told_and_nowhere_else(tmp_path: Path) -> None:
    """No name in the checked code says where anything is written."""
    write(tmp_path, {"code/a.py": STEP, "outside.txt": "kept"})
    (tmp_path / "code/out").symlink_to(tmp_path / "nowhere/out")
    before = names(tmp_path)
    assert run(tmp_path / "code", "check", "--output-file", "out", ".").status == 2
    assert names(tmp_path) == before


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_scaffold_names_no_other_folder(tmp_path: Path) -> None:
    write(tmp_path, {"code/a.py": SOFTPLUS})
    (tmp_path / "code/test_sharp.py").symlink_to(tmp_path / "stolen.py")
    assert run(tmp_path / "code", "scaffold", "a.py::../sharp").status == 2
    assert run(tmp_path / "code", "scaffold", "a.py::sharp").status == 2, "it writes through no link"
    assert names(tmp_path) == {"code", "code/a.py", "code/test_sharp.py"}


def archived(folder: Path, members: Mapping[str, tuple[bytes, bytes, str]]) -> None:
    with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
        for name, (kind, data, link) in members.items():
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(data), link
            archive.addfile(member, io.BytesIO(data))


def test_archives_are_read_and_never_unpacked(tmp_path: Path) -> None:
    """A member's name leads nowhere, its links lead to other members at most, and it must be what its hash says."""
    secret = write(tmp_path, {"secret.py": STEP}) / "secret.py"
    code = STEP.encode()
    members = {
        "../../up.py": (tarfile.REGTYPE, code, ""),
        "/tmp/abs.py": (tarfile.REGTYPE, code, ""),
        "link.py": (tarfile.SYMTYPE, b"", str(secret)),
        "pipe.py": (tarfile.FIFOTYPE, b"", ""),
    }
    folder = tmp_path / "run"
    folder.mkdir()
    archived(folder, members)
    digest = sha256(code).hexdigest()
    write(folder, {"list": "".join(f"{digest}  a.tar.gz::{name}\n" for name in members)})
    before = names(tmp_path)
    ran = run(folder, "check", "--manifest", "list")
    assert ran.out.count("warning no-gradient") == 2
    assert [line.partition(".py: ")[2] for line in ran.err.splitlines()] == ["is not in the archive.", "is not a file."]
    assert names(tmp_path) == before


IMPORTS = {
    "a path": "from helper import up\nimport os.path",
    "far up": "from ........................etc import passwd",
    "itself": "from a import soft as other",
    "in a circle": "from b import other",
    "zero": "from x\u0300y import up",
}


@pytest.mark.parametrize("line", IMPORTS.values(), ids=IMPORTS)
def test_imports_are_read_and_never_run(tmp_path: Path, line: str) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\nfrom a import soft\n"
    write(tmp_path, {"a.py": HELPED + line + "\n", "b.py": trap, "helper.py": trap + "def up(x):\n    return x\n"})
    ran = run(tmp_path, "check", "a.py")
    assert ran.status in (0, 1)
    assert ran.err == ""
    assert not (tmp_path / "ran").exists()
