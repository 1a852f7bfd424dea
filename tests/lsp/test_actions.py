"""Code actions besides fixes: a function for a lambda, a test, a rule's page; and links to pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as t
from session import REAL, Editor, editor

from nablint.analyse import analyse
from nablint.extract import extracted
from nablint.finding import apply_edits
from nablint.lsp import convert
from nablint.source import Source

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\n"

EXTRACTED = {
    "keras.layers.Dense(4, activation=lambda x: x * tf.sigmoid(x))\n": (
        "\n\n@tf.keras.utils.register_keras_serializable()\n"
        "def custom_activation(x):\n    return x * tf.sigmoid(x)\n\n\n"
        "keras.layers.Dense(4, activation=custom_activation)\n"
    ),
    "\nswish = lambda x, b=1.0: x * tf.sigmoid(b * x)\nkeras.layers.Dense(4, activation=swish)\n": (
        "\n@tf.keras.utils.register_keras_serializable()\ndef swish(x, b=1.0):\n    return x * tf.sigmoid(b * x)\n"
        "keras.layers.Dense(4, activation=swish)\n"
    ),
    "\ndef build(n):\n    return keras.layers.Dense(n, activation=lambda é: (\n        tf.tanh(é)\n        + 1))\n": (
        "\n@tf.keras.utils.register_keras_serializable()\ndef custom_activation(é):\n    return (\n        tf.tanh(é)\n"
        "        + 1)\n\n\ndef build(n):\n    return keras.layers.Dense(n, activation=custom_activation)\n"
    ),
    "\ndef build(a):\n    return keras.layers.Dense(3, activation=lambda x: a * tf.tanh(x))\n": None,
    "\nkeras.layers.Dense(3, activation=lambda x: tf.tanh(x) * later)\nlater = 2.0\n": None,
}


@pytest.mark.parametrize("code", EXTRACTED)
def test_a_lambda_becomes_a_function(code: str) -> None:
    analysis = analyse(Source("/a.py", HEAD + code))
    fix = extracted(analysis, analysis.source.position((HEAD + code).index("lambda") + 2))
    expected = EXTRACTED[code]
    if expected is None:
        assert fix is None
        return
    assert fix
    after = apply_edits(analysis.source, fix.edits)
    assert after.text == HEAD + expected
    assert any(found.name in ("custom_activation", "swish") for found in analyse(after).functions)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("workspace"), "visual-studio-code", REAL) as found:
        yield found


@pytest.fixture
def session(shared: Editor) -> Iterator[Editor]:
    yield from shared.fresh()


CODE = HEAD + "\n\ndef soft(x):\n    return tf.math.log(1 + tf.exp(x))\n"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_test_is_written_beside_the_file(session: Editor) -> None:
    uri = session.open("act.py", CODE)
    name = t.Range(t.Position(4, 5), t.Position(4, 5))
    (action,) = await session.actions(uri, name, "refactor.nablint")
    assert action.title == "Write a test: test_soft.py"
    assert action.edit
    create, text = action.edit.document_changes or ()
    assert isinstance(create, t.CreateFile)
    assert isinstance(text, t.TextDocumentEdit)
    assert create.uri == session.uri("test_soft.py") == text.text_document.uri
    assert "soft" in text.edits[0].new_text
    (session.root / "test_soft.py").write_text("")
    assert not await session.actions(uri, name, "refactor.nablint"), "one is there"


@pytest.mark.asyncio(loop_scope="module")
async def test_extract_over_the_protocol(session: Editor) -> None:
    uri = session.open("act.py", HEAD + "keras.layers.Dense(4, activation=lambda x: x * tf.sigmoid(x))\n")
    place = t.Range(t.Position(2, 35), t.Position(2, 35))
    (action,) = await session.actions(uri, place, "refactor.extract")
    assert action.title == "Make it a function, registered with Keras"
    assert not await session.actions(uri, t.Range(t.Position(2, 3), t.Position(2, 3)), "refactor.extract")


@pytest.mark.asyncio(loop_scope="module")
async def test_the_page_of_a_rule(session: Editor) -> None:
    shown: list[t.ShowDocumentParams] = []

    def show(params: t.ShowDocumentParams) -> t.ShowDocumentResult:
        shown.append(params)
        return t.ShowDocumentResult(True)

    session.client.protocol.fm.features[t.WINDOW_SHOW_DOCUMENT] = show
    uri = session.open("act.py", CODE)
    (found,) = await session.diagnostics(uri)
    context = t.CodeActionContext([], ["nablint.explain"])
    asked = t.CodeActionParams(t.TextDocumentIdentifier(uri), found.range, context)
    # lsprotocol takes an action with a command for a bare command.
    titles = [item.title for item in await session.client.text_document_code_action_async(asked) or ()]
    assert titles == ["Explain overflow"]
    params = t.ExecuteCommandParams("nablint.explain", [convert.rule_page("overflow")])
    await session.client.workspace_execute_command_async(params)
    (page,) = shown
    assert page.selection
    lines = Path(page.uri.removeprefix("file://")).read_text().splitlines()
    assert lines[page.selection.start.line].lstrip("# ") == "overflow"


@pytest.mark.asyncio(loop_scope="module")
async def test_links_in_comments(session: Editor) -> None:
    uri = session.open("act.py", CODE.replace("(x):", "(x):  # nablint: ignore[overflow, no-such-rule]"))
    (link,) = (
        await session.client.text_document_document_link_async(t.DocumentLinkParams(t.TextDocumentIdentifier(uri)))
        or ()
    )
    assert link.target
    assert link.target.endswith("RULES.md#overflow")
    line = "def soft(x):  # nablint: ignore["
    assert link.range == t.Range(t.Position(4, len(line)), t.Position(4, len(line) + 8))
