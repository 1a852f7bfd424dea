"""What the probe says of functions that are known, and what it makes of right and of wrong gradients."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]


def lines() -> Iterator[str]:
    sys.path.insert(0, str(TESTS))
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
    yield from verdicts(tables.KNOWN)


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
