"""`nablint fix`: up to the text that no fix changes any more, and never half a file."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import CAREFUL, FIXED, SOFTPLUS, STEP, notebook, run, write

from nablint.cli import files


def test_fix(tmp_path: Path) -> None:
    write(tmp_path, {"soft.py": SOFTPLUS, "careful.py": CAREFUL})
    ran = run(tmp_path, "fix", ".")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "soft.py:5:28: overflow: Use tf.math.softplus(x)\n1 fix applied.\n"
    assert (tmp_path / "soft.py").read_text() == FIXED
    assert (tmp_path / "careful.py").read_text() == CAREFUL


def test_fix_twice_changes_nothing(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.py": SOFTPLUS + STEP.partition("\n")[2] + SOFTPLUS.partition("\n")[2].replace("sharp", "other")}
    )
    run(tmp_path, "fix", "--unsafe-fixes", "a.py")
    once = (tmp_path / "a.py").read_text()
    before = (tmp_path / "a.py").stat()
    assert once.count("tf.math.softplus(x)") == 2
    ran = run(tmp_path, "fix", "--unsafe-fixes", "a.py")
    assert ran.out.splitlines()[-1].startswith("0 fixes applied")
    assert (tmp_path / "a.py").read_text() == once
    assert (tmp_path / "a.py").stat().st_ino == before.st_ino


def test_what_has_no_safe_fix_is_left(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": STEP})
    ran = run(tmp_path, "fix", "a.py")
    assert (ran.status, ran.out) == (1, "0 fixes applied; 1 finding left.\n")
    assert (tmp_path / "a.py").read_text() == STEP


def test_unselected_rules_are_not_fixed(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    assert run(tmp_path, "fix", "--select", "no-gradient", "a.py").status == 0
    assert run(tmp_path, "fix", "--ignore", "overflow", "a.py").status == 0
    assert (tmp_path / "a.py").read_text() == SOFTPLUS


def test_diff_is_a_patch_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"soft.py": SOFTPLUS.rstrip("\n")})
    ran = run(tmp_path, "fix", "--diff", "soft.py")
    assert ran.status == 1
    assert ran.err == "soft.py:5:28: overflow: Use tf.math.softplus(x)\n1 fix would be applied.\n"
    assert (tmp_path / "soft.py").read_text() == SOFTPLUS.rstrip("\n")
    subprocess.run(["git", "apply", "-"], input=ran.out, text=True, cwd=tmp_path, check=True)
    assert (tmp_path / "soft.py").read_text() == FIXED.rstrip("\n")
    assert run(tmp_path, "fix", "--diff", "soft.py").status == 0


def test_standard_input_is_filtered(tmp_path: Path) -> None:
    for text, fixed in ((SOFTPLUS, FIXED), (CAREFUL, CAREFUL)):
        ran = run(tmp_path, "fix", "-", stdin=text)
        assert (ran.status, ran.out) == (0, fixed)


KEPT = {
    "Windows line ends": (lambda text: text.replace("\n", "\r\n").encode()),
    "byte order mark": (lambda text: b"\xef\xbb\xbf" + text.encode()),
    "declared latin-1": (lambda text: b"# coding: latin-1\n# caf\xe9\n" + text.encode()),
    "no last line end": (lambda text: text.rstrip("\n").encode()),
    "odd separators": (lambda text: text.replace("# sharp", "# \x0c \x85 \u2028").encode()),
}


@pytest.mark.parametrize("spelled", KEPT.values(), ids=KEPT)
def test_bytes_around_a_fix_are_kept(tmp_path: Path, spelled) -> None:
    write(tmp_path, {"a.py": spelled(SOFTPLUS)})
    assert run(tmp_path, "fix", "a.py").status == 0
    assert (tmp_path / "a.py").read_bytes() == spelled(FIXED)


def test_owner_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(os, "chown", lambda _, user, group: given.append((user, group)))
    assert run(tmp_path, "fix", "a.py").status == 0
    assert given == [((tmp_path / "a.py").stat().st_uid, (tmp_path / "a.py").stat().st_gid)]


def test_many_files_are_fixed_on_several_processes(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}.py": (SOFTPLUS, CAREFUL)[n % 2].replace("def s", f"def s{n}") for n in range(8)})
    ran = run(tmp_path, "fix", "--jobs", "2", ".")
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "4 fixes applied.")
    assert [line.partition(":")[0] for line in ran.out.splitlines()[:-1]] == ["0.py", "2.py", "4.py", "6.py"]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    write(tmp_path, {"real.py": SOFTPLUS})
    (tmp_path / "real.py").chmod(0o754)
    (tmp_path / "link.py").symlink_to("real.py")
    assert run(tmp_path, "fix", "link.py").status == 0
    assert (tmp_path / "link.py").is_symlink()
    assert stat.S_IMODE((tmp_path / "real.py").stat().st_mode) == 0o754
    assert (tmp_path / "real.py").read_text() == FIXED


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write(tmp_path, {"a.py": SOFTPLUS})
    monkeypatch.setattr(os, step, full)
    ran = run(tmp_path, "fix", "a.py")
    assert (ran.status, ran.err) == (1, "nablint: a.py: cannot be written: No space left on device.\n")
    assert (tmp_path / "a.py").read_text() == SOFTPLUS
    assert os.listdir(tmp_path) == ["a.py"]


LIMITED = """
import resource, sys
from nablint.cli import main

# As on a full disk, the system itself refuses to write more than a little.
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
main()
"""


def test_system_that_writes_no_more_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    command = [sys.executable, "-c", LIMITED, "fix", "--no-cache", "a.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "nablint: a.py: cannot be written: File too large.\n")
    assert (tmp_path / "a.py").read_text() == SOFTPLUS
    assert os.listdir(tmp_path) == ["a.py"]


STOPPING = """
import os, signal, sys
from pathlib import Path
from nablint.cli import files

real = os.{step}
def step(*arguments, **options):
    {before}
    os.kill(os.getpid(), signal.SIGKILL)
os.{step} = step
files.put(Path("a.py"), sys.stdin.buffer.read())
"""

KILLED = {
    "before it is written": ("fsync", "pass", SOFTPLUS),
    "before it is renamed": ("replace", "pass", SOFTPLUS),
    "when it is renamed": ("replace", "real(*arguments)", FIXED),
}


@pytest.mark.parametrize(("step", "before", "text"), KILLED.values(), ids=KILLED)
def test_killed_run_leaves_a_whole_file(tmp_path: Path, step: str, before: str, text: str) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    command = [sys.executable, "-c", STOPPING.format(step=step, before=before)]
    ran = subprocess.run(command, cwd=tmp_path, input=FIXED.encode(), check=False)
    assert ran.returncode == -signal.SIGKILL
    assert (tmp_path / "a.py").read_text() == text
    # What a killed process leaves behind is no Python file, so that nothing takes it for one.
    assert [name for name in os.listdir(tmp_path) if name.endswith((".py", ".ipynb"))] == ["a.py"]


def test_run_that_is_asked_to_end_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert run(tmp_path, "fix", "a.py").status == 143
    assert (tmp_path / "a.py").read_text() == SOFTPLUS
    assert os.listdir(tmp_path) == ["a.py"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_file_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert run(tmp_path, "fix", "a.py").err == "nablint: a.py: cannot be written: Permission denied.\n"
    assert (tmp_path / "a.py").read_text() == SOFTPLUS


def test_text_that_the_encoding_lacks(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1\n"})
    file = files.File(files.Source("a.py", "x = '漢'\n"), "latin-1")
    assert files.write(tmp_path / "a.py", file) == "cannot be written in its encoding, latin-1: it has no '漢'."
    assert (tmp_path / "a.py").read_text() == "x = 1\n"


def test_unreadable_file(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": b"\xff", "b.py": SOFTPLUS})
    ran = run(tmp_path, "fix", ".")
    assert (ran.status, ran.err) == (1, "nablint: a.py: is not valid UTF-8: byte 0xff on line 1.\n")
    assert (tmp_path / "b.py").read_text() == FIXED


def test_notebook(tmp_path: Path) -> None:
    cells = ("%matplotlib inline\nimport tensorflow as tf", SOFTPLUS.partition("\n")[2].strip())
    write(tmp_path, {"a.ipynb": notebook(*cells)})
    ran = run(tmp_path, "fix", "a.ipynb")
    assert ran.out == "a.ipynb:cell 3:2:28: overflow: Use tf.math.softplus(x)\n1 fix applied.\n"
    fixed = FIXED.partition("\n")[2].strip()
    assert (tmp_path / "a.ipynb").read_text() == notebook(cells[0], fixed)
    assert json.loads((tmp_path / "a.ipynb").read_text())["cells"][2]["outputs"]
