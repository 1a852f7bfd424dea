"""A `# nablint: ignore` that ignores nothing.

What it finds: a comment `# nablint: ignore[rule]`, on a line or on a definition, or `# nablint: ignore-file[rule]`,
where nothing is found that it would silence; one that names no rule of ours; and one whose bracket is not closed, which
silences nothing.

Why it hurts: it says that something is wrong here, and would silence the next finding, which may be another one.

When it breaks: when the code it was for is mended, or the rule's name is misspelled.

Fix: take the comment out. None is offered, since fixes never take out comments.

On a line, the comment silences what is found on that line. On a `def` or `class` line, or on a decorator, it holds for
the whole definition. `# nablint: ignore-file` holds for the file, wherever it stands. Without brackets every rule is
meant.

See also: overflow.
"""

from __future__ import annotations

from collections.abc import Iterator

from nablint.finding import Finding
from nablint.rule import Case, Example, Rule
from nablint.suppress import UNUSED


def check(_case: Case) -> Iterator[Finding]:
    """Nothing: what a comment silences is known only when all rules have spoken, in `suppress`."""
    yield from ()


RULE = Rule(
    UNUSED,
    check,
    examples=(
        Example(
            "return tf.nn.softplus(x)  # nablint: ignore[overflow]",
            "return tf.math.log(1 + tf.exp(x))  # nablint: ignore[overflow]",
            fixed=False,
        ),
    ),
    docs=__doc__,
)
