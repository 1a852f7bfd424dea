"""What runs on this machine, read from /proc."""

import time
from collections.abc import Callable
from pathlib import Path


def processes() -> list[tuple[int, int, str]]:
    """Number, parent and command of every process."""
    rows = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            rows.append((int(folder.name), parent, (folder / "cmdline").read_text().replace("\0", " ")))
        except (OSError, ValueError, IndexError):
            continue  # It ended while it was read.
    return rows


def descendants(pid: int) -> list[int]:
    found = [child for child, parent, _ in processes() if parent == pid]
    return found + [below for child in found for below in descendants(child)]


def alive(pid: int) -> bool:
    return any(row[0] == pid for row in processes())


def running(words: str) -> bool:
    return any(words in command for _, _, command in processes())


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
