"""A run on several processes, with what earlier runs found: always the same output, whatever goes wrong beside it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from commandline import CAREFUL, SOFTPLUS, STEP, Ran, notebook, run, write

from nablint.cli import cache as caches
from nablint.cli import pool, progress, scan
from nablint.cli.cache import Cache
from nablint.cli.common import rule_names
from nablint.config import Settings
from nablint.rules import RULES

FILES = {f"{name}{number}.py": text.replace("def s", f"def s{number}") for number in range(4)
         for name, text in (("soft", SOFTPLUS), ("step", STEP), ("careful", CAREFUL))}  # fmt: skip
ODD = {
    "b.ipynb": notebook("import keras", STEP),
    "latin.py": b"\xe9",
    "none.py": "x = 1\n",
    "half.py": "import keras\n(",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("project"), {**FILES, **ODD})


@pytest.fixture(scope="module")
def alone(folder: Path) -> Ran:
    return run(folder, "check", "--jobs", "1", ".")


def test_processes_change_nothing(folder: Path, alone: Ran) -> None:
    assert alone.out.count("warning") >= 8
    assert run(folder, "check", "--jobs", "3", ".") == alone


def test_cache_changes_nothing_and_spares_the_engine(
    folder: Path, alone: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(folder, "check", "--jobs", "1", ".", cache=tmp_path) == alone
    monkeypatch.setattr(scan, "worked", refused)
    assert run(folder, "check", "--jobs", "2", ".", cache=tmp_path) == alone
    statistics = run(folder, "check", "--statistics", ".", cache=tmp_path)
    assert statistics.out.splitlines() == ["5  no-gradient  warning", "4  overflow     warning"]
    with pytest.raises(AssertionError, match="asked again"):
        run(folder, "check", "--ignore", "overflow", ".", cache=tmp_path)


def refused(work: scan.Work) -> str:
    raise AssertionError(f"{work.shown} is asked again")


def test_cache_without_fixes_is_not_taken_for_one_with_them(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SOFTPLUS})
    assert run(tmp_path, "check", "--statistics", ".", cache=tmp_path / "cache").status == 1
    assert "  fix: Use tf.math.softplus(x)" in run(tmp_path, "check", ".", cache=tmp_path / "cache").out


def test_key_depends_on_text_kind_settings_and_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = caches.settings_key(Settings())
    keys = {
        caches.key_of(b"x", False, usual),
        caches.key_of(b"y", False, usual),
        caches.key_of(b"x", True, usual),
        caches.key_of(b"x", False, caches.settings_key(Settings(input_range=5.0))),
    }
    assert caches.settings_key(Settings(exclude=("old/",))) == usual
    monkeypatch.setattr(caches, "_versions", lambda: "other")
    assert len(keys | {caches.key_of(b"x", False, caches.settings_key(Settings()))}) == 5


def database(folder: Path) -> Path:
    return caches.file_in(folder)


def break_file(folder: Path) -> None:
    database(folder).write_bytes(b"no database at all, " * 100)


def break_record(folder: Path) -> None:
    with sqlite3.connect(database(folder)) as connection:
        connection.execute("UPDATE records SET record = '[[1]]'")
    connection.close()


def break_table(folder: Path) -> None:
    with sqlite3.connect(database(folder)) as connection:
        connection.execute("ALTER TABLE records RENAME COLUMN record TO other")
    connection.close()


def break_folder(folder: Path) -> None:
    database(folder).unlink()
    database(folder).mkdir()


BROKEN = {
    "a damaged file": (break_file, ""),
    "a record of another kind": (break_record, ""),
    "a table of another kind": (break_table, "cannot be used (no such column: record)"),
    "a folder in its place": (break_folder, "cannot be used (unable to open database file)"),
}


@pytest.mark.parametrize(("breaks", "sentence"), BROKEN.values(), ids=BROKEN)
def test_broken_cache_costs_a_sentence_at_most(tmp_path: Path, breaks, sentence: str) -> None:
    write(tmp_path, {"a.py": STEP})
    whole = run(tmp_path, "check", "a.py", cache=tmp_path / "cache")
    breaks(tmp_path / "cache")
    again = run(tmp_path, "check", "a.py", cache=tmp_path / "cache")
    assert (again.status, again.out) == (whole.status, whole.out)
    assert again.err.count("\n") == bool(sentence)
    assert sentence in again.err


def test_full_disk_costs_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.py": STEP})
    told: list[str] = []
    cache = Cache(tmp_path / "cache", told.append)
    cache.put(b"old", "", offer=True)
    cache.save()
    cache._database.execute("PRAGMA max_page_count = 2")
    cache.put(b"new", "x" * 100_000, offer=True)
    cache.close()
    assert told == [
        f"the cache in {tmp_path / 'cache'} cannot be used (database or disk is full): this run does without."
    ]
    with closing(Cache(tmp_path / "cache", told.append)) as cache:
        assert cache.get(b"old", offer=True) == ""


def test_cache_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write(tmp_path, {"a.py": STEP})
    ran = run(tmp_path, "check", "a.py", cache=tmp_path / "file")
    assert ran.status == 1
    assert (
        ran.err == f"nablint: the cache in {tmp_path / 'file'} cannot be used (File exists): this run does without.\n"
    )


def test_cache_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in it is used; that no more comes in is told once."""
    write(tmp_path, {"a.py": STEP})
    whole = run(tmp_path, "check", "a.py", cache=tmp_path / "cache")
    real = caches._opened

    def opened(folder: Path) -> sqlite3.Connection:
        found = real(folder)
        found.execute("PRAGMA query_only = ON")
        return found

    monkeypatch.setattr(caches, "_opened", opened)
    write(tmp_path, {"b.py": STEP.replace("step", "other")})
    again = run(tmp_path, "check", "a.py", "b.py", cache=tmp_path / "cache")
    assert again.out.startswith(whole.out.partition("\n\n")[0])
    assert again.err.count("\n") == 1
    assert "attempt to write a readonly database" in again.err


def test_clock_that_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To tomorrow or to 1970: what was found is found again, and nothing raises."""
    day = caches._today()
    for today in (day, day + 10_000, 0, day):
        monkeypatch.setattr(caches, "_today", lambda today=today: today)
        with closing(Cache(tmp_path, pytest.fail)) as cache:
            cache.put(b"%d" % today, "", offer=False)
            cache.save()
            assert cache.get(b"%d" % today, offer=False) == ""


def test_cache_of_another_version_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another layout has another file, other versions have other keys: neither is read, neither is harmed."""
    write(tmp_path, {"a.py": STEP})
    whole = run(tmp_path, "check", "a.py", cache=tmp_path / "cache")
    monkeypatch.setattr(caches, "_versions", lambda: "another")
    assert run(tmp_path, "check", "a.py", cache=tmp_path / "cache") == whole
    monkeypatch.setattr(caches, "FORMAT", caches.FORMAT + 1)
    assert run(tmp_path, "check", "a.py", cache=tmp_path / "cache") == whole
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["results-1.sqlite", "results-2.sqlite"]


def test_two_runs_share_a_cache(tmp_path: Path) -> None:
    told: list[str] = []
    one, other = (Cache(tmp_path, told.append) for _ in range(2))
    for number in range(10):
        for name, cache in ((b"one", one), (b"other", other)):
            cache.put(b"%s %d" % (name, number), str(number), offer=False)
            cache.save()
    assert one.count() == other.count() == 20
    assert one.get(b"other 7", offer=False) == "7"
    assert one.get(b"other 7", offer=True) is None
    one.close()
    other.close()
    assert told == []


def test_old_records_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = caches._today()
    for today, key in ((day - 40, b"old"), (day - 40, b"used"), (day - 20, b"newer"), (day, b"newest")):
        monkeypatch.setattr(caches, "_today", lambda today=today: today)
        cache = Cache(tmp_path, pytest.fail)
        cache.put(key, "", offer=False)
        if key == b"newer":
            assert cache.get(b"used", offer=False) == ""
        cache.close()
    with closing(Cache(tmp_path, pytest.fail)) as cache:
        found = [cache.get(key, offer=False) for key in (b"old", b"used", b"newer", b"newest")]
    assert found == [None, "", "", ""]


def test_place_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NABLINT_CACHE_DIR", raising=False)
    for system, variable, place in (
        ("linux", "XDG_CACHE_HOME", "/x/nablint"),
        ("win32", "LOCALAPPDATA", "/x/nablint/Cache"),
        ("darwin", "HOME", "/x/Library/Caches/nablint"),
    ):
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setenv(variable, "/x")
        assert caches.location() == Path(place)


def test_nothing_is_written_beside_the_code(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {*FILES, *ODD}


def half(item: int) -> int:
    """Ends its process on 13, as a crash in compiled code or the system's want of memory would."""
    if item == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return item // 2


def test_a_process_that_dies_costs_one_result() -> None:
    items = [pool.Known(-1), *range(40), pool.Known(-2)]
    found = list(pool.spread(half, items, 2, lambda: None))
    assert [type(one) for one in found].count(pool.Died) == 1
    assert isinstance(found[14], pool.Died)
    assert [one for one in found if not isinstance(one, pool.Died)] == [
        -1, *(n // 2 for n in range(40) if n != 13), -2]  # fmt: skip


def test_death_is_told_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scan, "_spread", lambda items, _jobs: map(dying, items))
    ran = run(folder, "check", "--exit-zero", "--jobs", "2", ".", cache=tmp_path)
    assert ran.status == 2
    assert "nablint: soft2.py: ended the process that read it" in ran.err


def dying(item: scan.Work | None) -> str | pool.Died | None:
    """What `spread` would give, without a process."""
    if item is None:
        return None
    return pool.Died() if item.shown == "soft2.py" else scan.worked(item)


def test_terminated_run_keeps_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def worked(work: scan.Work) -> str:
        if work.shown == "b.py":
            os.kill(os.getpid(), signal.SIGTERM)
        return ""

    write(tmp_path, {"a.py": STEP, "b.py": CAREFUL})
    monkeypatch.setattr(scan, "worked", worked)
    assert run(tmp_path, "check", "--jobs", "1", ".", cache=tmp_path / "cache").status == 143
    with closing(Cache(tmp_path / "cache", pytest.fail)) as cache:
        assert cache.count() == 1


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\nfrom nablint.cli import pool\n"
        "def slow(item):\n    os.write(1, b'%d\\n' % os.getpid())\n    time.sleep(60)\n"
        "list(pool.spread(slow, range(2), 2, lambda: None))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    workers = [int(process.stdout.readline()) for _ in range(2)]
    with process:
        process.kill()
    deadline = time.monotonic() + 20
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interrupted_run_ends_at_once_and_without_a_traceback(tmp_path: Path) -> None:
    many = {f"{n}.py": SOFTPLUS.replace("sharp", f"sharp{n}").replace("1 +", f"{n}.5 +") for n in range(400)}
    write(tmp_path, many)
    command = [sys.executable, "-m", "nablint", "check", "--no-cache", "--jobs", "2", "."]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_names_of_rules_need_no_engine() -> None:
    assert rule_names() == sorted(rule.name for rule in RULES)


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    for is_terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda told=is_terminal: told)
        bar = progress.Bar(3)
        bar.step()
        bar.hide()
        bar.hide()
        err = capfd.readouterr().err
        assert ("checking" in err) == is_terminal
