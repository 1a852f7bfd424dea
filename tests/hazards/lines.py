"""The table of hazards: which rules speak of which code, and how a line of it becomes a module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nablint.analyse import analyse
from nablint.config import Settings
from nablint.finding import Finding
from nablint.source import Source

HERE = Path(__file__).parent
HEAD = """import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from tensorflow.keras import backend as K

"""


@dataclass(frozen=True)
class Line:
    """One hazard in one spelling."""

    number: int
    spelling: str
    """`tf`, `ops` or `K`."""
    code: str
    rules: tuple[str, ...]
    input_range: float = 100.0

    @property
    def module(self) -> str:
        return self.code if "\n" in self.code else module(self.code)

    @property
    def id(self) -> str:
        return f"{self.number}-{self.code if self.module != self.code else self.spelling}"


def module(body: str) -> str:
    """The module of a function of one line: statements separated by `;`, the last one an expression."""
    *before, last = body.split("; ")
    return f"{HEAD}\ndef f(x):\n" + "".join(f"    {line}\n" for line in (*before, f"return {last}"))


@cache
def table() -> tuple[Line, ...]:
    """Every line of patterns.txt and every module of modules.md."""
    return (*_lines(), *_modules())


def absent() -> dict[tuple[int, str], str]:
    """Why a hazard has no line in a spelling."""
    return {(number, spelling): reason for number, spelling, reason in _absent()}


@cache
def found(code: str, input_range: float = 100.0) -> tuple[Finding, ...]:
    return analyse(Source("hazard.py", code), Settings(input_range=input_range)).findings


def _sections() -> Iterator[tuple[int, str]]:
    number = 0
    for line in (HERE / "patterns.txt").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"(\d+)\. ", line):
            number = int(heading[1])
        elif line and not line.startswith("#"):
            yield number, line


def _lines() -> Iterator[Line]:
    for number, line in _sections():
        if "→" in line:
            code, rules = (part.strip() for part in line.split("→"))
            rules, _, limit = rules.partition(" up to ")
            yield Line(number, _spelling(code), code, _names(rules), float(limit or 100))


def _absent() -> Iterator[tuple[int, str, str]]:
    for number, line in _sections():
        if excuse := re.fullmatch(r"not in (.+?): (.+)", line):
            yield from ((number, spelling, excuse[2]) for spelling in excuse[1].split(", "))


_MODULE = re.compile(r"^## (\d+) (tf|ops|K): [^\n]* → ([^\n]+)\n\n```python\n(.*?)```$", re.M | re.S)


def _modules() -> Iterator[Line]:
    for number, spelling, rules, code in _MODULE.findall((HERE / "modules.md").read_text(encoding="utf-8")):
        yield Line(int(number), spelling, code, _names(rules))


def _spelling(code: str) -> str:
    return "ops" if "ops." in code else "K" if "K." in code else "tf"


def _names(rules: str) -> tuple[str, ...]:
    return tuple(sorted(rule.strip() for rule in rules.split(",")))
