"""Rewrites: equations between expressions, found in the user's code and written back in the user's words."""

from nablint.rewrite.pattern import Rewrite
from nablint.rewrite.search import fixes
from nablint.rewrite.table import EQUATIONS, FLOOR

__all__ = ["EQUATIONS", "FLOOR", "Rewrite", "fixes"]
