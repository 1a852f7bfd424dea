"""Who does the work of a run: processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from nablint.cli.common import fail

F = TypeVar("F", bound=Callable[..., Any])


def cluster_options(command: F) -> F:
    """Adds `--engine` and `--scheduler`."""
    engine = click.option(
        "--engine", type=click.Choice(["processes", "dask"]), default="processes", show_default=True, help="Who works."
    )
    where = click.option("--scheduler", metavar="ADDRESS", default="", help="Of a Dask cluster: tcp://HOST:8786.")
    return engine(where(command))


def scheduler_of(engine: str, scheduler: str) -> str:
    """The address of the cluster that works, or nothing if this machine does."""
    if engine == "processes":
        if scheduler:
            fail("`--scheduler` goes with `--engine dask`.")
        return ""
    if not scheduler:
        fail("`--engine dask` needs the address of a scheduler: `--scheduler tcp://HOST:8786`.")
    return scheduler
