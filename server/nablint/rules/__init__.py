"""Every rule: the modules of this package, in name order."""

from __future__ import annotations

import importlib
import pkgutil

from nablint.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    importlib.import_module(f"{__name__}.{module.name}").RULE
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
)
