"""How an op is called in the dialect, and under the names, that the user's own file uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nablint.ops import OPS
from nablint.ops.op import REQUIRED, Op, signature

_MODULES = {
    "tf": ("tensorflow",),
    "ops": ("keras.ops", "tensorflow.keras.ops"),
    "K": ("tensorflow.keras.backend", "keras.backend"),
    "activations": ("keras.activations", "tensorflow.keras.activations"),
    "np": ("numpy",),
    "math": ("math",),
}
"""The modules that each prefix of the op table stands for."""

_IMPORTS = {"tf": "import tensorflow as tf", "ops": "from keras import ops", "math": "import math"}

_ONLY_MATH = frozenset({"tf.math.log", "tf.math.log1p", "tf.math.expm1", "tf.math.softplus", "tf.math.log_sigmoid"})
"""Names that have no shorter form, and so say nothing about the user's taste."""

_AVOIDED = frozenset({"K.logsumexp", "K.switch"})
"""Names that are found, and not written: Keras 3 took one away, the other takes no numbers."""

_FALLBACKS = {"tf": ("tf",), "K": ("K",), "ops": ("ops", "activations"), "activations": ("activations", "ops")}
"""Where to look for an op's name, by the dialect of the code around it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One library's spelling of ops, and what the file calls it."""

    space: str
    """A prefix of the op table's names: `tf`, `ops`, `K`, `activations`."""
    imports: Mapping[str, str]
    math: bool = False
    """Whether to prefer `tf.math.exp` over `tf.exp`."""

    def function(self, op: str) -> tuple[str, str, tuple[str, ...]] | None:
        """The op's (table name, name here, import lines that it needs), or None if the dialect lacks it."""
        row = OPS.get(op)
        names = [entry.partition("(")[0] for entry in row.names] if row else []
        for space in self._spaces():
            ours = [name for name in names if name.startswith(f"{space}.") and name not in _AVOIDED]
            # Where `tf.name` is not the first of a row's names, it is TensorFlow 1's.
            preferred = [name for name in ours if self.math and name.startswith("tf.math.")]
            for name in (*preferred, *ours):
                here, needs = self.here(name)
                return name, here, needs
        return None

    def _spaces(self) -> tuple[str, ...]:
        found = _FALLBACKS.get(self.space, ("tf",))
        if self.space != "K":
            return found
        backend = any(full.startswith("keras.backend") for full in self.imports.values())
        return (*found, "ops" if backend else "tf")

    def here(self, name: str) -> tuple[str, tuple[str, ...]]:
        """What the file calls a name of the table, and the import line if it has no name for it yet."""
        space, _, rest = name.partition(".")
        for module in _MODULES[space]:
            full = f"{module}.{rest}"
            known = [(a, m.replace("tensorflow.compat.v2", "tensorflow")) for a, m in self.imports.items()]
            aliases = [(a, m) for a, m in known if full == m or full.startswith(f"{m}.")]
            if aliases:
                alias, imported = max(aliases, key=lambda item: len(item[1]))
                return alias + full[len(imported) :], ()
        if space in ("activations", "K") and "keras" in self.imports.values():
            return f"keras.{'activations' if space == 'activations' else 'backend'}.{rest}", ()
        line = _IMPORTS.get(space)
        return name, (line,) if line else ()


def dialect(spellings: Sequence[str], imports: Mapping[str, str]) -> Dialect:
    """The dialect of code that uses these resolved names, the first that has one; else of the file's imports."""
    used = [space_of(s) for s in spellings if "." in s]
    named = [space for space in used if space in _FALLBACKS]
    if named:
        return Dialect(named[0], imports, any(s.startswith("tf.math.") and s not in _ONLY_MATH for s in spellings))
    modules = set(imports.values())
    keras = any(m.startswith(("keras.ops", "keras.src.ops")) for m in modules)
    return Dialect("ops" if keras and "tensorflow" not in modules else "tf", imports)


def space_of(spelling: str) -> str:
    """The op table's prefix for a resolved name."""
    plain = spelling.removeprefix("tf.")
    for space, start in (("K", "keras.backend."), ("ops", "keras.ops."), ("activations", "keras.activations.")):
        if plain.startswith(start):
            return space
    return spelling.partition(".")[0]


def keywords(op: Op, name: str, attrs: Sequence[tuple[str, object]]) -> tuple[tuple[str, object], ...] | None:
    """The attributes that differ from the function's defaults, by its own parameter names; None if it lacks one."""
    theirs: dict[str, tuple[str, object]] = {}
    for user, mine, default in signature(op, name):
        theirs.setdefault(mine, (user, default))
    ours = {mine: default for _, mine, default in signature(op, "")}
    found = []
    for attr, value in attrs:
        word, default = theirs.get(attr, ("", ours.get(attr, REQUIRED)))
        if value == default and type(value) is type(default):
            continue
        if not word:
            return None
        found.append((word, value))
    return tuple(found)
