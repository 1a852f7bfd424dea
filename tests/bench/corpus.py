"""How much of public code is understood, and whether anything in it trips nablint: packages of the registry, unpacked
and never imported. A sample by default; `--all` reads every file of theirs and of the standard library."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nablint.analyse import Analysis, analyse
from nablint.ir import Function, Some, Unknown, reachable
from nablint.siblings import Siblings
from nablint.source import Source

CACHE = Path.home() / ".cache" / "nablint-bench"
PACKAGES = {
    "keras": "keras>=3,<4",
    "keras_hub": "keras-hub",
    "official": "tf-models-official",
    "sonnet": "dm-sonnet",
    "spektral": "spektral",
    "tensorflow_recommenders": "tensorflow-recommenders",
    "transformers": "transformers>=4,<5",
}
"""By the folder that a package unpacks to: what the registry calls it."""
SAMPLE = 20
"""Files of each package that are read without `--all`."""
LIBRARY = 100
"""The same for the standard library."""


@dataclass(slots=True)
class Tally:
    """Of one package or of all of them."""

    whole: int = 0
    followed: int = 0
    """Of those, the definitions in which the numbers of every op are modelled, too."""
    definitions: int = 0
    causes: Counter[str] = field(default_factory=Counter)


def lines() -> Iterator[str]:
    everything = "--all" in sys.argv
    began = time.process_time()
    total, crashes, files, siblings = Tally(), list[str](), 0, Siblings()
    for package in PACKAGES:
        tally = Tally()
        for path in _chosen(sources(package), 0 if everything else SAMPLE):
            files += 1
            source = Source(str(path), path.read_text("utf-8", "replace"))
            try:
                count(definitions(analyse(source, siblings=siblings)), tally)
            except Exception as error:
                crashes.append(f"{path}: {error!r}")
        yield f"{package}: {shown(tally)}"
        total.whole, total.definitions = total.whole + tally.whole, total.definitions + tally.definitions
        total.followed += tally.followed
        total.causes += tally.causes
    yield f"lowered without Unknown from input to result (≥ 85 %): {shown(total)}"
    yield from (f"  {number:5} × {cause}" for cause, number in total.causes.most_common(10))
    for path in _chosen(standard_library(), 0 if everything else LIBRARY):
        files += 1
        try:
            # With this import every statement is looked at.
            analyse(Source(str(path), "from tensorflow import *\n" + path.read_text("utf-8", "replace")))
        except Exception as error:
            crashes.append(f"{path}: {error!r}")
    yield f"crashes (0): {len(crashes)} in {files} files, {time.process_time() - began:.0f} s of CPU"
    yield from crashes


def shown(tally: Tally) -> str:
    share, followed = (100 * number / max(tally.definitions, 1) for number in (tally.whole, tally.followed))
    words = f"{share:.1f} % of {tally.definitions} tensor functions and layers"
    return f"{words}; {followed:.1f} % with the numbers of every op"


def definitions(analysis: Analysis) -> Iterator[tuple[Function, ...]]:
    """The paths of each definition that computes on tensors."""
    yield from (function.paths for function in analysis.functions)


def count(found: Iterable[tuple[Function, ...]], tally: Tally) -> None:
    """A definition is lowered if all its paths are."""
    for paths in found:
        holes = [node for fn in paths for node in unknowns(fn)]
        reasons = {node.reason for node in holes if not isinstance(node, Some)}
        tally.definitions += 1
        tally.whole += not reasons
        tally.followed += not holes
        tally.causes.update(reasons)


def unknowns(fn: Function) -> Iterator[Unknown]:
    """What is not understood on the path from input to result, or but for its numbers."""
    roots = [fn.result, *(c for c in fn.cotangents if c is not None)]
    yield from (node for index in reachable(fn, *roots) if isinstance(node := fn.nodes[index], Unknown))


def sources(package: str) -> list[Path]:
    """The package's own files that name TensorFlow or Keras, tests left out; of transformers, those for TensorFlow."""
    folder = unpacked(package) / package
    wanted = re.compile(r"_tf_|_tf\b|\btf_" if package == "transformers" else "")
    paths = [path for path in sorted(folder.rglob("*.py")) if wanted.search(path.name)]
    return [path for path in paths if not path.stem.endswith("_test") and _concerns(path)]


def _concerns(path: Path) -> bool:
    text = path.read_bytes()
    return b"tensorflow" in text or b"keras" in text


def standard_library() -> list[Path]:
    folder = Path(sysconfig.get_paths()["stdlib"])
    return [path for path in sorted(folder.rglob("*.py")) if "site-packages" not in path.parts]


def _chosen(paths: list[Path], number: int) -> list[Path]:
    return random.Random(3).sample(paths, number) if 0 < number < len(paths) else paths


def unpacked(package: str) -> Path:
    """The folder of a package's files, fetched if it is not there."""
    folder = CACHE / package
    if not folder.exists():
        archive = CACHE / "archives" / package
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(archive)]
        subprocess.run([*command, PACKAGES[package]], check=True)
        partial = folder.with_suffix(".partial")
        for file in archive.iterdir():
            shutil.unpack_archive(file, partial, "zip" if file.suffix == ".whl" else None)
        partial.rename(folder)
    return folder
