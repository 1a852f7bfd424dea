"""Compares many generated activations: `python -m truth --count 5000`, in `tests`."""

from __future__ import annotations

import argparse

from truth.compare import compared


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--show", type=int, default=20, help="so many differences")
    chosen = options.parse_args()
    score = compared(chosen.count, chosen.seed)
    print(*score.wrong[: chosen.show], score, sep="\n")


main()
