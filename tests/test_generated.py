"""Generated files are what the code says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from nablint import dev


@pytest.mark.parametrize(("path", "text"), dev.generated().items(), ids=lambda item: getattr(item, "name", ""))
def test_is_up_to_date(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run `npm run update`"
