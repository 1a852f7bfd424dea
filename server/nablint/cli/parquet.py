"""Findings as a table in a Parquet file: what a scan of very many files is read by."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nablint.cli.common import fail
from nablint.finding import Finding
from nablint.report import json
from nablint.report.checked import Checked, Trouble, place

ROWS = 10_000
"""So many rows are in memory at a time."""

DTYPES = ("float16", "bfloat16", "float32", "float64")


def kept(results: Iterable[Checked], target: Path) -> Iterator[Checked]:
    """The results as they are, while a row for each finding and trouble goes to `target`, whole or not at all."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        fail("`--parquet` needs pyarrow: install nablint[dask].")
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    source = iter(results)
    try:
        with pq.ParquetWriter(beside, schema) as writer:
            rows: list[dict[str, Any]] = []
            for result in source:
                rows += _rows(result)
                if len(rows) >= ROWS:
                    writer.write_table(pa.Table.from_pylist(rows, schema))
                    rows = []
                yield result
            writer.write_table(pa.Table.from_pylist(rows, schema))
        os.replace(beside, target)
    except OSError as error:
        fail(f"{target} cannot be written: {error.strerror or error}.")
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


COLUMNS = {
    "path": "string",
    "kind": "string",
    "cell": "int32",
    "line": "int32",
    "column": "int32",
    "end_line": "int32",
    "end_column": "int32",
    "rule": "string",
    "severity": "string",
    "function": "string",
    "message": "string",
    "witness": "string",
    **{f"threshold_{dtype}": "float64" for dtype in DTYPES},
    "fixes": "string",
}
"""The columns. `kind` is `finding` or `error`; `witness` and `fixes` are JSON, as in `--output-format json`."""


def _rows(checked: Checked) -> Iterator[dict[str, Any]]:
    yield from (_finding(checked, finding) for finding in checked.findings)
    yield from (_trouble(checked, trouble) for trouble in checked.troubles)


def _finding(checked: Checked, finding: Finding) -> dict[str, Any]:
    told = json.finding_object(checked, finding)
    return {
        **{name: told[name] for name in ("path", "cell", "rule", "severity", "function", "message")},
        "kind": "finding",
        "line": told["start"]["line"],
        "column": told["start"]["column"],
        "end_line": told["end"]["line"],
        "end_column": told["end"]["column"],
        "witness": json.dumps(told["witness"]) if told["witness"] else None,
        "fixes": json.dumps(told["fixes"]),
        **{f"threshold_{dtype}": told["thresholds"].get(dtype) for dtype in DTYPES},
    }


def _trouble(checked: Checked, trouble: Trouble) -> dict[str, Any]:
    at = place(checked.notebook, trouble.position) if trouble.position else None
    row = {"path": trouble.path.replace("\\", "/"), "kind": "error", "message": trouble.message}
    return {**row, "cell": at.cell, "line": at.line, "column": at.column} if at else row
