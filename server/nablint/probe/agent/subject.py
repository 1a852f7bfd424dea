"""The thing to probe, made from the user's text: a function of one tensor, a Layer, or a loss of two tensors."""

from __future__ import annotations

import inspect
import linecache
import math
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .libs import compute, keras, tf

Call = Callable[[Any, Any], Any]
"""From the input, and from the true labels (which only a loss reads), to the output."""

_TRUE = {"y_true", "labels", "label", "targets", "target", "true", "y", "truth"}
_PROBABILITIES = {"y_pred", "probs", "prob", "probabilities", "predictions", "pred", "p"}
_LOGITS = {"logits", "logit", "outputs", "output", "y_hat", "yhat", "scores"}
_SIZES = {"units", "dim", "filters", "size", "channels", "features", "width", "n", "num", "input_dim", "output_dim"}


MIXED = ("mixed_float16", "mixed_bfloat16")
DEFAULT_SHAPE = (8, 8)


class UnfitError(Exception):
    """What was asked for cannot be probed; the text says why, as a sentence."""


class Given(dict):  # type: ignore[type-arg]
    """Arguments from the user by name, and which of them something has taken."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(arguments)
        self.taken: set[str] = set()


class Subject(NamedTuple):
    """What is measured, and how it takes part in training."""

    make: Callable[[str], Call]
    """The call in a dtype: a Layer is built anew for each."""
    shape: tuple[int, ...]
    """Of one input, without the batch."""
    low: float
    high: float
    labels: tuple[float, ...]
    """The true labels to try; one 0.0 where there are none."""
    role: str
    """`activation`, `layer` or `loss`."""
    trainee: Any
    """The function to pass as `activation=` or `loss=`, or a function that makes the Layer."""
    assumed: tuple[str, ...]
    names: tuple[str, ...]
    """What the input, and of a loss the true labels, are called."""
    scope: dict[str, Any]
    """What the module holds, for Keras to build a layer from its config again."""

    @property
    def width(self) -> int:
        """Elements in a row of the input."""
        return math.prod(self.shape)


def load(ask: dict[str, Any]) -> Subject:
    """Runs the slice and finds in it what is to be probed."""
    module = _execute(ask)
    scope = {key: item for key, item in vars(module).items() if callable(item)}
    ask = {**ask, "scope": scope, "arguments": Given(ask["arguments"])}
    subject = _subject(module, ask)
    if unknown := sorted(set(ask["arguments"]) - ask["arguments"].taken):
        raise UnfitError(f"{ask['name']} takes no argument {' or '.join(unknown)}.")
    return subject


def _subject(module: Any, ask: dict[str, Any]) -> Subject:
    parts = [part for part in ask["name"].split(".") if part != "<locals>"]
    found, owner, method = _find(module, parts, ask["arguments"])
    if owner is not None:
        return _of_method(owner, method, ask)
    if inspect.isclass(found):
        return _of_method(found, "call" if hasattr(found, "call") else "__call__", ask)
    if isinstance(found, keras.layers.Layer):
        return _of_layer(lambda: _again(found, ask["scope"]), (), ask, type(found))
    if not callable(found):
        raise UnfitError(f"{ask['name']} is a {type(found).__name__}, not a function.")
    return _of_function(found, (), ask)


def _execute(ask: dict[str, Any]) -> Any:
    """The module that the slice makes, found by imports and by `inspect.getsource` as the user's file would be."""
    path, code = ask["path"], ask["code"]
    name, package = _place(path)
    module = types.ModuleType(name)
    module.__dict__.update(__file__=path or "nablint_probe.py", __package__=package)
    sys.modules[name] = module
    # The text differs from the file on disk, so tracebacks and AutoGraph must read it from here.
    shown = f"<probe of {os.path.basename(path) or 'a buffer'}>"
    linecache.cache[shown] = (len(code), None, code.splitlines(True), shown)
    exec(compile(code, shown, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module


def _place(path: str) -> tuple[str, str]:
    """The module's name and its package's, once the folders that its imports need are on the path."""
    if not path:
        return "nablint_probe", ""
    folder = os.path.dirname(os.path.abspath(path))
    package: list[str] = []
    root = folder
    while os.path.exists(os.path.join(root, "__init__.py")) and os.path.dirname(root) != root:
        package.insert(0, os.path.basename(root))
        root = os.path.dirname(root)
    for entry in (*_projects(root), root, folder):
        if entry not in sys.path:
            sys.path.insert(0, entry)
    stem = os.path.splitext(os.path.basename(path))[0]
    dotted = ".".join([*package, stem])
    return (dotted if dotted not in sys.modules else f"nablint_probe_{stem}"), ".".join(package)


def _projects(folder: str) -> Iterator[str]:
    """The nearest folder above that looks like a project's root, and its `src`."""
    while os.path.dirname(folder) != folder:
        if any(os.path.exists(os.path.join(folder, name)) for name in ("pyproject.toml", "setup.py", ".git")):
            yield folder
            if os.path.isdir(os.path.join(folder, "src")):
                yield os.path.join(folder, "src")
            return
        folder = os.path.dirname(folder)


def _find(module: Any, parts: list[str], given: Given) -> tuple[Any, Any, str]:
    """The object, or a class and the name of its method; a function on the way is called for what it returns."""
    found, owner = module, None
    for index, part in enumerate(parts):
        if not hasattr(found, part) and inspect.isroutine(found):
            made = found(**_arguments(found, 0, given)[0])
            owner, found = None, made if callable(made) else getattr(made, part, made)
            continue
        if not hasattr(found, part):
            raise UnfitError(f"{'.'.join(parts)} is not there once its slice has run: {part} is missing.")
        owner, found = (found if inspect.isclass(found) else None), getattr(found, part)
        if owner is not None and index != len(parts) - 1 and not inspect.isclass(found):
            raise UnfitError(f"{'.'.join(parts)} is local to a method and cannot be reached from outside.")
    return found, (None if inspect.isclass(found) else owner), parts[-1]


def _of_method(owner: Any, method: str, ask: dict[str, Any]) -> Subject:
    if isinstance(inspect.getattr_static(owner, method, None), staticmethod):
        return _of_function(getattr(owner, method), (), ask)
    plain = owner.__init__ is object.__init__
    values, assumed = ({}, ()) if plain else _arguments(owner.__init__, 1, ask["arguments"])
    if issubclass(owner, keras.layers.Layer) and method in ("call", "__call__"):
        return _of_layer(lambda: owner(**values), assumed, ask, owner)
    return _of_function(getattr(owner(**values), method), assumed, ask)


def _of_layer(build: Callable[[], Any], assumed: tuple[str, ...], ask: dict[str, Any], kind: Any) -> Subject:
    shape = _inner(ask)
    taken = [name for name, _ in _parameters(kind.call) if name != "self"]

    def make(dtype: str) -> Call:
        before = keras.mixed_precision.dtype_policy() if hasattr(keras.mixed_precision, "dtype_policy") else None
        keras.mixed_precision.set_global_policy(dtype)
        try:
            layer = build()
            layer(tf.ones((2, *shape), compute(dtype)))  # Weights must exist before anything is traced.
        finally:
            keras.mixed_precision.set_global_policy(before or "float32")
        return lambda x, _: layer(x)

    limit = ask["limit"]
    return Subject(make, shape, -limit, limit, (0.0,), "layer", build, assumed, tuple(taken[:1]), ask["scope"])


def _again(layer: Any, scope: dict[str, Any]) -> Any:
    """A new layer with the same settings, but for its dtype."""
    settings = {key: value for key, value in layer.get_config().items() if key not in ("dtype", "name")}
    with keras.utils.custom_object_scope(scope):
        return type(layer).from_config(settings)


def _of_function(function: Any, assumed: tuple[str, ...], ask: dict[str, Any]) -> Subject:
    names = _required(function)
    if len(names) >= 2 and (names[0] in _TRUE or names[1] in _PROBABILITIES | _LOGITS):
        return _of_loss(function, names, assumed, 1, ask)
    if len(names) >= 2 and names[1] in _TRUE and names[0] in _PROBABILITIES | _LOGITS:
        return _of_loss(function, names, assumed, 0, ask)
    values, more = _arguments(function, 1, ask["arguments"])
    trainee = function if not values else lambda x: function(x, **values)

    def make(dtype: str) -> Call:
        if dtype not in MIXED:
            return lambda x, _: function(x, **values)
        layer = keras.layers.Activation(trainee, dtype=dtype)
        return lambda x, _: layer(x)

    limit = ask["limit"]
    first = next(iter(_parameters(function)), ("x", None))[0]
    return Subject(make, _inner(ask), -limit, limit, (0.0,), "activation", trainee, assumed + more, (first,),
                   ask["scope"])  # fmt: skip


def _of_loss(function: Any, names: list[str], assumed: tuple[str, ...], predicted: int, ask: dict[str, Any]) -> Subject:
    values, more = _arguments(function, 2, ask["arguments"])

    def call(x: Any, labels: Any) -> Any:
        return function(*((labels, x) if predicted else (x, labels)), **values)

    limit = ask["limit"]
    low, high = (0.0, 1.0) if names[predicted] in _PROBABILITIES else (-limit, limit)
    inner = _inner(ask) if tuple(ask["shape"]) != DEFAULT_SHAPE else (1,)
    return Subject(lambda _: call, inner, low, high, (1.0, 0.0), "loss", lambda true, x: call(x, true), assumed + more,
                   (names[predicted], names[1 - predicted]), ask["scope"])  # fmt: skip


def _inner(ask: dict[str, Any]) -> tuple[int, ...]:
    return tuple(ask["shape"][1:]) or (1,)


def _required(function: Any) -> list[str]:
    return [name for name, parameter in _parameters(function) if parameter.default is parameter.empty]


def _arguments(function: Any, skip: int, given: Given) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values for the arguments beyond the first `skip`: those given, and one for each that has no default.

    And how to tell the user of the latter.
    """
    rest = [(name, parameter) for name, parameter in _parameters(function)[skip:] if name != "self"]
    guessed = {name: _guess(name) for name, one in rest if one.default is one.empty and name not in given}
    takes = {name for name, _ in rest} | (set(given) if _takes_any(function) else set())
    asked = {name: value for name, value in given.items() if name in takes}
    given.taken.update(asked)
    return {**guessed, **asked}, tuple(f"{name}={value!r}" for name, value in guessed.items())


def _takes_any(function: Any) -> bool:
    try:
        return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False


def _guess(name: str) -> Any:
    if name in ("training", "mask"):
        return False if name == "training" else None
    if name in ("axis", "activation"):
        return -1 if name == "axis" else "linear"
    return 8 if name.lower() in _SIZES else 1.0


def _parameters(function: Any) -> list[tuple[str, inspect.Parameter]]:
    """The parameters that have a name of their own; a callable that tells nothing takes one tensor."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return []
    return [item for item in parameters.items() if item[1].kind not in (item[1].VAR_POSITIONAL, item[1].VAR_KEYWORD)]
