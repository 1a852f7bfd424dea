"""Which Python the probe runs in, and what of the environment goes with it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

_SECRET = re.compile(
    r"TOKEN|KEY|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|PRIVATE|COOKIE|[^D]PWD$|_DSN$|CONNECTION_STRING|DATABASE_URL",
    re.IGNORECASE,
)
"""`OLDPWD` is a folder, `MYSQL_PWD` is none."""


def find_interpreter(setting: str, folder: Path) -> Path:
    """The Python of the setting, else of VIRTUAL_ENV, else of a `.venv` in the folder or above, else this one."""
    if setting:
        found = shutil.which(setting)
        return Path(found) if found else folder / Path(setting).expanduser()
    places = [Path(os.environ["VIRTUAL_ENV"])] if os.environ.get("VIRTUAL_ENV") else []
    places += [place / name for place in (folder, *folder.parents) for name in (".venv", "venv")]
    candidates = (place / _PYTHON for place in places)
    return next((path for path in candidates if path.is_file()), Path(sys.executable))


def harmless(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without tokens, keys and passwords, by their names."""
    return {name: value for name, value in environment.items() if not _SECRET.search(name)}


_PYTHON = Path("Scripts", "python.exe") if os.name == "nt" else Path("bin", "python")
