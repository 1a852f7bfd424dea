"""Settings: each declared once. The editor's manifest and the configuration file are generated from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """All that a user can set, in `[tool.nablint]` and in the editor (there with the prefix `nablint.`)."""

    select: tuple[str, ...] = ()
    """Rules to run, by name; empty means all."""
    ignore: tuple[str, ...] = ()
    """Rules to leave out, by name."""
    input_range: float = 100.0
    """Numeric rules speak of inputs with |x| up to this."""
    half_precision: bool = True
    """Tell what fails in float16 or bfloat16 only, as information."""
    xla: bool = True
    """Tell what fails under XLA only, as information."""
    exclude: tuple[str, ...] = (".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist")
    """Files and folders that `check` passes over, as in .gitignore."""
