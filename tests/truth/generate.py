"""Random activations of one tensor, as people write them: the usual ops, nested up to a few levels."""

from __future__ import annotations

import random
from collections.abc import Callable

UNARY = (
    "tf.exp({})", "tf.math.log({})", "tf.sqrt({})", "tf.square({})", "tf.tanh({})", "tf.sigmoid({})",
    "tf.nn.softplus({})", "tf.nn.relu({})", "tf.abs({})", "tf.sin({})", "tf.math.expm1({})", "tf.math.log1p({})",
    "tf.math.rsqrt({})", "tf.math.reciprocal({})", "tf.math.erf({})", "tf.nn.elu({})", "tf.nn.selu({})",
    "tf.nn.softsign({})", "tf.cosh({})", "tf.atan({})", "tf.asinh({})", "tf.nn.silu({})", "-({})", "({}) ** 2",
    "({}) ** 3", "({}) ** 0.5", "tf.pow({}, 1.5)", "tf.nn.leaky_relu({})", "tf.nn.relu6({})", "tf.math.log_sigmoid({})",
    "tf.clip_by_value({}, -3.0, 3.0)", "tf.clip_by_value({}, 1e-7, 1.0)", "tf.math.divide_no_nan(1.0, {})",
)  # fmt: skip
BINARY = (
    "({} + {})", "({} - {})", "({} * {})", "({} / {})", "tf.maximum({}, {})", "tf.minimum({}, {})",
    "tf.where(x > 0.0, {}, {})", "tf.where(x < 1.0, {}, {})", "tf.math.divide_no_nan({}, {})",
)  # fmt: skip
WITH_NUMBER = (
    "({} + {c})", "({c} + {})", "({} - {c})", "({c} - {})", "({} * {c})", "({c} * {})", "({} / {c})", "({c} / {})",
    "tf.maximum({}, {c})", "tf.minimum({}, {c})",
)  # fmt: skip
NUMBERS = ("0.5", "1.0", "2.0", "3.0", "0.1", "10.0", "1e-3", "1e-7", "1.702", "0.044715", "0.5", "1.0", "1.0", "2.0")


def activations(count: int, seed: int) -> list[tuple[str, str]]:
    """Names and sources of different activations, the same for the same seed."""
    dice = random.Random(seed)
    bodies: dict[str, None] = {}
    while len(bodies) < count:
        body = expression(dice, dice.choice((1, 2, 2, 3, 3, 4)))
        # Without `tf` in it, a function may be one of plain numbers, and nothing is said of it.
        if "tf." in body and "x" in body.replace("exp", "").replace("max", ""):
            bodies[body] = None
    return [(f"act{n}", f"def act{n}(x):\n    return {body}\n") for n, body in enumerate(bodies)]


def expression(dice: random.Random, depth: int) -> str:
    """An expression in `x`; most operands of two-place ops are shallow, as they are in real code."""
    if depth == 0:
        return "x"
    make: Callable[[random.Random, int], str] = dice.choices((_unary, _number, _binary), (5, 3, 2))[0]
    return make(dice, depth)


def _unary(dice: random.Random, depth: int) -> str:
    return dice.choice(UNARY).format(expression(dice, depth - 1))


def _number(dice: random.Random, depth: int) -> str:
    return dice.choice(WITH_NUMBER).format(expression(dice, depth - 1), c=dice.choice(NUMBERS))


def _binary(dice: random.Random, depth: int) -> str:
    both = expression(dice, depth - 1), expression(dice, dice.randrange(depth))
    return dice.choice(BINARY).format(*(both if dice.random() < 0.5 else both[::-1]))
