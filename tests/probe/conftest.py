"""One agent for all of these tests: it is what an editor has, and TensorFlow is imported once."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nablint.probe.client import Prober
from nablint.probe.protocol import Ask, Report
from probe.processes import alive, descendants

HEAD = "import math\nimport numpy as np\nimport tensorflow as tf\nimport keras\n"

Probe = Callable[..., Report]


@pytest.fixture(scope="session")
def prober() -> Iterator[Prober]:
    with Prober(Path(sys.executable)) as one:
        # TensorFlow's import is not part of what the tests time.
        one.probe(Ask("def f(x): return x\n", "f", dtypes=("float32",), modes=("eager",), train=False))
        yield one
        assert one._agent is not None
        group = one._agent.process.pid
        family = [group, *descendants(group)]
    assert not [pid for pid in family if alive(pid)]


@pytest.fixture
def probe(prober: Prober) -> Probe:
    """Probes a few lines that define `f`: `probe(code, dtypes=…)`, with what an activation's file imports on top."""

    def run(code: str, timeout: float = 30.0, **ask: object) -> Report:
        ask = {"extras": False, **ask}
        return prober.probe(Ask(HEAD + code, str(ask.pop("name", "f")), **ask), timeout=timeout)  # type: ignore[arg-type]

    return run
