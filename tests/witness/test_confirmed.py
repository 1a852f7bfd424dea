"""Real TensorFlow confirms the witness of every numeric finding on `fixtures/risky`."""

from __future__ import annotations

import math
import runpy
from functools import cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carets import FIXTURES, stripped
from nablint.analyse import analyse
from nablint.finding import Finding, Witness
from nablint.rule import WAITING
from nablint.source import Source

FILES = sorted((FIXTURES / "risky").rglob("*.py"))


def numeric_findings() -> list[Any]:
    found = []
    for path in FILES:
        source = Source(str(path), stripped(path.read_text(encoding="utf-8")))
        for finding in analyse(source).findings:
            if finding.witness:
                name = f"{path.stem}-{finding.function}-{finding.rule}-{finding.witness.dtype}-{finding.witness.mode}"
                found.append(pytest.param(path, finding, id=name))
    return found


@pytest.mark.tensorflow
@pytest.mark.parametrize(("path", "finding"), numeric_findings())
def test_tensorflow_agrees(path: Path, finding: Finding) -> None:
    assert finding.witness is not None
    if all(name.isidentifier() for name in finding.witness.inputs):
        value, gradient = run(callable_named(path, finding.function), finding.witness)
    else:
        value, gradient = run_with_given(path, finding.function, finding.witness)
    assert agrees(finding, finding.witness, value, gradient)
    assert finding.rule in WAITING or {kind(value), kind(gradient)} & {"inf", "nan"}


def agrees(finding: Finding, witness: Witness, value: float, gradient: float | None) -> bool:
    """Whether this is what the finding says: in kind, and in number where all is finite."""
    if (kind(value), kind(gradient)) != (kind(witness.value), kind(witness.gradient)):
        return False
    if finding.rule not in WAITING:
        return True
    # The lost slope is exactly 0; where digits cancel, kernels differ by one that is left.
    near = witness.value is not None and math.isclose(value, witness.value, rel_tol=1e-6, abs_tol=2.0**-23)
    return near and (finding.rule != "lost-gradient" or gradient == 0)


def kind(value: float | None) -> str:
    if value is None:
        return "none"
    return "nan" if math.isnan(value) else "inf" if math.isinf(value) else "finite"


@cache
def namespace(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path))


def callable_named(path: Path, name: str) -> Any:
    first, *rest = name.split(".")
    found = namespace(path)[first]
    return reduce(getattr, rest, found() if isinstance(found, type) else found)


def run(function: Any, witness: Witness) -> tuple[float, float | None]:
    """The worst element of the value and of the gradient with respect to the first input."""
    import tensorflow as tf

    # One number is one element: `K.switch` of a tensor without axes would run only one of its branches.
    tensors = [tf.constant(np.atleast_1d(v), getattr(tf, witness.dtype)) for v in witness.inputs.values()]

    def slope(*inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            y = function(*inputs)
        upstream = tf.cast(ramp(y.shape), y.dtype)
        return y, [g for g in tape.gradient(y, inputs, upstream) if g is not None]

    compiled = tf.function(slope, jit_compile=True, autograph=False) if witness.mode == "xla" else slope
    y, gradients = compiled(*tensors)
    return worst(y), worst(gradients[-1]) if gradients else None


BEFORE = " before its activation"


def run_with_given(path: Path, name: str, witness: Witness) -> tuple[float, float | None]:
    """The same where the witness says what a layer or a product with weights gives: that stands in its place."""
    import tensorflow as tf

    text = stripped(path.read_text(encoding="utf-8"))
    for given in witness.inputs:
        code = given.removesuffix(BEFORE)
        stand_in = f"GIVEN[{given!r}]"
        if not given.isidentifier():
            assert text.count(code) >= 1, code
            layer = code[: code.rindex("(") if not code.endswith("))") else code.index("(")]
            text = text.replace(code, f"{layer}.activation({stand_in})" if given.endswith(BEFORE) else stand_in)
    values = {given: np.atleast_1d(np.array(v, witness.dtype)) for given, v in witness.inputs.items()}
    if name.isidentifier():
        return run_graph(text, name, witness, values)
    names: dict[str, Any] = {"GIVEN": {given: tf.constant(v) for given, v in values.items()}}
    exec(compile(text, str(path), "exec"), names)
    first, method = name.split(".")
    cls = names[first]
    layer = cls() if "__init__" not in vars(cls) or cls.__init__.__code__.co_argcount == 1 else cls(1)
    moving = [tensor for given, tensor in names["GIVEN"].items() if not given.isidentifier()]
    inputs = names["GIVEN"].get("inputs", tf.ones_like(moving[0]))
    with tf.GradientTape() as tape:
        tape.watch(moving)
        y = getattr(layer, method)(inputs)
    gradients = [g for g in tape.gradient(y, moving, tf.cast(ramp(y.shape), y.dtype)) if g is not None]
    return worst(y), nearest(witness, gradients)


def run_graph(text: str, name: str, witness: Witness, values: dict[str, Any]) -> tuple[float, float | None]:
    """A value of a script that builds a graph."""
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default(), tf.Session() as session:
        names: dict[str, Any] = {"GIVEN": {given: tf.constant(v) for given, v in values.items()}}
        exec(compile(text.replace("tf.disable_eager_execution()", ""), "script.py", "exec"), names)
        moving = [tensor for given, tensor in names["GIVEN"].items() if not given.isidentifier()]
        fed = {names[given]: v for given, v in values.items() if given.isidentifier()}
        session.run(tf.global_variables_initializer())
        value, gradients = session.run([names[name], tf.gradients(names[name], moving)], fed)
    return worst(value), nearest(witness, gradients)


def nearest(witness: Witness, gradients: list[Any]) -> float:
    """Of the gradients with respect to each layer, the one that fails as the witness says, or the first."""
    found = [worst(gradient) for gradient in gradients]
    return next((one for one in found if kind(one) == kind(witness.gradient)), found[0])


def ramp(shape: Any) -> Any:
    """A different incoming gradient for each element, as the engine takes it; 1 for a single number."""
    count = int(np.prod(shape))
    return ((1 + np.arange(count) / 2) * (-1.0) ** np.arange(count)).reshape(shape)


def worst(tensor: Any) -> float:
    values = np.asarray(tensor, np.float64).ravel()
    return float("nan") if np.isnan(values).any() else float(values[np.argmax(np.abs(values))])
