"""The agent runs in Pythons older than ours, and writes the protocol's shapes by hand."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from nablint.probe import client, protocol
from nablint.probe.protocol import Ask, Trial

AGENT = Path(client.__file__).parent / "agent"


@pytest.mark.parametrize("path", sorted(AGENT.glob("*.py")), ids=lambda path: path.name)
def test_reads_as_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    assert not names & {"strict", "slots", "kw_only"}


SHAPES = {
    "run": (protocol.Run, {"error", "curvature"}),
    "training": (protocol.Training, {"error"}),
    "more training": (protocol.Training, {"error"}),
    "check": (protocol.Check, set()),
    "breach": (protocol.Breach, set()),
    "tried": (protocol.Tried, set()),
}
"""What each event makes, and the fields that are written only where there is something to say."""


@pytest.mark.tensorflow
def test_writes_the_shapes_of_the_protocol(prober, monkeypatch) -> None:
    seen: dict[str, set[str]] = {}
    taken = client._taken

    def watched(report, event):
        seen.setdefault(event["kind"], set()).update(event.keys() - {"kind", "id"})
        return taken(report, event)

    monkeypatch.setattr(client, "_taken", watched)
    trial = Trial((0.0,), ("x",), "float32", "eager")
    prober.probe(Ask("import tensorflow as tf\ndef f(x): return tf.sqrt(x)\n", "f", modes=("eager",), trials=(trial,)))
    for kind, (shape, unsaid) in SHAPES.items():
        assert seen[kind] == {field.name for field in fields(shape)} - unsaid
