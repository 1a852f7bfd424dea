"""Runs every measurement of this folder, or those named: `python -m tests.bench [--all] [NAME…]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main(names: list[str]) -> None:
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_"]
    for name in [name for name in names if not name.startswith("-")] or found:
        for line in importlib.import_module(f"{__package__}.{name}").lines():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
