"""The equations: what users write by hand, and what is the same on the real numbers and does not break."""

from __future__ import annotations

from nablint.finding import Safety
from nablint.rewrite.pattern import Rewrite

_VALUES = Safety.CHANGES_VALUES


def either(match: str, to: str) -> tuple[Rewrite, Rewrite]:
    """An equation about a select whose branches agree where `x` is 0: for `x > 0` and for `x >= 0`."""
    return Rewrite(match, to), Rewrite(match.replace(" > 0", " >= 0"), to.replace(" > 0", " >= 0"))


def _positive(a: float) -> bool:
    return a > 0


FORMS = (
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
    Rewrite("pow(1 + exp(-x), a)", "exp(a*softplus(-x))", given=lambda a: a != -1),
    Rewrite("log(exp(x) + exp(-x))", "abs(x) + softplus(-2*abs(x))"),
    Rewrite("log(cosh(x))", "abs(x) + softplus(-2*abs(x)) - log(2)"),
    *either("where(x > 0, x, a*(exp(x) - 1))", "where(x > 0, x, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, b*x, a*(exp(x) - 1))", "where(x > 0, b*x, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, x, a*(exp(x/b) - 1))", "where(x > 0, x, a*expm1(minimum(x/b, 0)))"),
    Rewrite("minimum(a*(exp(x) - 1), 0)", "a*expm1(minimum(x, 0))", given=_positive),
    *either("where(x > 0, u, 0) + where(x > 0, 0, a*(exp(x) - 1))", "where(x > 0, u, a*expm1(minimum(x, 0)))"),
    *either("where(x > 0, 1, 0)*u + where(x > 0, 0, 1)*a*(exp(x) - 1)", "where(x > 0, u, a*expm1(minimum(x, 0)))"),
    Rewrite("where(c, 1, 0)*u + where(c, 0, 1)*v", "where(c, u, v)"),
    Rewrite("maximum(minimum(exp(x), a), b)", "exp(clip(x, log(b), log(a)))",
            given=lambda a, b: a > 0 and b > 0),
    Rewrite("maximum(minimum(exp(x), a), 0)", "exp(minimum(x, log(a)))", given=_positive),
    Rewrite("minimum(exp(x), a)", "exp(minimum(x, log(a)))", given=_positive),
    Rewrite("exp(x) / sum(exp(x), axis=axis)", "exp(x - logsumexp(x, axis=axis))"),
    Rewrite("x * log(x)", "xlogy(x, x)"),
    Rewrite("sqrt(maximum(x, 0))", "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"),
    Rewrite("sqrt(abs(x))", "where(x == 0, 0, sqrt(abs(where(x == 0, 1, x))))"),
    # Beyond the bound the result is the same number in every dtype.
    Rewrite("exp(-exp(x))", "exp(-exp(minimum(x, 10)))"),
    Rewrite("tanh(exp(x))", "tanh(exp(minimum(x, 10)))"),
)  # fmt: skip
"""Exact on the real numbers, the most particular first."""

UNSAFE = (
    Rewrite("x / sqrt(sum(x*x, axis=axis, keepdims=True))", "l2_normalize(x, axis=axis, epsilon=1e-4)", _VALUES),
    Rewrite("log(x)", "log(maximum(x, 1e-4))", _VALUES),
    Rewrite("sqrt(x)", "sqrt(maximum(x, 1e-6))", _VALUES),
    Rewrite("u / y", "divide_no_nan(u, y)", _VALUES),
)
"""Values change where the old ones fail, and near there. Half precision still holds these bounds."""
