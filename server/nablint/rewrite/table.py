"""The equations: what users write by hand, and what is the same on the real numbers and does not break."""

from __future__ import annotations

from collections.abc import Callable

from nablint.finding import Safety
from nablint.rewrite.pattern import Rewrite
from nablint.rewrite.term import is_nonnegative


def either(match: str, to: str, given: Callable[..., bool] | None = None) -> tuple[Rewrite, Rewrite]:
    """An equation about a select whose branches agree where `x` is 0: for `x > 0` and for `x >= 0`."""
    other = match.replace(" > 0", " >= 0"), to.replace(" > 0", " >= 0")
    return Rewrite(match, to, given=given), Rewrite(*other, given=given)


def _unsafe(match: str, to: str, given: Callable[..., bool] | None = None) -> Rewrite:
    return Rewrite(match, to, Safety.CHANGES_VALUES, given)


def _is_gelu(a: float, b: float) -> bool:
    return abs(a - 0.7979) < 1e-3 and abs(b - 0.0447) < 1e-3


def _holds_one(a: float, b: float) -> bool:
    return a >= 1 and b <= -1


_ODD_ROOT = "sign(x) * pow(where(x == 0, 1, abs(x)), a)"


def _positive(a: float) -> bool:
    return a > 0


def _root(a: float) -> bool:
    return 0 < a < 1


def quotients(*functions: str) -> tuple[Rewrite, ...]:
    """A function that is near `x` for small `x`, divided by `x`: the hole at 0 is filled with the limit."""
    return tuple(Rewrite(f"{f}(x) / x", f"where(x == 0, 1, {f}(x) / where(x == 0, 1, x))") for f in functions)


FORMS = (
    Rewrite("sinh(x) / cosh(x)", "tanh(x)"),
    Rewrite("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "tanh(x)"),
    Rewrite("(exp(2*x) - 1) / (exp(2*x) + 1)", "tanh(x)"),
    Rewrite("(1 - exp(-2*x)) / (1 + exp(-2*x))", "tanh(x)"),
    Rewrite("1 / (1 + exp(-x))", "sigmoid(x)"),
    Rewrite("exp(x) / (1 + exp(x))", "sigmoid(x)"),
    Rewrite("where(c, x, x)", "x"),
    Rewrite("log(1 + exp(x))", "softplus(x)"),
    Rewrite("exp(x) / sum(exp(x), axis=axis, keepdims=True)", "softmax(x, axis=axis)"),
    Rewrite("log(sum(exp(x), axis=axis, keepdims=keepdims))", "logsumexp(x, axis=axis, keepdims=keepdims)"),
)  # fmt: skip
"""Library functions written by hand. A larger match sees through them."""

EQUATIONS = (
    *FORMS,
    Rewrite("2*sigmoid(2*x) - 1", "tanh(x)"),
    Rewrite("log(sigmoid(x))", "log_sigmoid(x)"),
    Rewrite("log(1 - sigmoid(x))", "-softplus(x)"),
    Rewrite("log(softmax(x, axis=axis))", "log_softmax(x, axis=axis)"),
    Rewrite("x * sigmoid(x)", "silu(x)"),
    Rewrite("log(a * (1 + exp(x)))", "softplus(x) + log(a)", given=_positive),
    Rewrite("log(a + a*exp(x))", "softplus(x) + log(a)", given=_positive),
    Rewrite("pow(1 + exp(-x), a)", "pow(sigmoid(x), -a)", given=lambda a: a < -1),
    Rewrite("pow(1 + exp(-x), a)", "exp(a*softplus(-x))", given=lambda a: a > -1),
    Rewrite("log(exp(x) + exp(-x))", "abs(x) + softplus(-2*abs(x))"),
    Rewrite("log(cosh(x))", "abs(x) + softplus(-2*abs(x)) - log(2)"),
    *either("where(x > 0, x, a*(exp(x) - 1))", "where(x > 0, x, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, b*x, a*(exp(x) - 1))", "where(x > 0, b*x, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, x, a*(exp(x/b) - 1))", "where(x > 0, x, a*expm1(minimum(x/b, 0)))"),
    Rewrite("minimum(a*(exp(x) - 1), 0)", "a*expm1(minimum(x, 0))", given=_positive),
    *either("where(x > 0, u, 0) + where(x > 0, 0, a*(exp(x) - 1))", "where(x > 0, u, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, 1, 0)*u + where(x > 0, 0, 1)*a*(exp(x) - 1)", "where(x > 0, u, a*expm1(minimum(x, 0)))"),
    Rewrite("where(c, 1, 0)*u + where(c, 0, 1)*v", "where(c, u, v)"),
    *either("where(x > 0, u, exp(x))", "where(x > 0, u, exp(minimum(x, 0)))"),
    *either("where(x > 0, u, a*exp(x))", "where(x > 0, u, a*exp(minimum(x, 0)))"),
    Rewrite("maximum(x, 0) + softplus(-abs(x))", "softplus(x)"),
    Rewrite("maximum(x, 0) - a*maximum(-x, 0)", "where(x > 0, x, a*x)"),
    Rewrite("sign(x) * log(1 + abs(x))", "where(x > 0, log1p(maximum(x, 0)), -log1p(maximum(-x, 0)))"),
    Rewrite("sign(x) * (exp(abs(x)) - 1)", "where(x > 0, expm1(maximum(x, 0)), -expm1(maximum(-x, 0)))"),
    Rewrite("sign(x) * pow(abs(x), a)", _ODD_ROOT, given=_root),
    *either("where(x > 0, pow(x, a), -pow(-x, a))", _ODD_ROOT, given=_root),
    Rewrite("maximum(minimum(exp(x), a), b)", "exp(clip(x, log(b), log(a)))",
            given=lambda a, b: a > 0 and b > 0),
    Rewrite("maximum(minimum(exp(x), a), 0)", "exp(minimum(x, log(a)))", given=_positive),
    Rewrite("minimum(exp(x), a)", "exp(minimum(x, log(a)))", given=_positive),
    Rewrite("exp(x) / sum(exp(x), axis=axis)", "exp(x - logsumexp(x, axis=axis))"),
    Rewrite("x * log(x)", "xlogy(x, x)"),
    Rewrite("maximum(x, 0) / sum(maximum(x, 0), axis=axis, keepdims=True)",
            "divide_no_nan(maximum(x, 0), sum(maximum(x, 0), axis=axis, keepdims=True))"),
    # Beyond the bound the result is the same number in every dtype.
    Rewrite("1 - exp(-exp(x))", "-expm1(-exp(minimum(x, 10)))"),
    Rewrite("exp(-exp(x))", "exp(-exp(minimum(x, 10)))"),
    Rewrite("tanh(exp(x))", "tanh(exp(minimum(x, 10)))"),
)  # fmt: skip
"""Exact on the real numbers, the most particular first."""

FALLBACKS = (
    *quotients("sin", "tan", "tanh", "sinh", "atan", "asin", "asinh", "atanh"),
    Rewrite("(exp(x) - 1) / x", "where(x == 0, 1 + x/2, expm1(x) / where(x == 0, 1, x))"),
    Rewrite("log(1 + x) / x", "where(x == 0, 1 - x/2, log1p(x) / where(x == 0, 1, x))"),
    Rewrite("(1 - cos(x)) / x", "sin(x/2) * where(x == 0, 1, 2*sin(x/2) / where(x == 0, 1, x))"),
    Rewrite("(1 - cos(x)) / pow(x, 2)", "where(x == 0, 0.5, 2*pow(sin(x/2) / where(x == 0, 1, x), 2))"),
    Rewrite("sqrt(maximum(x, 0))", "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"),
    Rewrite("sqrt(abs(x))", "where(x == 0, 0, sqrt(abs(where(x == 0, 1, x))))"),
    Rewrite("sqrt(x*x)", "abs(x)"),
    Rewrite("sqrt(x)", "where(x == 0, 0, sqrt(where(x == 0, 1, x)))", when=is_nonnegative),
    # Defined where the old side is, and beyond: the odd root of a negative number.
    Rewrite("pow(x, a)", _ODD_ROOT, given=lambda a: a > 0 and a % 1 not in (0, 0.5)),
)  # fmt: skip
"""Exact too, for a node that no branch guards: the hole, or the point without a slope, is filled."""

UNSAFE = (
    *(_unsafe(*pair) for pair in (
        ("log(softmax(x, axis=axis) + a)", "log_softmax(x, axis=axis)", lambda a: 0 < a < 0.01),
        ("x / sqrt(sum(x*x, axis=axis, keepdims=True))", "l2_normalize(x, axis=axis, epsilon=1e-4)"),
        ("x / sqrt(sum(x*x, axis=axis, keepdims=True))", "x / sqrt(maximum(sum(x*x, axis=axis, keepdims=True), 1e-4))"),
        ("x / norm(x, axis=axis, keepdims=True)", "l2_normalize(x, axis=axis, epsilon=1e-4)"),
        ("x / norm(x, axis=axis, keepdims=True)", "x / sqrt(maximum(sum(x*x, axis=axis, keepdims=True), 1e-4))"),
        ("norm(x, axis=axis, keepdims=keepdims)", "sqrt(maximum(sum(x*x, axis=axis, keepdims=keepdims), 1e-6))"),
        ("std(x, axis=axis, keepdims=keepdims)", "sqrt(maximum(variance(x, axis=axis, keepdims=keepdims), 1e-6))"),
        ("std(x, axis=axis, keepdims=keepdims)", "sqrt(maximum(ops_variance(x, axis=axis, keepdims=keepdims), 1e-6))"),
        ("x / sqrt(x*x)", "x / maximum(abs(x), 1e-3)"),
        ("x / abs(x)", "x / maximum(abs(x), 1e-3)"),
        ("x*(1 + tanh(a*(x + b*pow(x, 3))))", "2*gelu(x)", _is_gelu),
        ("gelu(x, approximate=True)", "gelu(x, approximate=False)"),
        ("log(x)", "log(maximum(x, 1e-4))"),
        ("sqrt(x)", "sqrt(maximum(x, 1e-6))"),
        ("asin(maximum(minimum(x, a), b))", "asin(clip(x, -0.99, 0.99))", _holds_one),
        ("acos(maximum(minimum(x, a), b))", "acos(clip(x, -0.99, 0.99))", _holds_one),
        ("atanh(maximum(minimum(x, a), b))", "atanh(clip(x, -0.99, 0.99))", _holds_one),
        ("asin(x)", "asin(clip(x, -0.99, 0.99))"),
        ("acos(x)", "acos(clip(x, -0.99, 0.99))"),
        ("atanh(x)", "atanh(clip(x, -0.99, 0.99))"),
        ("acosh(x)", "acosh(maximum(x, 1.01))"),
        ("pow(x, -0.5)", "1 / sqrt(maximum(x, 1e-2))"),
        ("u / y", "divide_no_nan(u, y)"),
        ("u / abs(y)", "u / maximum(abs(y), 1e-2)"),
        ("u / y", "u * sign(y) / maximum(abs(y), 1e-2)"),
    )),
)  # fmt: skip
"""Values change where the old ones fail, and near there. Half precision still holds these bounds."""
