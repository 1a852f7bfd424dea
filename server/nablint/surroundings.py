"""What each top-level statement tells of its file, and all of them together, read from the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from nablint.ops.names import canonical
from nablint.parse import Parsed, Segment
from nablint.registry import handed_over

_KEEPS = re.compile(
    r"(?:model|net|network|encoder|decoder|classifier|generator|discriminator)\w*\.save\("
    r"|\.save\(\s*[^\n)]*\.(?:keras|h5)\b"
    r"|\b(?:load_model|save_model|clone_model|model_from_json)\b|\.to_json\(",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d]\w*")
_UPDATES = re.compile(r"get_custom_objects\(\)(?:\.update\(\s*\{([^}]*)\}|\[([^\]=]+)\]\s*=\s*([^\n]+))")
_ITEM = re.compile(r"""["'](\w+)["']\s*:\s*((?:[\w.]+\()?\s*[\w.]+)""")
_CALLED = re.compile(r"(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*([\w.]+)\(")
_MAKER = re.compile(r"^[ \t]+def (\w+)\(.*^[ \t]+return (?:\1|tf\.function\(\1\))[ \t]*$", re.MULTILINE | re.DOTALL)
_CALLABLE = re.compile(r"class \w+(?:\((?:object)?\))?:.*^[ \t]+def __call__\(", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]", re.MULTILINE)
_LAMBDA = re.compile(r"\w+[ \t]*=[ \t]*lambda\b")
_KERAS_2 = re.compile(
    r"(?:keras|tensorflow\.python\.keras)\."
    r"(?:layers\.(?:advanced_activations|convolutional|core|normalization|recurrent|merge|embeddings|pooling|wrappers)"
    r"|engine|utils\.(?:generic_utils|np_utils|training_utils|vis_utils)|legacy\.interfaces|wrappers|preprocessing\.text"
    r"|objectives|utils\.multi_gpu_model)\b"
)


_OLD = re.compile(
    r"\b(?:fit_generator|predict_generator|nb_epoch|border_mode|samples_per_epoch|multi_gpu_model|image_dim_ordering)\b"
    r"|\btf\.(?:Session|placeholder|get_default_graph|global_variables_initializer|compat\.v1)\b"
)
_GIVEN = re.compile(r"\b(?:recurrent_)?activation[ \t]*=[ \t]*(\w+)\b(?![ \t]*[.(])|\bActivation\(\s*(\w+)\s*[,)]")
_FLOW = re.compile(r"(\w+)[ \t]*=[ \t]*([\w.]+)\((?:(.*\)\()|[ \t]*\[?)[ \t]*(\w*)", re.DOTALL)
_ASSIGNED = re.compile(r"\b(\w+)\.assign(?:_add|_sub)?\(|\bset_value\(\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement tells of its file."""

    binds: tuple[str, ...]
    kind: str
    """Of what it binds: `def`, `maker` of a function, `registered`, `traced`, `custom`, `decorated`,
    `class`, `callable` for one whose objects are called and have no `get_config`, `lambda`, `= tf.Variable` for
    what a call of that name gives, or nothing."""
    keeps: bool
    is_keras_2: bool
    flow: tuple[str, bool, str]
    """Of `name = callee(…)(argument)`, or without the first brackets: callee, whether they are there, argument."""
    given: frozenset[str]
    assigned: frozenset[str]
    offered: frozenset[str]
    strings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that a page may know of the rest of its file: while that stays, so does what is found on the page."""

    imports: Mapping[str, str]
    kinds: Mapping[str, str]
    """Of each name that the file binds once at module level (see `Part`)."""
    given: frozenset[str]
    """The names that are passed as activations."""
    assigned: frozenset[str]
    """The variables that the code itself gives new values."""
    symbolic: frozenset[str]
    """The names of the module's that are bound to nothing but inputs, and what layers and `tf` make of them."""
    keeps: bool
    """Whether models are saved, loaded or cloned."""
    offered: frozenset[str]
    """Every word that stands near a `custom_objects`: what may be given to Keras when a model is loaded."""
    strings: Mapping[str, str]
    """What `get_custom_objects` is told, by name, as text."""
    is_keras_2: bool
    """Whether it uses what only Keras 2 or TensorFlow 1 has."""
    parts: tuple[Part, ...] = field(default=(), compare=False, repr=False)
    """What it was made from."""
    stamp: int = field(default=0, compare=False, repr=False)
    """The state that its siblings were in."""


def surroundings(parsed: Parsed, earlier: Surroundings | None = None) -> Surroundings:
    """What the pages of a source may know of it; `earlier` itself if that is the same as before."""
    parts = tuple(part(placed.segment.text, placed.segment.binds) for placed in parsed.placed)
    if earlier and (earlier.parts, earlier.imports, earlier.stamp) == (parts, parsed.imports, parsed.stamp):
        return earlier
    bound: dict[str, list[str]] = {}
    for one in parts:
        for name in one.binds:
            bound.setdefault(name, []).append(one.kind)
    offered = frozenset().union(*(one.offered for one in parts))
    for placed, one in zip(parsed.placed, parts, strict=True):
        if one.kind == "" and not offered.isdisjoint(one.binds):
            offered |= placed.segment.words  # `custom_objects=NAMES`, with `NAMES = {...}` here.
    kinds = {name: found[0] for name, found in bound.items() if len(found) == 1 and found[0]}
    given = frozenset().union(*(one.given for one in parts))
    elsewhere = {name: kind for name in given - kinds.keys() if (kind := _imported(parsed, name))}
    if parsed.siblings and not offered.issuperset(n for n in given if {**kinds, **elsewhere}.get(n) in NAMED):
        offered |= parsed.siblings.registers(parsed.source.path, [parsed.imports[name] for name in elsewhere])
    return Surroundings(
        parsed.imports,
        kinds | elsewhere,
        given,
        frozenset().union(*(one.assigned for one in parts)),
        _symbolic(parts, parsed.imports) if any("Input" in one.flow[0] for one in parts) else frozenset(),
        any(one.keeps for one in parts),
        offered,
        {name: value for one in parts for name, value in one.strings},
        any(one.is_keras_2 for one in parts) or any(_KERAS_2.match(dotted) for dotted in parsed.imports.values()),
        parts,
        parsed.stamp,
    )


_LIBRARIES = frozenset({"tensorflow", "keras", "tf_keras", "numpy", "functools"})
NAMED = frozenset({"def"})
"""The kinds of what a model saves by its name alone."""
_TOLD = frozenset({"def", "maker", "registered", "traced", "custom", "lambda", "class", "callable"})


def _imported(parsed: Parsed, name: str) -> str:
    """The kind of a name that is imported from a module beside this one."""
    dotted = parsed.imports.get(name, "")
    if parsed.siblings is None or dotted.partition(".")[0] in _LIBRARIES:
        return ""
    found = parsed.siblings.find(parsed.source.path, dotted) if dotted else None
    if found is None or len(found[1]) != 1:
        return ""
    kinds = [part(p.segment.text, p.segment.binds).kind for p in found[0].placed if found[1][0] in p.segment.binds]
    return kinds[0] if len(kinds) == 1 and kinds[0] in _TOLD else ""


def narrowed(file: Surroundings, words: frozenset[str]) -> Surroundings:
    """What of it a statement of these words may ask for: while that stays, nothing else is found there."""
    given = {name: file.strings[name] for name in file.strings.keys() & words}
    known = words.union(*(_WORD.findall(text) for text in given.values()))
    known |= {kind[2:] for name in file.kinds.keys() & known if (kind := file.kinds[name]).startswith("= ")}
    return replace(
        file,
        kinds={name: file.kinds[name] for name in file.kinds.keys() & known},
        given=file.given & known,
        assigned=file.assigned & known,
        symbolic=file.symbolic & known,
        offered=file.offered & known,
        strings=given,
        parts=(),
    )


def tells_the_same(before: Segment, after: Segment) -> bool:
    """Whether two versions of a statement tell their file the same."""
    old, new = part(before.text, before.binds), part(after.text, after.binds)
    return old == new and (old.kind != "" or before.words == after.words)


def _symbolic(parts: tuple[Part, ...], imports: Mapping[str, str]) -> frozenset[str]:
    found = {name for one in parts for name in one.binds}
    while True:
        lost = {name for one in parts for name in found.intersection(one.binds) if not _flows(one, imports, found)}
        if not lost:
            return frozenset(found)
        found -= lost


def _flows(one: Part, imports: Mapping[str, str], known: Collection[str]) -> bool:
    """Whether what a statement binds is symbolic, if the known names are."""
    callee, is_layer, argument = one.flow
    root, dot, rest = callee.partition(".")
    name = canonical(f"{imports.get(root, '')}{dot}{rest}")
    if name in ("keras.Input", "layers.Input"):
        return True
    return argument in known and name.startswith("layers." if is_layer else ("tf.", "K."))


@lru_cache(maxsize=8192)
def part(text: str, binds: tuple[str, ...]) -> Part:
    """What one statement tells, from its text."""
    given = frozenset(a or b for a, b in _GIVEN.findall(text)) if "ctivation" in text else frozenset()
    flow = _FLOW.match(text)
    assigned = frozenset(a or b for a, b in _ASSIGNED.findall(text))
    strings = tuple(_strings(text)) if "get_custom_objects" in text else ()
    return Part(
        binds,
        _kind(text),
        bool(_KEEPS.search(text)),
        bool(_OLD.search(text)),
        (flow[2], bool(flow[3]), flow[4]) if flow else ("", False, ""),
        given,
        assigned,
        handed_over(text),
        strings,
    )


def _kind(text: str) -> str:
    if text.startswith("def "):
        return "maker" if _MAKER.search(text) else "def"
    if text.startswith("class "):
        return "callable" if _CALLABLE.match(text) and "def get_config" not in text else "class"
    if text.startswith("@"):
        head = _HEAD.split(text, maxsplit=1)[0]
        if re.search(r"(?:tf|tensorflow)\.function\b|^@function\b", head, re.MULTILINE):
            return "traced"
        if "register_keras_serializable" in head:
            return "registered"
        return "custom" if "custom_gradient" in head else "decorated"
    if _LAMBDA.match(text):
        return "lambda"
    called = _CALLED.match(text)
    is_result = called and text.rstrip().endswith(")") and "trainable=False" not in text
    return f"= {called[2]}" if called and is_result else ""


def _strings(text: str) -> Iterator[tuple[str, str]]:
    for items, key, value in _UPDATES.findall(text):
        if items:
            yield from _ITEM.findall(items)
        elif key.strip(" \"'").isidentifier():
            yield key.strip(" \"'"), value.strip()
