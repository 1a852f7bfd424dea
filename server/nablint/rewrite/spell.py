"""Terms and replacements as text: the user's own where there is some, else in the user's dialect."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nablint.ops import OPS
from nablint.rewrite.dialect import Dialect, keywords
from nablint.rewrite.layout import expression
from nablint.rewrite.pattern import BINARY, COMPARISONS, Env, attribute, build, value_of
from nablint.rewrite.term import ZERO, Call, Num, Product, Sum, Sym, Term, add, scale, summands_of

ATOM, POWER, UNARY, TIMES, PLUS, COMPARE, LOWEST = 8, 7, 6, 5, 4, 3, 0

_TIGHTNESS: Mapping[type[ast.AST], int] = {
    ast.Pow: POWER, ast.Mult: TIMES, ast.Div: TIMES, ast.FloorDiv: TIMES, ast.Mod: TIMES, ast.MatMult: TIMES,
    ast.Add: PLUS, ast.Sub: PLUS,
}  # fmt: skip
_SYMBOLS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
_PLAIN = {"mul": "*", "div": "/", "add": "+", "sub": "-"}


class NoTextError(Exception):
    """A term cannot be written at this place."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of code and how tightly it holds together."""

    text: str
    tight: int = ATOM
    value: float | None = None
    """The number that it is."""
    needs: tuple[str, ...] = ()
    """Import lines."""

    def within(self, tight: int) -> str:
        """The text as an operand of something that binds this tightly."""
        return self.text if self.tight >= tight else f"({self.text})"


def piece(text: str) -> Piece:
    """The user's own code, without parentheses around it."""
    tree = expression(text)
    while text.startswith("(") and text.endswith(")") and not isinstance(tree, ast.Tuple):
        inner = text[1:-1].strip()
        if (found := expression(inner)) is None or "\n" in inner or ast.dump(found) != ast.dump(tree or found):
            break
        text, tree = inner, found
    return Piece(text, LOWEST if "\n" in text and not text.endswith(")") else tightness(tree))


def tightness(tree: ast.AST | None) -> int:
    """How tightly an expression's outermost operation binds."""
    match tree:
        case ast.BinOp(op=op):
            return _TIGHTNESS.get(type(op), COMPARE)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            return UNARY
        case ast.Compare():
            return COMPARE
        case ast.Name() | ast.Call() | ast.Attribute() | ast.Subscript() | ast.Constant() | ast.List() | ast.Tuple():
            return ATOM
    return LOWEST


def number(value: float) -> Piece:
    """A number as one writes it."""
    text = str(int(value)) if value == int(value) and abs(value) < 1e9 else _shortest(value)
    return Piece(text, ATOM if value >= 0 else UNARY, value)


def _shortest(value: float) -> str:
    """`1e-4` rather than `0.0001` or `1e-04`."""
    digits, _, exponent = f"{value:.12e}".partition("e")
    scientific = f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return scientific if len(scientific) < len(repr(value)) else repr(value)


def _written(value: object) -> str:
    return number(value).text if isinstance(value, float) else repr(value)


def binary(op: str, left: Piece, right: Piece) -> Piece:
    """`left op right` with no needless one, zero or parenthesis."""
    needs = (*left.needs, *right.needs)
    match op, left.value, right.value:
        case "mul", 1, _:
            return right
        case (("mul" | "div"), _, 1):
            return left
        case "mul", -1, _:
            return negative(right)
        case "mul", _, -1:
            return negative(left)
        case ("add", 0, _):
            return right
        case (("add" | "sub"), _, 0):
            return left
        case (("mul" | "div" | "add" | "sub" | "pow"), float() | int() as a, float() | int() as b):
            return number({"mul": a * b, "add": a + b, "sub": a - b}.get(op, a / b if op == "div" and b else a**b))
    if op == "pow":
        return Piece(f"{left.within(ATOM)}**{right.within(UNARY)}", POWER, None, needs)
    if op == "add" and right.tight >= TIMES and right.text.startswith("-"):
        return Piece(f"{left.within(PLUS)} - {right.text[1:]}", PLUS, None, needs)
    if op == "sub" and right.tight >= TIMES and right.text.startswith("-"):
        return Piece(f"{left.within(PLUS)} + {right.text[1:]}", PLUS, None, needs)
    tight = TIMES if op in ("mul", "div") else PLUS
    right_tight = tight + (op != "add")
    return Piece(f"{left.within(tight)} {_PLAIN[op]} {right.within(right_tight)}", tight, None, needs)


def negative(x: Piece) -> Piece:
    if x.value is not None:
        return number(-x.value)
    if x.text.startswith("-") and x.tight in (UNARY, TIMES):
        return Piece(x.text[1:], ATOM if x.tight == UNARY else x.tight, None, x.needs)
    return Piece(f"-{x.within(TIMES)}", min(x.tight, UNARY) if x.tight >= TIMES else UNARY, None, x.needs)


def _none(_term: Term) -> Piece | None:
    return None


@dataclass(frozen=True, slots=True)
class Speller:
    """Writes terms at one place of the user's code."""

    dialect: Dialect
    own: Callable[[Term], Piece | None] = _none
    """The user's code for a term, if there is some that means the same at this place."""
    careful: bool = False
    """Whether to write `expm1` and `log1p` for what they are."""

    def term(self, term: Term) -> Piece:
        """A term as code."""
        if (mine := self.own(term)) is not None:
            return mine
        match term:
            case Num(value):
                return self._number(value)
            case Sym(text):
                return piece(text)
            case Call("log", (Num() | Sym() as inner,)):
                return self._log_of_number(self.term(inner))
            case Call("log", (Sum(1.0, items),)) if self.careful:
                return self.call("log1p", [self.term(add(*items))])
            case Call("equal" | "not_equal" as op, (Num() as value, other)):
                return self.compare(op, self.term(other), self.term(value))
            case Call(op, args) if op in _SYMBOLS:
                return self.compare(op, *map(self.term, args))
            case Call("maximum" | "minimum" as op, (Num() as bound, other)):
                return self.call(op, [self.term(other), self.term(bound)])
            case Call(op, args, attrs):
                return self.call(op, [self.term(arg) for arg in args], attrs)
            case Product(coef, ((Sum(), 1.0),)) if coef != 1:
                return self._sum(term) if self._is_short(term) else self._product(term)
            case Product():
                return self._product(term)
            case Sum():
                return self._sum(term)
        raise NoTextError(term)

    def _number(self, value: float) -> Piece:
        """A number in the user's own words, if there are some for it or for its opposite."""
        if (mine := self.own(Num(value))) is not None:
            return mine
        opposite = self.own(Num(-value)) if value < 0 and value != int(value) else None
        return Piece(f"-{opposite.within(TIMES)}", UNARY) if opposite else number(value)

    def _is_short(self, term: Term) -> bool:
        const, terms = summands_of(term)
        return all(abs(k) == 1 for _, k in terms) or const in (1, -1)

    def _sum(self, term: Term) -> Piece:
        const, terms = summands_of(term)
        power = _power_of(const, terms) if self.careful else None
        if power is not None:
            rest = add(*(item for item in terms if item != power))
            less = binary("mul", number(-const), self.call("expm1", [self.term(power[0].args[0])]))
            return less if rest == ZERO else binary("add", self.term(rest), less)
        items = [self.term(_times(t, k)) for t, k in sorted(terms, key=lambda item: item[1] < 0)]
        if const:
            own = self._number(const)
            items = [own, *items] if terms[0][1] < 0 or (len(terms) == 1 and const == 1) else [*items, own]
        total = items[0]
        for item in items[1:]:
            total = binary("add", total, item)
        return total

    def _product(self, term: Product) -> Piece:
        above = [self._power(base, power) for base, power in term.factors if power > 0]
        below = [self._power(base, -power) for base, power in term.factors if power < 0]
        own = self.own(Num(abs(term.coef))) or number(abs(term.coef))
        if below and not above and abs(term.coef) != 1 and 1 / abs(term.coef) == int(1 / abs(term.coef)):
            below, own = [number(1 / abs(term.coef)), *below], number(1.0)
        elif above and 0 < abs(term.coef) < 1 and own.value is not None and _is_whole(1 / abs(term.coef)):
            below, own = [number(round(1 / abs(term.coef))), *below], number(1.0)
        total = own
        for item in above:
            total = binary("mul", total, item)
        for item in below:
            total = binary("div", total, item)
        return negative(total) if term.coef < 0 else total

    def _power(self, base: Term, power: float) -> Piece:
        if power == 1:
            return self.term(base)
        if power == 0.5:
            return self.call("sqrt", [self.term(base)])
        return binary("pow", self.term(base), number(power))

    def call(self, op: str, args: Sequence[Piece], attrs: Sequence[tuple[str, Any]] = ()) -> Piece:
        """A call of the op in the user's dialect."""
        found = self.dialect.function(op)
        if found is None:
            raise NoTextError(op)
        name, here, needs = found
        words = keywords(OPS[op], name, attrs)
        if words is None:
            raise NoTextError(op)
        written = [*(arg.text for arg in args), *(f"{word}={_written(value)}" for word, value in words)]
        return Piece(f"{here}({', '.join(written)})", ATOM, None, (*needs, *(n for arg in args for n in arg.needs)))

    def compare(self, op: str, left: Piece, right: Piece) -> Piece:
        text = f"{left.within(PLUS)} {_SYMBOLS[op]} {right.within(PLUS)}"
        return Piece(text, COMPARE, None, (*left.needs, *right.needs))

    def template(self, node: ast.expr, env: Env) -> Piece:
        """One side of a rewrite as code, laid out as the rewrite is; the user's own code where it says the same."""
        if _is_loose(node) and (mine := self.own(build(node, env))) is not None:
            return mine
        match node:
            case ast.Constant(value=int() | float() as value):
                return number(value)
            case ast.Name(id=name):
                return self.term(env[name])
            case ast.UnaryOp(operand=operand):
                return negative(self.template(operand, env))
            case ast.BinOp(left=left, op=op, right=right):
                return binary(BINARY[type(op)], self.template(left, env), self.template(right, env))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.compare(COMPARISONS[type(op)], self.template(left, env), self.template(right, env))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=words):
                if name == "log" and value_of(build(args[0], env)) is not None:
                    return self._log_of_number(self.template(args[0], env))
                pieces = [self.template(arg, env) for arg in args]
                return self.call(name, pieces, [(w.arg, attribute(w.value, env)) for w in words if w.arg])
        raise NoTextError(ast.dump(node))

    def _log_of_number(self, x: Piece) -> Piece:
        """The logarithm of a number, which takes no tensor op."""
        if x.value == 1:
            return number(0.0)
        has_numpy = "numpy" in self.dialect.imports.values()
        here, needs = self.dialect.here("np.log" if has_numpy else "math.log")
        return Piece(f"{here}({x.text})", ATOM, None, (*x.needs, *needs))


def _power_of(const: float, terms: Sequence[tuple[Term, float]]) -> tuple[Call, float] | None:
    """The exponential from which the number in a sum takes just its value at 0."""
    found = ((t, k) for t, k in terms if isinstance(t, Call) and t.op == "exp" and k == -const)
    return next(found, None) if const else None


def _is_loose(node: ast.expr) -> bool:
    """Whether another spelling of the same will do: not where the point is to call `expm1` or `log1p`."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name not in ("expm1", "log1p")
    return isinstance(node, ast.Compare)


def _times(term: Term, coef: float) -> Term:
    own, rest = scale(term)
    factors = rest.factors if isinstance(rest, Product) else ((rest, 1.0),)
    return Product(own * coef, factors) if own * coef != 1 else rest


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9
