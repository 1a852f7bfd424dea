"""Settings: each declared once. The editor's manifest and the configuration file are read from here."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from nablint import metadata

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

T = TypeVar("T")
FILE = "pyproject.toml"
Lists = tuple[tuple[str, tuple[str, ...]], ...]
Texts = tuple[tuple[str, str], ...]
Numbers = tuple[tuple[str, float], ...]
"""Tables of lists, of texts and of numbers, by name: as pairs, since settings are keys of caches."""
TABLES = ("Lists", "Texts", "Numbers")
SEVERITIES = ("error", "warning", "information")
DTYPES = ("float16", "bfloat16", "float32", "float64")


def setting(default: T, scope: str = "resource") -> T:
    """The default of a setting, and where an editor may set it: `resource`, `window` or `machine-overridable`."""
    return field(default=default, metadata={"scope": scope})


@dataclass(frozen=True)
class Settings:
    """All that a user can set, in `[tool.nablint]` and in the editor (there with the prefix `nablint.`)."""

    select: tuple[str, ...] = setting(())
    """Rules to run, by name; empty means all."""
    extend_select: tuple[str, ...] = setting(())
    """Rules to run beside those of `select`, by name."""
    ignore: tuple[str, ...] = setting(())
    """Rules to leave out, by name."""
    per_file_ignores: Lists = setting(())  # noqa: RUF009
    """Rules to leave out in some files: for a pattern as in .gitignore, a list of names."""
    severity: Texts = setting(())  # noqa: RUF009
    """How loud a rule is, for its name: `error`, `warning` or `information`."""
    input_range: float = setting(100.0)
    """Numeric rules speak of inputs with |x| up to this."""
    input_ranges: Numbers = setting(())  # noqa: RUF009
    """The same for one dtype, where it is another: for `float16`, `bfloat16`, `float32` or `float64`, a number."""
    half_precision: bool = setting(True)
    """Tell what fails in float16 or bfloat16 only, as information."""
    xla: bool = setting(True)
    """Tell what fails under XLA only, as information."""
    keras_version: int = setting(3)
    """Which Keras the code runs on, where neither the project's dependencies nor the imports tell: with 2, nothing is
    said that holds from Keras 3 (TensorFlow 2.16) on only."""
    exclude: tuple[str, ...] = setting((".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist"))
    """Files and folders that `check` passes over when it walks a folder, written as in .gitignore."""
    max_lines: int = setting(15_000)
    """Files with more lines than this are not analysed; a sentence says so."""
    inlay_hints: bool = setting(False)
    """Show the dtype and the proved range of each activation's result behind it, in editors."""

    def reach(self, dtype: str) -> float:
        """Up to which |x| numeric rules speak of inputs of this dtype."""
        return dict(self.input_ranges).get(dtype, self.input_range)

    @property
    def widest(self) -> float:
        """The greatest of these."""
        return max((self.reach(dtype) for dtype in DTYPES), default=self.input_range)


class ConfigError(ValueError):
    """A setting that cannot be what it is, in one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as declared: what documents and manifests are made of."""

    name: str
    """As in Python: `input_range`."""
    type: str
    """The annotation: `float`, `bool`, `int`, `str`, `tuple[str, ...]`, `Lists`, `Texts` or `Numbers`."""
    default: Any
    doc: str
    scope: str

    @property
    def key(self) -> str:
        """As in `[tool.nablint]`: `input-range`."""
        return self.name.replace("_", "-")

    @property
    def editor_key(self) -> str:
        """As in the editor, without its prefix: `inputRange`."""
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)


def declared() -> tuple[Declared, ...]:
    """Every setting in the order of the class, with the docstring beneath it."""
    docs = _field_docs(Path(__file__).read_text(encoding="utf-8"))
    return tuple(
        Declared(item.name, str(item.type), item.default, docs[item.name], item.metadata["scope"])
        for item in fields(Settings)
    )


def load(folder: Path) -> Settings:
    """The settings for files in `folder`: those of the nearest pyproject.toml that has a `[tool.nablint]`.

    Which Keras it is for, the project's dependencies say if that file does not.
    """
    return _loaded(folder.resolve())


def file_for(folder: Path) -> Path | None:
    """The file that `load` takes the settings of `folder` from, or None where all are at their defaults."""
    above = (place / FILE for place in (folder.resolve(), *folder.resolve().parents))
    return next((file for file in above if file.is_file() and _table(file) is not None), None)


def merge(settings: Settings, values: Mapping[str, object], place: str = "") -> Settings:
    """The settings with `values` over them; keys as in Python, in the file or in the editor (`inputRange`)."""
    known = {item.name: item for item in fields(Settings)}
    changed: dict[str, Any] = {}
    for key, value in values.items():
        name = _python_name(key)
        if name not in known:
            raise ConfigError(f"{place}there is no setting {key!r}.{did_you_mean(key, _keys())}")
        changed[name] = _checked(key, value, str(known[name].type), place)
    return replace(settings, **changed)


def check_rules(settings: Settings, names: Collection[str], place: str = "") -> None:
    """Nothing, or a ConfigError if a setting names a rule that does not exist."""
    in_files = (name for _, rules in settings.per_file_ignores for name in rules)
    told = (name for name, _ in settings.severity)
    for name in (*settings.select, *settings.extend_select, *settings.ignore, *in_files, *told):
        if name not in names:
            raise ConfigError(f"{place}there is no rule {name!r}.{did_you_mean(name, names)}")


def rule_names() -> frozenset[str]:
    """The names of all rules, without importing them: each has a file of its own."""
    files = (Path(__file__).parent / "rules").glob("[!_]*.py")
    return frozenset(file.stem.replace("_", "-") for file in files)


def is_excluded(settings: Settings, path: Path, workspace: Path | None) -> bool:
    """Whether `exclude` leaves a file out: it speaks of what is below its configuration file, or else `workspace`."""
    for place in reversed(path.parents):
        _home(place)
    base = _home(path.parent) or workspace
    if base is None or not path.is_relative_to(base):
        return False
    return _patterns(settings.exclude).match_file(path.relative_to(base).as_posix())


def for_file(settings: Settings, path: str) -> Settings:
    """The settings of one file: what `per-file-ignores` says of it is among what is ignored."""
    return _for_file(settings, path) if settings.per_file_ignores else settings


@lru_cache(maxsize=4096)
def _for_file(settings: Settings, path: str) -> Settings:
    whole = Path(path).absolute().as_posix().lstrip("/") if path else ""
    fits = [(_patterns((_anywhere(pattern),)), rules) for pattern, rules in settings.per_file_ignores if whole]
    ignored = (*settings.ignore, *(rule for spec, rules in fits if spec.match_file(whole) for rule in rules))
    return replace(settings, ignore=tuple(dict.fromkeys(ignored)), per_file_ignores=())


def _anywhere(pattern: str) -> str:
    """The pattern for whole paths: one that `_anchored` has not seen fits below every folder."""
    return pattern if pattern.startswith("/") or "/" not in pattern.rstrip("/") else f"**/{pattern}"


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with patterns of paths below the folder, as .gitignore would have them; others fit anywhere."""
    home = folder.as_posix().lstrip("/")
    pairs = tuple(
        (f"/{home}/{pattern.lstrip('/')}" if "/" in pattern.rstrip("/") else pattern, rules)
        for pattern, rules in settings.per_file_ignores
    )
    return replace(settings, per_file_ignores=pairs)


@lru_cache(maxsize=64)
def _patterns(lines: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(filter(is_quick, lines))


MOST_STARS = 3
"""In one part of a path, and so many `**`: with more, a pattern made on purpose is matched for hours."""


def is_quick(pattern: str) -> bool:
    """Whether a pattern as in .gitignore is matched in little time against every path; others count for nothing."""
    parts = re.sub(r"\*{3,}", "**", pattern).split("/")
    return parts.count("**") <= MOST_STARS and all(len(re.findall(r"\*+", part)) <= MOST_STARS for part in parts)


@lru_cache(maxsize=1024)
def _home(folder: Path) -> Path | None:
    """The nearest folder whose configuration file speaks of nablint."""
    file = folder / FILE
    try:
        if file.is_file() and _table(file) is not None:
            return folder
    except ConfigError:
        return folder
    return None if folder.parent == folder else _home(folder.parent)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that suggests the nearest known word, or nothing."""
    close = get_close_matches(word.replace("_", "-"), list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""


@lru_cache(maxsize=1024)
def _loaded(folder: Path) -> Settings:
    # Each asks its parent: from the top, so that no depth of folders is too much.
    for place in reversed(folder.parents):
        _load(place)
    settings, says_keras = _load(folder)
    found = None if says_keras else metadata.keras_version(folder)
    return replace(settings, keras_version=found) if found else settings


@lru_cache(maxsize=1024)
def _load(folder: Path) -> tuple[Settings, bool]:
    """The settings, and whether they tell which Keras it is."""
    file = folder / FILE
    table = _table(file) if file.is_file() else None
    if table is None:
        return (Settings(), False) if folder.parent == folder else _load(folder.parent)
    return _anchored(merge(Settings(), table, f"{file}: "), folder), "keras-version" in table


def forget() -> None:
    """Reads configuration files again at the next `load`: for servers, which outlive them."""
    _loaded.cache_clear()
    _load.cache_clear()
    _home.cache_clear()


def _table(file: Path) -> Mapping[str, object] | None:
    # Imported here: most folders have no such file, and a run starts faster without.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error
    table = tool.get("nablint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{file}: tool.nablint is not a table.")
    return table


def _checked(key: str, value: object, kind: str, place: str) -> object:
    """The value in the setting's own type."""
    match kind:
        case "bool" if isinstance(value, bool):
            return value
        case "float" | "int" if _is_number(value, kind):
            return float(cast(float, value)) if kind == "float" else value
        case "str" if isinstance(value, str):
            return value
        case "tuple[str, ...]" if _is_list(value):
            return tuple(cast("list[str]", value))
        case "Lists" | "Texts" | "Numbers" if isinstance(value, Mapping | tuple):
            pairs = dict(value).items()
            fits = all(isinstance(name, str) and _fits(item, kind) for name, item in pairs)
            if fits and (kind != "Numbers" or {name for name, _ in pairs} <= {*DTYPES}):
                return tuple((name, tuple(item) if kind == "Lists" else item) for name, item in pairs)
    raise ConfigError(f"{place}{key} must be {WORDS[kind]}, not {value!r}.")


WORDS = {
    "bool": "true or false",
    "float": "a number above zero",
    "int": "a whole number above zero",
    "str": "a text",
    "tuple[str, ...]": "a list of texts",
    "Lists": "a table of lists of texts",
    "Texts": f"a table of {', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}",
    "Numbers": f"a table of numbers above zero for {', '.join(DTYPES[:-1])} or {DTYPES[-1]}",
}


def _fits(item: object, kind: str) -> bool:
    """Whether an entry of a table is what its kind holds."""
    match kind:
        case "Lists":
            return _is_list(item)
        case "Texts":
            return item in SEVERITIES
    return _is_number(item, "float")


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_number(value: object, kind: str) -> bool:
    allowed = int | float if kind == "float" else int
    return isinstance(value, allowed) and not isinstance(value, bool) and 0 < value < float("inf")


def _python_name(key: str) -> str:
    humps = "".join(f"_{c.lower()}" if c.isupper() else c for c in key)
    return humps.replace("-", "_")


def _keys() -> list[str]:
    return [item.name.replace("_", "-") for item in fields(Settings)]


def _field_docs(code: str) -> dict[str, str]:
    """The text beneath each field of `Settings`."""
    body = next(n.body for n in ast.parse(code).body if isinstance(n, ast.ClassDef) and n.name == "Settings")
    docs: dict[str, str] = {}
    for item, below in pairwise(body):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and isinstance(below, ast.Expr):
            docs[item.target.id] = str(ast.literal_eval(below.value))
    return docs
