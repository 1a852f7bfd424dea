"""A whole term in place of what a function returns."""

from __future__ import annotations

from dataclasses import replace

from nablint.finding import Fix
from nablint.rewrite.layout import layout
from nablint.rewrite.place import edits, is_open, place, unused
from nablint.rewrite.search import Code, spoken, terms_of
from nablint.rewrite.spell import NoTextError, Speller
from nablint.rewrite.term import Term


def better(code: Code, term: Term, gain: str) -> Fix | None:
    """The fix that computes the function's result by this term; `gain` says why."""
    page, fn, known = layout(code.source.text), code.function, terms_of(code)
    spot = place(page, fn, fn.result, dict(enumerate(known.raw))) if page else None
    if spot is None or not is_open(spot):
        return None
    for gone in dict.fromkeys((unused(spot, ""), ())):
        there = replace(spot, gone=gone)
        try:
            new = Speller(spoken(code, fn.result), there.own, careful=True).term(term)
        except NoTextError:
            continue
        there = replace(there, gone=gone or unused(spot, new.text))
        return Fix(f"Rewrite as {new.text} ({gain})", edits(there, new), needs=tuple(dict.fromkeys(new.needs)))
    return None
