"""Prints how long a warm probe takes: `python tests/probe/bench.py [PROBES]`."""

import statistics
import sys
import time
from pathlib import Path

from nablint.probe.client import Prober
from nablint.probe.protocol import Ask

EXPRESSIONS = (
    "tf.math.log(1 + tf.exp(10 * x)) / 10",
    "1 / (1 + tf.exp(-x))",
    "x * tf.tanh(tf.math.softplus(x))",
    "tf.where(x > 0, tf.sqrt(x), 0 * x)",
    "tf.nn.softmax(x)",
)


def bench(probes: int = 10, pause: float = 2.0) -> dict[str, float]:
    """Medians in milliseconds from the ask to the first result, to eager + XLA + training, and to the last result."""
    times: dict[str, list[float]] = {"first": [], "core": [], "matrix": [], "all": []}
    with Prober(Path(sys.executable)) as prober:
        for index in range(probes + 1):
            code = f"import tensorflow as tf\ndef f(x): return {EXPRESSIONS[index % len(EXPRESSIONS)]}\n"
            events: list[float] = []
            started = time.perf_counter()
            report = prober.probe(Ask(code, "f"), lambda _, seen=events: seen.append(time.perf_counter()))
            if index:
                times["first"].append((events[0] - started) * 1000)
                times["core"].append(report.milliseconds["core"])
                times["matrix"].append(report.milliseconds["matrix"])
                times["all"].append((time.perf_counter() - started) * 1000)
            time.sleep(pause)  # Nobody clicks faster, and the next child warms itself meanwhile.
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    found = bench(*map(int, sys.argv[1:]))
    print(
        f"probe, warm medians: first result {found['first']:.0f} ms, eager + XLA + training {found['core']:.0f} ms, "
        f"every dtype and mode {found['matrix']:.0f} ms, all {found['all']:.0f} ms"
    )


if __name__ == "__main__":
    main()
