"""`python -m nablint` is `nablint`."""

from __future__ import annotations

import sys

from nablint import __version__


def main() -> None:
    """The command line. The version is told before click is loaded, which takes longer than all else that it needs."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"nablint {__version__}\n")
        return
    from nablint.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
