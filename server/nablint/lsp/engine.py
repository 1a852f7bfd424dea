"""The analysis, imported on first use: NumPy and LibCST would double the time until `initialize` is answered."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nablint.config import Settings
from nablint.finding import Edit, Finding, Fix
from nablint.source import Position, Source

if TYPE_CHECKING:
    from nablint.analyse import Analysis
    from nablint.siblings import Siblings


def analyse(source: Source, settings: Settings, previous: Analysis | None) -> Analysis:
    from nablint.analyse import analyse

    return analyse(source, settings, previous, _siblings(time.monotonic()))


_SECOND = 1.0
_looked = [0.0]


def _siblings(now: float) -> Siblings:
    """The modules beside the files; whether they changed on the disk is asked once a second."""
    from nablint.siblings import SHARED

    if now - _looked[0] > _SECOND:
        _looked[0] = now
        SHARED.refresh()
    return SHARED


def offered(analysis: Analysis, finding: Finding) -> tuple[Fix, ...]:
    from nablint.verify import offered

    return offered(analysis, finding)


def mended(analysis: Analysis) -> tuple[Edit, ...]:
    from nablint.mend import mended

    return mended(analysis)


def ignoring(analysis: Analysis, finding: Finding) -> Fix | None:
    from nablint.verify import ignoring

    return ignoring(analysis, finding)


def derived(analysis: Analysis, at: Position) -> Fix | None:
    from nablint.explore import derived

    return derived(analysis, at)


def is_searchable(analysis: Analysis, finding: Finding) -> bool:
    from nablint.explore import is_searchable

    return is_searchable(analysis, finding)


def searched(analysis: Analysis, finding: Finding) -> Fix | None:
    from nablint.explore import searched

    return searched(analysis, finding)


def extracted(analysis: Analysis, at: Position) -> Fix | None:
    from nablint.extract import extracted

    return extracted(analysis, at)


def scaffolded(analysis: Analysis, name: str) -> tuple[str, str]:
    """The name and the text of a test for a function; empty where none can be written."""
    from nablint.scaffold import scaffold

    made = scaffold(analysis, name)
    return made.file, made.text


def warm() -> None:
    """Imports what the first keystroke and the first request need, and runs it once."""
    analysis = analyse(Source("", "import tensorflow as tf\ndef f(x):\n    return tf.exp(x)\n"), Settings(), None)
    from nablint.lsp.cards import card

    card(analysis, (1, 4), pictures=True)
