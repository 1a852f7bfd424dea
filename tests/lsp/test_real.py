"""The whole server with its own analysis: the article's failures are seen, fixed, explained and probed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types as t
from session import REAL, Editor, editor, until
from test_features import edits

from nablint.lsp.cards import plain

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = Path(__file__).parents[2] / "fixtures" / "seed"
FAILURES = {"softplus.py": "overflow", "step.py": "no-gradient", "mixed_dtypes.py": "mixed-dtype"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("workspace"), command=REAL) as found:
        yield found


@pytest.fixture
def session(shared: Editor) -> Iterator[Editor]:
    yield from shared.fresh()


def open_seed(session: Editor, name: str) -> str:
    return session.open(name, (SEED / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "rule"), FAILURES.items())
async def test_seen_and_fixed(session: Editor, name: str, rule: str) -> None:
    uri = open_seed(session, name)
    (found,) = await session.diagnostics(uri)
    assert found.code == rule
    assert found.code_description
    assert found.code_description.href.endswith(f"RULES.md#{rule}")
    action = (await session.actions(uri, found.range, "quickfix"))[0]
    assert all(edit.new_text for edit in edits(action, uri))
    for edit in sorted(edits(action, uri), key=lambda edit: (edit.range.start.line, edit.range.start.character))[::-1]:
        session.edit(uri, edit.range, edit.new_text)
    assert not await session.diagnostics(uri)


async def test_a_finding_can_be_ignored(session: Editor) -> None:
    uri = open_seed(session, "step.py")
    (found,) = await session.diagnostics(uri)
    action = (await session.actions(uri, found.range, "quickfix"))[-1]
    assert (action.title, action.is_preferred) == ("Ignore no-gradient on this line", None)
    (edit,) = edits(action, uri)
    assert edit.new_text == "  # nablint: ignore[no-gradient]"
    session.edit(uri, edit.range, edit.new_text)
    assert not await session.diagnostics(uri)


SECH = "import tensorflow as tf\n\n\ndef sech(x):\n    return 1 / tf.cosh(x)\n"


async def test_a_better_form_is_looked_for_when_asked(tmp_path: Path) -> None:
    async with editor(tmp_path, "visual-studio-code", command=REAL) as session:
        uri = session.open("sech.py", SECH)
        (found,) = await session.diagnostics(uri)
        (later, *_) = await session.actions(uri, found.range, "quickfix")
        assert (later.title, later.edit) == ("Look for a form that does not break", None)
        action = await session.client.code_action_resolve_async(later)
        (edit,) = edits(action, uri)
        assert edit.new_text == "2 * tf.exp(-tf.abs(x)) * tf.sigmoid(2 * tf.abs(x))"
        asked = t.CodeActionContext([found], ["quickfix"], t.CodeActionTriggerKind.Invoked)
        params = t.CodeActionParams(t.TextDocumentIdentifier(uri), found.range, asked)
        (now, *_) = await session.client.text_document_code_action_async(params) or ()
        assert isinstance(now, t.CodeAction)
        assert now.title.startswith("Rewrite as 2 * tf.exp(-tf.abs(x)) * tf.sigmoid(2 * tf.abs(x)) (finite; ")
        assert [edit.new_text for edit in edits(now, uri)] == [edit.new_text]


async def test_a_gradient_is_derived_on_the_name(session: Editor) -> None:
    uri = session.open("soft.py", "import tensorflow as tf\n\n\ndef soft(x):\n    return tf.math.softplus(x)\n")
    name = t.Range(t.Position(3, 6), t.Position(3, 6))
    (action,) = await session.actions(uri, name, "refactor.rewrite")
    assert action.title == "Derive the gradient: dy * tf.sigmoid(x)"
    assert edits(action, uri)[0].new_text == "@tf.custom_gradient\n"
    elsewhere = t.Range(t.Position(4, 6), t.Position(4, 6))
    assert not await session.actions(uri, elsewhere, "refactor.rewrite")


async def test_the_corrected_function_is_left_alone(session: Editor) -> None:
    uri = open_seed(session, "corrected.py")
    assert not await session.diagnostics(uri)
    assert [lens.command.title for lens in await session.lenses(uri) if lens.command] == ["Probe"]


async def test_hover(session: Editor) -> None:
    uri = open_seed(session, "softplus.py")
    on_name = await session.hover(uri, 7, 6)
    assert on_name is not None
    assert isinstance(on_name.contents, t.MarkupContent)
    assert "Value proved finite for |x| ≤ 8.8" in plain(on_name.contents.value)
    assert "overflow: exp overflows float32 for x > 8.872" in plain(on_name.contents.value)
    on_exp = await session.hover(uri, 9, 30)
    assert on_exp is not None
    assert isinstance(on_exp.contents, t.MarkupContent)
    assert "from float32 inputs with |x| ≤ 100: float32, in [0, inf]" in plain(on_exp.contents.value)


async def test_findings_stay_while_another_statement_does_not_parse(session: Editor) -> None:
    uri = open_seed(session, "softplus.py")
    assert len(await session.diagnostics(uri)) == 1
    end = t.Position(27, 0)
    session.edit(uri, t.Range(end, end), "\ndef unfinished(x):\n    return tf.where(x >")
    assert [item.code for item in await session.diagnostics(uri)] == ["overflow"]
    session.edit(uri, t.Range(t.Position(0, 0), t.Position(0, 0)), "import (\n")
    await session.diagnostics(uri)
    session.edit(uri, t.Range(t.Position(0, 0), t.Position(1, 0)), "")
    assert [item.code for item in await session.diagnostics(uri)] == ["overflow"]
    assert not session.client.log_messages
    assert not session.client.messages


async def test_a_file_of_20_000_lines(session: Editor) -> None:
    uri = session.open("long.py", "import tensorflow as tf\n" + "x = 1\n" * 20_000)
    assert not await session.diagnostics(uri)
    assert session.logged("more lines than max-lines (15,000)")


@pytest.mark.tensorflow
async def test_probe(session: Editor) -> None:
    uri = open_seed(session, "softplus.py")
    report = await session.request("nablint/probe", {"uri": uri, "name": "sharp_softplus"})
    assert not report.failure
    assert report.verdict.startswith("Infinite for x ≥ 8.87")
    assert {event.event.kind for event in session.events} == {"run", "training"}
    shown = await session.pushed(uri, count=2)
    assert shown.diagnostics[1].message.startswith(report.verdict)


@pytest.mark.tensorflow
async def test_a_cancelled_probe_leaves_no_process(session: Editor, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = f"""
import os, time
import tensorflow as tf


def f(x):
    with open({str(told)!r}, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(60)
    return tf.tanh(x)
"""
    uri = session.open("slow.py", code)
    pending = session.client.protocol.send_request("nablint/probe", {"uri": uri, "name": "f"}, msg_id="slow")
    pid = await until(lambda: told.exists() and told.read_text())
    session.cancel("slow")
    await until(pending.done, 3)
    await until(lambda: not Path("/proc", pid).exists(), 5)


async def test_inlay_hints(session: Editor) -> None:
    uri = open_seed(session, "softplus.py")
    whole = t.InlayHintParams(t.TextDocumentIdentifier(uri), t.Range(t.Position(0, 0), t.Position(30, 0)))
    assert not await session.client.text_document_inlay_hint_async(whole), "off by default"
    changed = {"nablint": {"inlayHints": True}}
    session.client.workspace_did_change_configuration(t.DidChangeConfigurationParams(changed))
    (hint, *_) = await session.client.text_document_inlay_hint_async(whole) or ()
    assert (hint.position, hint.label) == (t.Position(9, 50), ": float32 in [-1.192e-07, inf]")
    session.client.workspace_did_change_configuration(
        t.DidChangeConfigurationParams({"nablint": {"inlayHints": False}})
    )
    assert not await session.client.text_document_inlay_hint_async(whole)
