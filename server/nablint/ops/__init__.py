"""The op table, checked when it is imported: one row an op, in modules by subject.

A module of this package is part of the table if it has `ROWS`.
"""

from __future__ import annotations

import importlib
import pkgutil

from nablint.ops.op import Op

ROWS: tuple[Op, ...] = tuple(
    row
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    for row in getattr(importlib.import_module(f"{__name__}.{module.name}"), "ROWS", ())
)

OPS: dict[str, Op] = {row.name: row for row in ROWS}
BY_NAME: dict[str, Op] = {name.partition("(")[0]: row for row in ROWS for name in row.names}
"""From a canonical spelling (`tf.math.exp`, `ops.exp`, `K.exp`, `activations.elu`, `np.exp`, `math.exp`) to its row."""

if len(OPS) != len(ROWS):
    raise ValueError("two ops share a name: " + ", ".join(r.name for r in ROWS if OPS[r.name] is not r))
if len(BY_NAME) != sum(len(row.names) for row in ROWS):
    raise ValueError("one spelling belongs to two ops")
