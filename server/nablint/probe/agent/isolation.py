"""What the user's code may not do: reach the network, exhaust the machine, or outlive its probe."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import signal
import sys
import time

MEMORY = 2 << 30
FILE_SIZE = 16 << 20
RESIDENT = 3 << 30
PROCESSES = 64
"""How many a probe may have; a fork bomb is ended with its whole group at once."""
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def leave_network() -> bool:
    """Moves this process, which must have one thread, where there is no network; False if the system refuses."""
    if not sys.platform.startswith("linux"):
        return False
    user, group, before = os.getuid(), os.getgid(), os.readlink("/proc/self/ns/net")
    if _libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    # Files stay the user's own only if the new namespace maps them to the same numbers.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    return os.readlink("/proc/self/ns/net") != before


def adopt_orphans() -> None:
    """Makes processes that the user's code left behind children of this one, where they can be found."""
    _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    _libc().prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def limit_resources() -> bool:
    """True if the limits on memory and on file size hold from now on."""
    try:
        import resource
    except ImportError:
        return False
    try:
        for name, size in (("RLIMIT_DATA", MEMORY), ("RLIMIT_FSIZE", FILE_SIZE), ("RLIMIT_CORE", 0)):
            hard = resource.getrlimit(getattr(resource, name))[1]
            most = size if hard == resource.RLIM_INFINITY else min(size, hard)
            resource.setrlimit(getattr(resource, name), (most, most))
    except (OSError, ValueError):
        return False
    # macOS accepts the limit on memory and does not enforce it.
    return sys.platform.startswith("linux")


def resident(pid: int) -> int:
    """Bytes of memory that a process holds; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def family(pid: int) -> int:
    """How many processes descend from this one, as far as they still hang together."""
    waiting, count = [pid], 0
    while waiting and count <= PROCESSES:
        below = _children(waiting.pop())
        count += len(below)
        waiting += below
    return count


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_orphans(keep: set[int]) -> None:
    """Ends every child of this process but those in `keep`, and what they leave in turn, for half a second at most."""
    until = time.monotonic() + 0.5
    while (found := _children(os.getpid()) - keep) and time.monotonic() < until:
        for pid in found:
            kill_group(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children(pid: int) -> set[int]:
    found = set()
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            found |= {int(child) for child in file.read().split()}
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
