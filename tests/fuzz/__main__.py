"""The same at length: `python -m fuzz --sessions 1000 --mutations 50000`, in `tests`."""

from __future__ import annotations

import argparse
import asyncio
import random
from importlib.util import find_spec
from pathlib import Path

from fuzz.mutation import broken, fixtures, public
from fuzz.traffic import session


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=0)
    options.add_argument("--messages", type=int, default=200)
    options.add_argument("--mutations", type=int, default=0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    dice = random.Random(chosen.seed)
    if chosen.sessions:
        ends = [asyncio.run(session(chosen.seed + n, chosen.messages)) for n in range(chosen.sessions)]
        wrong = [why for why, _ in ends if why]
        print(*wrong[:10], sep="\n")
        print(f"{chosen.sessions:,} sessions of {chosen.messages} messages: {len(wrong)} wrong ends")
    if chosen.mutations:
        spec = find_spec("keras")
        folders = [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
        problems = list(broken(fixtures() + public(folders, 100, dice), chosen.mutations, dice))
        print(*problems[:10], sep="\n")
        print(f"{chosen.mutations:,} mutations of fixtures and public files: {len(problems)} problems")


main()
