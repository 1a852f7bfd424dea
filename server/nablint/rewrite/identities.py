"""Identities that the search may use in either order: true, and not always better."""

from __future__ import annotations

from nablint.rewrite.pattern import Rewrite
from nablint.rewrite.table import EQUATIONS


def _positive(a: float) -> bool:
    return a > 0


def _negative(a: float) -> bool:
    return a < 0


_SECH = "exp(-abs(x)) * sigmoid(2*abs(x))"

IDENTITIES = (
    *EQUATIONS,
    Rewrite("1 / (1 + exp(x))", "sigmoid(-x)"),
    Rewrite("1 - sigmoid(x)", "sigmoid(-x)"),
    Rewrite("exp(x) * sigmoid(-x)", "sigmoid(x)"),
    Rewrite("exp(a*x) * pow(sigmoid(-x), a)", "pow(sigmoid(x), a)", given=_positive),
    Rewrite("exp(x) * pow(sigmoid(-x), 2)", "sigmoid(x) * sigmoid(-x)"),
    Rewrite("pow(1 + exp(x), a)", "pow(sigmoid(-x), -a)", given=_negative),
    Rewrite("pow(1 + exp(x), a)", "exp(a*softplus(x))", given=_positive),
    Rewrite("exp(x) / (1 + a*exp(x))", "sigmoid(x - log(1/a)) / a", given=lambda a: 0 < a < 1),
    Rewrite("exp(x) / (1 + a*exp(x))", "sigmoid(x + log(a)) / a", given=lambda a: a > 1),
    Rewrite("1 / (1 + a*exp(x))", "sigmoid(log(1/a) - x)", given=lambda a: 0 < a < 1),
    Rewrite("1 / (1 + a*exp(x))", "sigmoid(-x - log(a))", given=lambda a: a > 1),
    Rewrite("1 + a*exp(x)", "1 + exp(x - log(1/a))", given=lambda a: 0 < a < 1),
    Rewrite("1 + a*exp(x)", "1 + exp(x + log(a))", given=lambda a: a > 1),
    Rewrite("(1 + a*exp(x)) / (1 + exp(x))", "1 + (a - 1)*sigmoid(x)"),
    Rewrite("log(a + exp(x))", "softplus(x - log(a)) + log(a)", given=_positive),
    Rewrite("log(1 + a*exp(x))", "softplus(x - log(1/a))", given=lambda a: 0 < a < 1),
    Rewrite("log(1 + a*exp(x))", "softplus(x + log(a))", given=lambda a: a > 1),
    Rewrite("log(exp(x) + exp(y))", "maximum(x, y) + softplus(-abs(x - y))"),
    Rewrite("log(exp(x))", "x"),
    Rewrite("softplus(x) - x", "softplus(-x)"),
    Rewrite("exp(x) * exp(y)", "exp(x + y)"),
    Rewrite("exp(x) + exp(-x)", "2*cosh(x)"),
    Rewrite("exp(x) - exp(-x)", "2*sinh(x)"),
    Rewrite("1 / (exp(x) + exp(-x))", _SECH),
    Rewrite("exp(x) / (1 + exp(2*x))", _SECH),
    Rewrite("1 / cosh(x)", f"2 * {_SECH}"),
    Rewrite("pow(cosh(x), a)", f"pow(2 * {_SECH}, -a)", given=_negative),
    Rewrite("1 - tanh(x)", "2*sigmoid(-2*x)"),
    Rewrite("1 + tanh(x)", "2*sigmoid(2*x)"),
    Rewrite("1 - pow(tanh(x), 2)", "4*sigmoid(2*x)*sigmoid(-2*x)"),
    Rewrite("x / sinh(x)",
            "where(x == 0, 1, 2*abs(x)*exp(-abs(x)) / (1 - exp(-2*abs(where(x == 0, 1, x)))))"),
    Rewrite("x / (exp(x) - 1)",
            "where(x == 0, 1 - x/2, exp(-maximum(x, 0)) * abs(x) / (1 - exp(-abs(where(x == 0, 1, x)))))"),
    Rewrite("log(x + sqrt(1 + x*x))", "asinh(x)"),
    Rewrite("sqrt(1 + x*x) - abs(x)", "1 / (sqrt(1 + x*x) + abs(x))"),
    Rewrite("sqrt(1 + x) - sqrt(x)", "1 / (sqrt(1 + x) + sqrt(x))"),
    # Beyond the bound the result is the same number in every dtype.
    Rewrite("exp(x - exp(x))", "exp(x - exp(minimum(x, 10)))"),
)  # fmt: skip
