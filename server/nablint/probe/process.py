"""One agent process: started, spoken to, and ended with everything that it started."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from nablint.probe.interpreter import harmless
from nablint.probe.protocol import VERSION

_AGENT = Path(__file__).parent / "agent"
_MOST_NOISE = 40_000
_LAST_WORDS = 2.0
"""Seconds for what an agent said as it ended."""


class UnusableError(Exception):
    """No agent runs in this interpreter; the text says why, as a sentence."""


@dataclass(slots=True)
class Agent:
    """A running agent: messages come out of a queue, `None` last."""

    process: subprocess.Popen[bytes]
    folder: Path
    """Where it works and leaves its temporary files; gone when it is."""
    messages: queue.Queue[dict[str, Any] | None] = field(default_factory=queue.Queue)
    noise: bytearray = field(default_factory=bytearray)
    """What came on stderr: the user's prints where each probe has a process of its own."""
    is_heard: threading.Event = field(default_factory=threading.Event)
    """Set when stderr has ended."""
    versions: dict[str, str] = field(default_factory=dict)
    isolation: dict[str, bool] = field(default_factory=dict)

    @property
    def forks(self) -> bool:
        """True if one process answers many asks."""
        return self.isolation.get("fork", False)

    def send(self, message: Mapping[str, Any]) -> bool:
        """False if the agent is gone."""
        stdin = self.process.stdin
        try:
            if stdin is not None:
                stdin.write(json.dumps(message).encode() + b"\n")
                stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """The next message; `None` when the agent has ended.

        Raises `queue.Empty` when there is none within the time.
        """
        return self.messages.get(timeout=max(seconds, 0.0))

    def kill(self) -> int:
        """The exit status; the process group is gone afterwards."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            self.process.kill()
        status = self.process.wait()
        _close(self.process.stdin)
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def leave(self) -> None:
        """Ends the agent by closing its stdin, so that it can end its children; kills it if it dawdles."""
        _close(self.process.stdin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2.0)
        self.kill()


def start(interpreter: Path, spawn: bool = False) -> Agent:
    """An agent that imports TensorFlow; `wait_ready` says when it has."""
    command = [str(interpreter), str(_AGENT), *(["--spawn"] if spawn else [])]
    folder = Path(tempfile.mkdtemp(prefix="nablint-"))
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    environment = {**harmless(os.environ), **places, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8:replace"}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, FileNotFoundError):
            sentence = f"There is no Python at {interpreter}: set the interpreter of your project."
        else:
            sentence = f"{interpreter} cannot be started: {error.strerror or error}."
        raise UnusableError(sentence) from None
    agent = Agent(process, folder)
    for target, stream in ((_listen, process.stdout), (_hear, process.stderr)):
        threading.Thread(target=target, args=(agent, stream), daemon=True).start()
    return agent


def wait_ready(agent: Agent, interpreter: Path, seconds: float) -> None:
    """Returns once TensorFlow is imported."""
    try:
        message = agent.receive(seconds)
    except queue.Empty:
        raise UnusableError(f"TensorFlow was not imported within {seconds:.0f} s in {interpreter}.") from None
    if message is None:
        agent.is_heard.wait(_LAST_WORDS)  # The two streams end in either order.
        said = agent.noise.decode("utf-8", "replace").strip().splitlines()
        raise UnusableError(
            f"{interpreter} ended before TensorFlow was imported: {said[-1] if said else 'it said nothing'}"
        )
    if message["kind"] == "unusable":
        raise UnusableError(message["message"])
    if message.get("protocol") != VERSION:
        raise UnusableError("Nablint was updated while it ran: restart it, so that it and its probe fit together.")
    agent.versions, agent.isolation = message["versions"], message["isolation"]


def _listen(agent: Agent, stream: IO[bytes]) -> None:
    with stream:
        for line in stream:
            # A crash can cut the last line short.
            with contextlib.suppress(ValueError):
                agent.messages.put(json.loads(line))
    agent.messages.put(None)


def _hear(agent: Agent, stream: IO[bytes]) -> None:
    with stream:
        while data := stream.read1(1 << 16):  # type: ignore[attr-defined]
            if len(agent.noise) < _MOST_NOISE:
                agent.noise += data
    agent.is_heard.set()


def _close(stream: IO[bytes] | None) -> None:
    with contextlib.suppress(OSError):
        if stream is not None:
            stream.close()
