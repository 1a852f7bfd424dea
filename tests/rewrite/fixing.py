"""One path for every test of fixes: code in, the code after the first fix that is offered out."""

from __future__ import annotations

from collections.abc import Container

from nablint.analyse import analyse
from nablint.finding import Safety, apply_edits
from nablint.source import Source
from nablint.verify import offered

IMPORTS = """import numpy as np
import tensorflow as tf
from keras import ops
from tensorflow.keras import backend as K
"""


def module(body: str, imports: str = IMPORTS) -> Source:
    """A body of `f(x)`, an expression that it returns, or whole definitions, below the usual imports."""
    if "return" not in body and "lambda" not in body:
        body = f"return {body}"
    if not body.startswith(("def ", "class ", "@", "f =")):
        body = "def f(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    return Source("example.py", f"{imports}\n\n{body.rstrip()}\n")


def fixed(source: Source, wanted: Container[Safety] = tuple(Safety)) -> Source | None:
    """The source after the first fix that is offered for any finding, and after all safe ones that follow."""
    analysis = analyse(source)
    fixes = (fix for finding in analysis.findings for fix in offered(analysis, finding))
    first = next((fix for fix in fixes if fix.safety in wanted), None)
    if first is None:
        return None
    after = apply_edits(source, first.edits)
    return fixed(after, (Safety.SAFE,)) or after
