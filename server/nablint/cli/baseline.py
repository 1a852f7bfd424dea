"""The baseline file: its findings are left out of a run, and a run can write it anew."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from nablint.cli.common import fail
from nablint.cli.files import put
from nablint.report import baseline
from nablint.report.baseline import Known
from nablint.report.checked import Checked, counted


def beyond(file: Path) -> Callable[[Checked], Checked]:
    """What leaves a checked file with those findings only that the baseline lacks."""
    if not file.exists():
        fail(f"{file}: there is no such baseline. --write-baseline writes it.")
    known = _read(file)
    return lambda checked: baseline.added(checked, known.get(_key(checked.source.path, file), Counter()))


def write(file: Path, results: Iterable[Checked]) -> str:
    """Writes all findings; what is known of files that were not looked at, and still exist, stays. Says so."""
    found = {_key(checked.source.path, file): baseline.counted(checked) for checked in results}
    before = _read(file) if file.exists() else {}
    kept = {path: known for path, known in before.items() if path not in found and (file.parent / path).exists()}
    whole = {path: known for path, known in {**kept, **found}.items() if known}
    if sentence := put(file, baseline.written(whole).encode()):
        fail(f"{file} {sentence}")
    total = sum(sum(known.values()) for known in whole.values())
    return f"{counted(total, 'finding')} written to {file}: with --baseline {file} only others are told."


def _read(file: Path) -> Known:
    try:
        return baseline.read(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {error.strerror or error}" if isinstance(error, OSError) else error
        fail(f"{file} {reason}.")


def _key(path: str, file: Path) -> str:
    """The path as it stands in the baseline: from the baseline's own folder, wherever the run began."""
    return Path(os.path.relpath(path, file.parent)).as_posix()
