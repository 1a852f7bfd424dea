"""Imports point down: a module imports from lower layers only, and each outside package has its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "server" / "nablint"

LAYERS = (
    "__init__ source syntax beside metadata registry probe.agent probe.protocol",
    "ir finding config domains neighbours",
    "ops parse notebook",
    "interpret surroundings siblings",
    "lower evaluate gradient rewrite slice",
    "trials exact cut",
    "blame search bits",
    "witness",
    "facts page",
    "rule suppress custom",
    "rules",
    "steady",
    "analyse",
    "verify probe report curve extract scaffold",
    "mend explore",
    "lsp cli",
    "living",
    "api",
    "pytest_plugin",
    "dev __main__ cli.server",
)
"""From the bottom up. A name stands for a module or a package; the longest that fits counts."""

LEVEL = {name: level for level, layer in enumerate(LAYERS) for name in layer.split()}

OUTSIDE = {
    "numpy": "domains ops interpret evaluate bits trials search witness blame facts "
    "lower rewrite rules exact verify curve scaffold probe.agent",
    "libcst": "parse lower slice rewrite",
    "tensorflow": "probe.agent",
    "keras": "probe.agent",
    "pygls": "lsp",
    "lsprotocol": "lsp",
    "click": "cli cli.server __main__",
    "rich": "cli report",
    "pathspec": "cli config",
    "watchfiles": "cli",
    "mpmath": "exact",
    "pytest": "pytest_plugin",
    "distributed": "cli",
    "pyarrow": "cli",
}
"""The layers that may import an outside package."""

FRONT = "__init__"
"""The package's own file: it imports `nablint.api` from near the top, at the moment when somebody asks for it."""

APART = "rules"
"""Modules of this package never import each other."""


def layer(module: str) -> str:
    """The name in the table that a dotted module belongs to."""
    fitting = [name for name in LEVEL if module == name or module.startswith(f"{name}.")]
    assert fitting, f"{module} has no layer: give it one in LAYERS"
    return max(fitting, key=len)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if is_module(name) else str(node.module) for name in found)


def is_module(name: str) -> bool:
    return (PACKAGE.parent / name.replace(".", "/")).with_suffix(".py").exists()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_of)
def test_imports_point_down(path: Path) -> None:
    here = layer(module_of(path))
    for name in set(imports(path)):
        top, _, rest = name.partition(".")
        if top in OUTSIDE:
            assert here in OUTSIDE[top].split(), f"{here} may not import {top}"
        if top == "nablint" and here != FRONT and layer(rest or FRONT) != here:
            assert LEVEL[layer(rest or FRONT)] < LEVEL[here], f"{here} may not import {name}"
        if here == APART and path.stem != "__init__":
            assert not name.startswith(f"nablint.{APART}."), f"{path.stem} may not import another rule"
