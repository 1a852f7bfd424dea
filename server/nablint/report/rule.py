"""A rule's page: its own docstring and its examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import indent

from nablint.rule import Example, Rule


def page(rule: Rule) -> str:
    """What `nablint rule NAME` prints, in Markdown."""
    return "\n\n".join((f"# {rule.name}", rule.docs.strip(), *_examples(rule.examples)))


def index(rules: Iterable[Rule]) -> str:
    """Every rule with the first sentence of its page."""
    together = tuple(rules)
    width = max((len(rule.name) for rule in together), default=0)
    return "\n".join(f"{rule.name:<{width}}  {rule.docs.strip().splitlines()[0]}" for rule in together)


def _examples(examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        yield f"Found:\n\n{_code(example.bad)}"
        yield f"{'Fixed' if example.fixed else 'Right'}:\n\n{_code(example.good)}"


def _code(example: str) -> str:
    """The example as a module; a function's body gets its first line back."""
    is_module = any(line.startswith(("import ", "from ")) for line in example.splitlines())
    text = example if is_module else "def f(x):\n" + indent(example, "    ")
    return f"```python\n{text.strip()}\n```"
