"""The definitions of a statement that may take part in training, told from the text: only these are worth a tree.

Whatever is left out here has no role, and no rule of values speaks of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nablint.lower.calls import SPECIAL
from nablint.lower.emit import RISKY, SILENT_METHODS
from nablint.lower.finish import TRAINED_BASES
from nablint.lower.layers import ACTIVATIONS, MERGES, SAME
from nablint.lower.memory import Remembered
from nablint.lower.parameters import tensors_among
from nablint.lower.plausible import Look, returns_a_tensor
from nablint.lower.roles import handles_data, is_metric, names_a_loss, passed_in, takes_data
from nablint.lower.walk import LIBRARIES
from nablint.ops import BY_NAME
from nablint.ops.names import canonical, concerns
from nablint.parse import STAR, Definition, Parsed, Placed
from nablint.parse.imports import imports

_LONE = re.compile(r",[ \t]*[)\]]?[ \t]*=(?!=)")
"""An assignment to a target that ends with a comma: `(x,) = inputs`."""
_UNPACKS = re.compile(r"\w[ \t]*,[^=\r\n]*=(?!=)")
_PATH = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.\w+)*")


@dataclass(frozen=True, slots=True)
class _File:
    """What the whole source tells."""

    imports: Mapping[str, str]
    makers: frozenset[str]
    """The names of the module that are made with ops of the library."""
    passed: frozenset[str]
    """The functions passed as activations or losses."""
    registers: frozenset[str]
    gradients: frozenset[str]
    partials: frozenset[str]
    bases: frozenset[str]
    """The names from which a class may descend whose `call` trains."""
    definitions: frozenset[str]
    stars: tuple[str, ...]
    """The modules of the library from which everything is imported."""


@Remembered
def _file(parsed: Parsed) -> _File:
    stars = tuple(
        canonical(f"{module}.x")[:-2] for n, module in parsed.imports.items() if n[0] == STAR and concerns(module)
    )
    activations, losses = passed_in(parsed)
    last = {name: dotted.rpartition(".")[2] for name, dotted in parsed.imports.items()}
    layers = {name for name, dotted in parsed.imports.items() if canonical(f"{dotted}.X").startswith("layers.")}
    return _File(
        parsed.imports,
        frozenset(_makers(parsed, bool(stars))),
        activations | losses,
        frozenset({n for n, word in last.items() if word == "register_keras_serializable"}),
        frozenset({n for n, word in last.items() if "custom_grad" in word}),
        frozenset({n for n, word in last.items() if word == "partial"} | {"partial"}),
        frozenset({n for n, word in last.items() if word.endswith((*TRAINED_BASES, "Loss"))} | layers)
        | parsed.definitions.keys(),
        frozenset(parsed.definitions),
        stars,
    )


def take_over(before: Parsed, after: Parsed, pairs: Iterable[tuple[Placed, Placed]]) -> None:
    """Takes over what is known of a source for one in which these statements changed into these."""
    known = _file(before)
    makers = known.makers.union(*(placed.segment.binds for _, placed in pairs))
    _file.tell(after, replace(known, imports=after.imports, makers=makers))


def _makers(parsed: Parsed, has_star: bool) -> set[str]:
    """The names that are bound with ops of the library, directly or by way of others."""
    rest = [p for p in parsed.placed if p.segment.binds]
    first = [p for p in rest if has_star or uses_ops(p.segment.text, p.segment.words, parsed.imports)]
    found = {name for p in first for name in p.segment.binds} | set(_from_siblings(parsed))
    while fresh := {n for p in rest if not found.isdisjoint(p.segment.words) for n in p.segment.binds} - found:
        found |= fresh
    return found


def _from_siblings(parsed: Parsed) -> Iterator[str]:
    """The names that are imported from the user's other files."""
    for name, dotted in parsed.imports.items():
        if dotted.partition(".")[0] not in LIBRARIES and _is_beside(parsed, dotted):
            yield name


def _is_beside(parsed: Parsed, dotted: str) -> bool:
    return parsed.siblings is not None and parsed.siblings.find(parsed.source.path, dotted) is not None


def uses_ops(text: str, words: frozenset[str], imports: Mapping[str, str]) -> bool:
    """Whether the text names anything of the library that the lowering knows."""
    if TRIGGERS.isdisjoint(words):
        return False
    own = "import" in words
    roots = {w for w in words & imports.keys() if concerns(imports[w])}
    if not roots and not own:
        return False
    if own and not words.isdisjoint(("tensorflow", "keras", "tf_keras")):
        return True
    return any(
        root in roots and canonical(f"{imports[root]}{dot}{rest}") in KNOWN
        for root, dot, rest in (path.partition(".") for path in dict.fromkeys(_PATH.findall(text)))
    )


def promising(parsed: Parsed, placed: Placed) -> frozenset[int]:
    """The lines of the statement on which a definition begins that may take part in training."""
    segment = placed.segment
    if segment.words.isdisjoint(("def", "lambda", "partial")):
        return frozenset((0,)) if RISKY.search(segment.text) else frozenset()
    file = _file(parsed)
    found = {d.line for d in segment.outline if _is_promising(d, file, parsed)}
    for number, line in enumerate(segment.text.splitlines() if not file.partials.isdisjoint(segment.words) else ()):
        if any(name in line for name in file.partials):
            found.add(number)
    if not _BEGINS.match(segment.text) and RISKY.search(segment.text):
        found.add(0)
    return frozenset(found)


_BEGINS = re.compile(r"\f?(?:async\b|def\b|class\b|@)")


def _is_promising(one: Definition, file: _File, parsed: Parsed) -> bool:
    if one.kind == "class" or (one.owner and one.name in SILENT_METHODS):
        return False
    if one.owner and one.name.startswith("__") and one.name != "__call__":
        return False
    if one.kind == "def" and "return" not in one.words:
        return False
    tensors = _tensors(one)
    if tensors is not None and not tensors:
        return False
    if one.name in file.passed or (one.kind == "lambda" and _is_passed(one, file)):
        return True
    if _has_role(one, file, tensors) or _is_custom(one, file, "custom_grad" in parsed.source.text):
        return True
    return _is_of_one(one, file, tensors, parsed)


def _tensors(one: Definition) -> frozenset[str] | None:
    """The parameters that are tensors; None if that cannot be told."""
    args = one.arguments
    if args is None:
        return None
    plain = [*args.posonlyargs, *args.args]
    bare = plain[: len(plain) - len(args.defaults)]
    bare = bare[1:] if one.owner and "staticmethod" not in one.decorators else bare
    return tensors_among([(arg.arg, ast.unparse(arg.annotation) if arg.annotation else "") for arg in bare])


def _is_passed(one: Definition, file: _File) -> bool:
    """Whether a lambda may be passed as an activation, or may get a name that is."""
    return "ctivation" in one.before or "Lambda" in one.before or any(name in one.before for name in file.passed)


def _has_role(one: Definition, file: _File, tensors: frozenset[str] | None) -> bool:
    """Whether it may be registered, the call of a layer, or a loss."""
    said = one.decorators
    if "register_keras_serializable" in said or any(name in said for name in file.registers):
        return True
    if one.owner and one.name in ("call", "__call__"):
        words = re.findall(r"\w+", one.owner.written)
        ends = (*TRAINED_BASES, "Loss", "layers")
        if len(one.outer) > 1 or any(word in file.bases or word.endswith(ends) for word in words):
            return True
    if is_metric(one.name):
        return False
    return tensors is None or names_a_loss(tensors) or (names_a_loss(one.words) and bool(_UNPACKS.search(one.code)))


def _is_custom(one: Definition, file: _File, has_gradients: bool) -> bool:
    """Whether it may return its gradient, too."""
    if "custom_grad" in one.decorators or any(name in one.decorators for name in file.gradients):
        return True
    return has_gradients and (one.kind == "lambda" or one.code.count("def ") > 1 or "lambda" in one.words)


def _is_of_one(one: Definition, file: _File, tensors: frozenset[str] | None, parsed: Parsed) -> bool:
    """Whether it may be a function of one tensor that uses the library."""
    if tensors is not None and len(tensors) != 1:
        return False
    if handles_data(one.name) or is_metric(f".{one.name}" if one.outer else one.name):
        return False
    if tensors and takes_data(next(iter(tensors))) and not _LONE.search(one.code):
        return False
    if not any(_makes(place, file) for place in (one, *one.outer)):
        return False
    return tensors is None or returns_a_tensor(one, tensors, _look(one, file, parsed))


def _look(one: Definition, file: _File, parsed: Parsed) -> Look:
    local = dict(imports(one.source)) if "import" in one.words else {}
    known = {**file.imports, **local}

    def op(dotted: str) -> str:
        root, dot, rest = dotted.partition(".")
        names = [canonical(f"{known[root]}{dot}{rest}")] if root in known else [dotted, f"builtins.{dotted}"]
        names += [f"{module}.{dotted}" for module in file.stars]
        found = next((name for name in names if name in KNOWN), "")
        return BY_NAME[found].name if found in BY_NAME else found

    def is_own(name: str) -> bool:
        root, dot, rest = name.partition(".")
        if dot:
            return root in known and _follows(parsed, f"{known[root]}.{rest}")
        if name in known and _follows(parsed, known[name]):
            return True
        return name in file.makers or any(name in outer.members for outer in one.outer if outer.kind != "class")

    around = frozenset().union(*(_members(outer, file) for outer in one.outer if outer.kind == "class"))
    return Look(op, is_own, around)


def _follows(parsed: Parsed, dotted: str) -> bool:
    """Whether a function of the library is written in a file of the same package, and followed there."""
    found = parsed.siblings.find(parsed.source.path, dotted) if parsed.siblings and concerns(dotted) else None
    return (
        found is not None
        and len(found[1]) == 1
        and (found[1][0] in found[0].definitions or found[1][0] in found[0].imports)
    )


def _members(owner: Definition, file: _File) -> frozenset[str]:
    """The names that a class may give its objects: all of its words if it descends from another of the file."""
    inherits = len(owner.outer) > 0 or not file.definitions.isdisjoint(re.findall(r"\w+", owner.written))
    return owner.words if inherits else owner.members


def _makes(one: Definition, file: _File) -> bool:
    return bool(file.stars) or not file.makers.isdisjoint(one.words) or uses_ops(one.code, one.words, file.imports)


KNOWN = frozenset({*BY_NAME, *SPECIAL, *ACTIVATIONS, *(f"layers.{name}" for name in (*SAME, *MERGES))})
"""The names that the lowering knows."""
TRIGGERS = frozenset(name.rpartition(".")[2] for name in KNOWN)
"""Their last words."""
