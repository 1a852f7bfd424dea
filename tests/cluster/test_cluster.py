"""`nablint check --engine dask`: a cluster finds what one process finds, also if one of its workers is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.commandline import SOFTPLUS, STEP, Ran, run, write

FILES = 30
NABLINT = [sys.executable, "-m", "nablint", "check", "--output-format", "json-lines"]
BROKEN = "import tensorflow as tf\n\n\ndef broken(:\n"


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, list[int]]]:
    """The address of a cluster, and the ids of its two workers."""
    command = [sys.executable, str(Path(__file__).with_name("local.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield told["address"], told["workers"]
        finally:
            process.stdin.close()
            process.wait(30)


def many(folder: Path) -> Path:
    """A manifest of files in a folder and in two archives; each text is another, so that no answer is known already."""
    texts = {f"part{number:02}.py": _text(number) for number in range(FILES)}
    third = FILES // 3
    names = sorted(texts)
    write(folder, {name: texts[name] for name in names[:third]})
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name in names[third : 2 * third]:
            archive.writestr(name, texts[name])
    with tarfile.open(folder / "b.tar.gz", "w:gz") as archive:
        for name in names[2 * third :]:
            (folder / "member").write_text(texts[name])
            archive.add(folder / "member", name)
    places = ["", "a.zip::", "b.tar.gz::"]
    lines = [
        f"{hashlib.sha256(texts[name].encode()).hexdigest()}  {places[index // third]}{name}\n"
        for index, name in enumerate(names)
    ]
    return write(folder, {"manifest": "".join(lines)}) / "manifest"


def _text(number: int) -> str:
    kinds = (SOFTPLUS.replace("1 +", f"{number + 1} +"), STEP.replace("1.0", f"{number + 1}.0"), BROKEN)
    return kinds[number % 3] + f"# {number}\n"


@pytest.mark.timeout(240)
@pytest.mark.xdist_group("cluster")
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, cluster: tuple[str, list[int]]) -> None:
    address, workers = cluster
    many(tmp_path)
    where = ["--engine", "dask", "--scheduler", address, "--parquet", "table.parquet"]
    command = [*NABLINT, "--no-cache", "--manifest", "manifest", *where]
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=errors, text=True)
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        assert process.poll() is None, "the run is over before a worker is killed"
        os.kill(workers[0], signal.SIGKILL)
        lines += process.stdout.readlines()
    told = (tmp_path / "errors").read_text()
    alone = run(tmp_path, "check", "--output-format", "json-lines", "--no-cache", "-j", "1", "--manifest", "manifest")
    assert lines == alone.out.splitlines(keepends=True)
    assert (process.returncode, Counter(told.splitlines())) == (alone.status, Counter(alone.err.splitlines()))
    assert len(lines) == FILES
    rows = pq.read_table(tmp_path / "table.parquet").to_pylist()
    assert [(row["path"], row["kind"], row["rule"]) for row in rows] == [
        (found["path"], found["kind"], found.get("rule")) for found in map(json.loads, lines)
    ]


@pytest.mark.timeout(240)
@pytest.mark.xdist_group("cluster")
def test_probes_go_to_the_workers(tmp_path: Path, cluster: tuple[str, list[int]]) -> None:
    """The worker's Python has no TensorFlow here, which it says of each function; to import it takes seconds."""
    without = "#!/bin/sh\nexec " + sys.executable + " -S -c 'raise SystemExit(\"no TensorFlow in $$\")'\n"
    write(tmp_path, {"a.py": STEP + SOFTPLUS, "python": without})
    (tmp_path / "python").chmod(0o755)
    where = ("--engine", "dask", "--scheduler", cluster[0], "--python", str(tmp_path / "python"))
    ran = run(tmp_path, "probe", *where, "--output-format", "json", "a.py")
    probes = json.loads(ran.out)["probes"]
    assert [(one["name"], one["failure"].partition("ended")[2]) for one in probes] == [
        (name, " before TensorFlow was imported: no TensorFlow in $$") for name in ("step", "sharp")
    ]
    assert ran.status == 1


def check(folder: Path, *arguments: str) -> Ran:
    return run(folder, "check", "--output-format", "json-lines", *arguments)


ODD = {
    "another hash": (f"{'0' * 64}  a.py", 1, "a.py: is not what the manifest names: its hash is another."),
    "no member": (f"{'0' * 64}  a.zip::b.py", 1, "a.zip::b.py: is not in the archive."),
    "no archive": (f"{'0' * 64}  a.py::b.py", 1, "a.py::b.py: cannot be read: "),
    "no file": (f"{'0' * 64}  b.py", 1, "b.py: cannot be read: No such file or directory."),
    "no hash": ("a.py", 2, "list:1: this is not a SHA-256, two spaces and a path."),
}


@pytest.mark.parametrize(("line", "status", "sentence"), ODD.values(), ids=ODD)
def test_what_is_odd_in_a_manifest_is_told(tmp_path: Path, line: str, status: int, sentence: str) -> None:
    write(tmp_path, {"a.py": STEP, "list": line + "\n"})
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.py", STEP)
    ran = check(tmp_path, "--manifest", "list")
    assert (ran.status, len(ran.err.splitlines())) == (status, 1)
    assert ran.err.startswith(f"nablint: {sentence}")


def test_a_hash_that_holds_again_is_no_trouble_any_more(tmp_path: Path) -> None:
    """What could not be read is not remembered as if it were found."""
    line = f"{hashlib.sha256(STEP.encode()).hexdigest()}  a.py\n"
    write(tmp_path, {"a.py": SOFTPLUS, "list": line})
    where = ("--manifest", "list", "--cache-dir", str(tmp_path / "cache"))
    assert "its hash is another" in check(tmp_path, *where).err
    write(tmp_path, {"a.py": STEP})
    assert [json.loads(line)["rule"] for line in check(tmp_path, *where).out.splitlines()] == ["no-gradient"]
    (tmp_path / "a.py").unlink()
    assert "cannot be read" in check(tmp_path, *where).err


REFUSED = {
    "no scheduler": (["--engine", "dask"], "`--engine dask` needs the address of a scheduler"),
    "no engine": (["--scheduler", "tcp://127.0.0.1:8786"], "`--scheduler` goes with `--engine dask`."),
    "no address": (["--engine", "dask", "--scheduler", "nowhere"], "there is no Dask scheduler at nowhere: "),
}


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_cluster_that_is_not_there(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    write(tmp_path, {"a.py": STEP})
    ran = check(tmp_path, "--no-cache", *arguments, "a.py")
    assert (ran.status, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert ran.err.startswith(f"nablint: {sentence}")
