"""Which statements of a source have to do with TensorFlow or Keras; the others are never parsed."""

from __future__ import annotations

from collections.abc import Iterable

from nablint.lower.memory import Remembered
from nablint.lower.roles import passed_in
from nablint.lower.walk import LIBRARIES
from nablint.ops.names import concerns
from nablint.parse import STAR, Parsed, Placed


@Remembered
def relevant(parsed: Parsed) -> frozenset[Placed]:
    """The statements that name a library of TensorFlow's, directly or by way of other names of the source, or
    that define what is passed as an activation."""
    if any(key.startswith(STAR) and concerns(module) for key, module in parsed.imports.items()):
        return frozenset(parsed.placed)
    names = {name for name, dotted in parsed.imports.items() if concerns(dotted)} | {"tensorflow", "keras"}
    names |= passed_in(parsed)[0] & parsed.definitions.keys()
    names |= {name for name, dotted in parsed.imports.items() if name not in names and _is_beside(parsed, dotted)}
    found: set[Placed] = set()
    rest = [p for p in parsed.placed if not p.segment.imports]
    while True:
        fresh = [p for p in rest if not names.isdisjoint(p.segment.words)]
        if not fresh:
            return frozenset(found)
        found.update(fresh)
        names |= {name for p in fresh for name in p.segment.binds}
        rest = [p for p in rest if p not in found]


def hand_on(before: Parsed, after: Parsed, pairs: Iterable[tuple[Placed, Placed]]) -> None:
    """Takes over what concerns us and what is passed, for a source in which these statements changed into these,
    and each still refers to what it referred to."""
    passed_in.tell(after, passed_in(before))
    known = relevant(before)
    edited = [(a, b) for a, b in pairs if a in known]
    relevant.tell(after, known.difference(a for a, _ in edited).union(b for _, b in edited))


def _is_beside(parsed: Parsed, dotted: str) -> bool:
    """Whether a name comes from a file of the same package that has to do with TensorFlow or Keras."""
    if parsed.siblings is None or concerns(dotted) or dotted.partition(".")[0] in LIBRARIES:
        return False
    found = parsed.siblings.find(parsed.source.path, dotted)
    return found is not None and ("tensorflow" in found[0].source.text or "keras" in found[0].source.text)
