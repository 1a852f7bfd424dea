"""What the probe says of functions that are known, what it makes of right and of wrong gradients, how fast it is, and
whether its processes grow: `python -m tests.bench probe`, or a part of it by `NABLINT_PROBE=times,memory`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

IMPORT = "import tensorflow as tf\n"
TESTS = Path(__file__).parents[1]


def lines() -> Iterator[str]:
    sys.path.insert(0, str(TESTS))
    from probe import tables

    parts = {
        "gradients": gradients,
        "verdicts": lambda: verdicts(tables.KNOWN),
        "times": times,
        "memory": memory,
    }
    for name in os.environ.get("NABLINT_PROBE", ",".join(parts)).split(","):
        yield from parts[name]()


def gradients() -> Iterator[str]:
    """Right gradients that are judged wrong, and wrong ones that are missed."""
    from probe import tables
    from probe.judging import judged

    started = time.process_time()
    wrong = [code for code in tables.right() if len(judged(code).wrong) or not judged(code).upstream]
    missed = [code for code in tables.mutants() if not judged(code).stretch]
    right, mutants = len(tables.right()), len(list(tables.mutants()))
    yield f"correct gradients judged wrong: {len(wrong)} of {right}; wrong ones missed: {len(missed)} of {mutants}" + (
        f" ({time.process_time() - started:.0f} s of CPU)"
    )
    yield from (f"  judged wrong: {code.strip()}" for code in wrong)
    yield from (f"  missed: {code.strip()}" for code in missed)


def times() -> Iterator[str]:
    """Warm medians, and a cold start beside TensorFlow's import."""
    from nablint.probe.client import Prober
    from nablint.probe.protocol import Ask
    from probe.bench import bench

    ask = Ask(f"{IMPORT}def f(x): return tf.tanh(x)\n", "f", dtypes=("float32",), modes=("eager",), train=False)
    imported, cold = [], []
    for _ in range(3):
        imported.append(
            _seconds(lambda: subprocess.run([sys.executable, "-c", IMPORT], check=True, capture_output=True))
        )
        with Prober(Path(sys.executable)) as prober:
            cold.append(_seconds(lambda prober=prober: prober.probe(ask)))
    first, alone = median(cold), median(imported)
    yield f"probe, cold: first result {first:.1f} s, import tensorflow {alone:.1f} s, ratio {first / alone:.2f} (≤ 1.3)"
    found = bench()
    limits = {"first": 120, "core": 500, "matrix": 1500}
    said = ", ".join(f"{name} {found[name]:.0f} ms (≤ {most})" for name, most in limits.items())
    yield f"probe, warm medians: {said}, all {found['all']:.0f} ms"


def memory(probes: int = 500) -> Iterator[str]:
    """Memory of this process and of the agent after a tenth of the probes and after all, and processes left."""
    from nablint.probe.client import Prober
    from nablint.probe.protocol import Ask
    from probe.processes import alive, descendants

    seen: list[tuple[int, int]] = []
    with Prober(Path(sys.executable)) as prober:
        for index in range(probes):
            code = f"{IMPORT}def f(x): return {index} * x\n"
            prober.probe(Ask(code, "f", dtypes=("float32",), modes=("eager",), train=False, extras=False))
            if index + 1 in (probes // 10, probes) and prober._agent is not None:
                agent = prober._agent.process.pid
                seen.append((_resident(os.getpid()), _resident(agent)))
                family = [agent, *descendants(agent)]
    left = sum(alive(pid) for pid in family)
    (ours, agents), (ours_after, agents_after) = seen
    yield (
        f"probe, {probes} in a row: this process {ours} → {ours_after} MB, the agent {agents} → {agents_after} MB,"
        f" {left} processes left"
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def verdicts(known: dict[str, str]) -> Iterator[str]:
    """How many verdicts are right, and each that is not."""
    from nablint.probe.client import Prober
    from nablint.probe.protocol import Ask
    from probe import tables

    failed = []
    with Prober(Path(sys.executable)) as prober:
        for code, words in known.items():
            ask = Ask(
                tables.HEAD + code, "f", dtypes=tables.dtypes_of(code, words), train="rains" in words, extras=False
            )
            said = prober.probe(ask, timeout=60.0).verdict
            failed += [] if said.startswith(words) else [f"  {code!r}\n    expected {words}\n    said     {said}"]
    yield f"verdicts of known functions: {len(known) - len(failed)} of {len(known)} right"
    yield from failed
