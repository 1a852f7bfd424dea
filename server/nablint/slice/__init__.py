"""The statements of a file that one function needs, and no others."""

from nablint.slice.cut import Slice, cut

__all__ = ["Slice", "cut"]
