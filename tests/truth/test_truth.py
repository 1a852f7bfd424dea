"""On generated activations nablint says what real TensorFlow does: nothing wrong, and little left out."""

from __future__ import annotations

import pytest

from truth.compare import compared


@pytest.mark.tensorflow
def test_findings_are_what_tensorflow_does(capsys: pytest.CaptureFixture[str]) -> None:
    score = compared(count=25, seed=20)
    with capsys.disabled():
        print(f"\n{score}")
    assert score.functions == 25
    assert not score.wrong
    assert score.findings > 8
    assert score.breaking > 30
