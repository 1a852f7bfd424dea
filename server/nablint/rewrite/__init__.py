"""Rewrites: equations between expressions, found in the user's code and written back in the user's words."""

from nablint.finding import Fix
from nablint.rewrite.branches import selects
from nablint.rewrite.derive import right_gradient, with_gradient
from nablint.rewrite.digits import digits
from nablint.rewrite.dtypes import harmonised
from nablint.rewrite.guard import guards
from nablint.rewrite.pattern import Rewrite
from nablint.rewrite.search import Code, fixes, terms_of
from nablint.rewrite.steps import estimators
from nablint.rewrite.table import EQUATIONS, FALLBACKS, UNSAFE
from nablint.rewrite.twins import tensor_twin, times_upstream

__all__ = [
    "EQUATIONS",
    "FALLBACKS",
    "UNSAFE",
    "Code",
    "Rewrite",
    "answers",
    "digits",
    "estimators",
    "fixes",
    "guards",
    "harmonised",
    "right_gradient",
    "selects",
    "tensor_twin",
    "times_upstream",
    "with_gradient",
]


def answers(code: Code, node: int, select: int | None = None) -> tuple[Fix, ...]:
    """Every fix for a node that fails: exact ones first, those that change values last.

    `select` is the node that leaves the failing value out, if one does.
    """
    known = terms_of(code)
    exact = (*fixes(code, node, EQUATIONS, known), *guards(code, node, select, known))
    return (*exact, *fixes(code, node, FALLBACKS, known), *fixes(code, node, UNSAFE, known))
