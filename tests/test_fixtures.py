"""Every fixture is found to be as its carets say; `npm run update` writes them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from carets import FIXTURES, annotated, stripped
from nablint.analyse import analyse
from nablint.source import Source

FILES = sorted(path for folder in ("risky", "clean") for path in (FIXTURES / folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_findings(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text(encoding="utf-8")
    source = Source(str(path), stripped(text))
    found = annotated(source, analyse(source).findings)
    if request.config.getoption("update"):
        path.write_text(found, encoding="utf-8")
    else:
        assert found == text, "run `npm run update` and look at the difference"
    assert (path.parent.name == "clean") == (found == source.text)
