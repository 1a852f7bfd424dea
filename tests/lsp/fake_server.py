"""The server with a stand-in for analysis and probe, so that tests of the protocol depend on neither.

The stand-in finds every `tf.exp(name)` and knows every `def name(`. It takes SLOW seconds if the environment says so.
"""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import replace

from nablint import analyse as real
from nablint.analyse import Analysed, Analysis
from nablint.config import Settings
from nablint.finding import Edit, Finding, Fix, Safety, Witness
from nablint.lsp import engine, server
from nablint.probe import client
from nablint.probe.protocol import Ask, Region, Report, Run
from nablint.source import Source, Span

CALL = re.compile(r"tf\.exp\((\w+)\)")
DEFINITION = re.compile(r"def (\w+)\(.*?(?=\ndef |\Z)", re.DOTALL)


BASE = real.analyse(Source("", ""))


class Activation(Analysed):
    may_train = True


def analyse(source: Source, settings: Settings, previous: Analysis | None = None) -> Analysis:
    time.sleep(float(os.environ.get("SLOW", "0")))
    if "provoke a fault" in source.text:
        raise RuntimeError("as asked")
    findings = tuple(found(source, match) for match in CALL.finditer(source.text))
    functions = tuple(
        Activation(
            match[1],
            span(source, match.start(), match.end()),
            span(source, match.start(1), match.end(1)),
            source.position(match.start())[0],
            (),
        )
        for match in DEFINITION.finditer(source.text)
    )
    made = replace(BASE, source=source, settings=settings, findings=findings)
    made.__dict__["functions"] = functions
    return made


def found(source: Source, match: re.Match[str]) -> Finding:
    where = span(source, match.start(), match.end())
    fixes = (
        Fix("Use tf.exp(tf.minimum)", (Edit(where, f"tf.exp(tf.minimum({match[1]}, 80.0))"),), Safety.CHANGES_VALUES),
        Fix("Use tf.math.exp_safely", (Edit(where, f"tf.math.exp_safely({match[1]})"),)),
    )
    witness = Witness({match[1]: float("inf")}, "float32", "eager", float("inf"), float("nan"))
    message = f"exp overflows float32 for {match[1]} > 88.72."
    return Finding("overflow", where, message, witness=witness, thresholds={"float32": 88.72}, fixes=fixes)


def span(source: Source, start: int, end: int) -> Span:
    return Span(source.position(start), source.position(end))


def offered(analysis: Analysis, finding: Finding) -> tuple[Fix, ...]:
    return finding.fixes


def mended(analysis: Analysis) -> tuple[Edit, ...]:
    return tuple(edit for finding in analysis.findings for edit in finding.fixes[1].edits)


class Prober:
    """Tells of one run at once; then ends, or waits to be stopped for a function named `hang`."""

    def __init__(self, interpreter: object) -> None:
        self.interpreter = interpreter

    def probe(self, ask: Ask, on_event: client.OnEvent, cancelled: threading.Event) -> Report:
        run = Run("eager", "float32", value=(Region(88.72, float("inf"), "inf"),), x=(float("nan"), 1.0))
        on_event(run)
        if ask.name == "hang":
            cancelled.wait(20)
            os.write(2, b"the probe was stopped\n")
        return Report(ask.name, (run,), verdict="Infinite for x >= 88.72 in float32.")

    def close(self) -> None:
        pass


if __name__ == "__main__":
    engine.analyse = analyse
    engine.offered = offered
    engine.mended = mended
    client.Prober = Prober
    server.main()
