"""`python -m nablint` is `nablint`."""

from nablint.cli import main

main()
