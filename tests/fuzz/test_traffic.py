"""A client that behaves badly neither ends the server nor makes it tell what is not so."""

from __future__ import annotations

import asyncio

from fuzz.traffic import session


def test_bad_clients_do_no_harm() -> None:
    ends = [asyncio.run(session(seed, messages=60)) for seed in range(6)]
    assert [wrong for wrong, _ in ends if wrong] == []
    assert sum(shown for _, shown in ends) > 8
