"""One test a feature, over stdio, as three editors announce themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from lsprotocol import types as t
from session import EDITORS, Editor, editor, until

CODE = (
    "import tensorflow as tf\n\n\ndef first(x):\n    return tf.exp(x)\n\n\ndef second(y):\n    return '😀', tf.exp(y)\n"
)
FIRST = t.Range(t.Position(4, 11), t.Position(4, 20))
COLUMNS = {"utf-8": 19, "utf-16": 17, "utf-32": 16}
"""Where the second call begins, behind an emoji."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=EDITORS)
async def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    async with editor(tmp_path_factory.mktemp("workspace"), request.param) as found:
        yield found


@pytest.fixture
def session(shared: Editor) -> Iterator[Editor]:
    yield from shared.fresh()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_diagnostics(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    first, second = await session.diagnostics(uri)
    assert (first.range, second.range) == (FIRST, second_call(session))
    assert (first.code, first.source, first.severity) == ("overflow", "nablint", t.DiagnosticSeverity.Warning)
    assert first.message == "exp overflows float32 for x > 88.72."
    assert first.data == {"rule": "overflow", "function": ""}


async def test_diagnostics_follow_the_text(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    session.edit(uri, second_call(session), "tf.nn.relu(y)")
    assert [item.range for item in await session.diagnostics(uri)] == [FIRST]
    session.edit(uri, t.Range(t.Position(0, 0), t.Position(0, 0)), "# one line more\r\n")
    moved = t.Range(t.Position(5, 11), t.Position(5, 20))
    assert [item.range for item in await session.diagnostics(uri)] == [moved]
    session.replace(uri, "")
    assert not await session.diagnostics(uri)


async def test_diagnostics_go_when_the_file_is_closed(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    assert await session.diagnostics(uri)
    session.close(uri)
    assert (await session.pushed(uri, count=0)).version is None


async def test_quick_fixes(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    values, safe = await session.actions(uri, FIRST, "quickfix")
    assert values.title == "Use tf.exp(tf.minimum) (changes values)"
    assert (safe.title, safe.is_preferred, values.is_preferred) == ("Use tf.math.exp_safely", True, None)
    assert [edit.new_text for edit in edits(safe, uri)] == ["tf.math.exp_safely(x)"]
    assert [edit.range for edit in edits(safe, uri)] == [FIRST]
    (shown,) = safe.diagnostics or ()
    assert shown.range == FIRST


async def test_no_quick_fix_elsewhere(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    assert not await session.actions(uri, t.Range(t.Position(0, 0), t.Position(0, 0)), "quickfix")


async def test_fix_all(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    (action,) = await session.actions(uri, FIRST, "source.fixAll")
    if action.edit is None:
        action = await session.client.code_action_resolve_async(action)
    assert [edit.new_text for edit in edits(action, uri)] == ["tf.math.exp_safely(x)", "tf.math.exp_safely(y)"]


async def test_only_actions_that_were_asked_for(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    assert not await session.actions(uri, FIRST, "refactor")
    kinds = {action.kind for action in await session.actions(uri, FIRST)}
    assert kinds - {"nablint.explain"} == {"quickfix", "source.fixAll.nablint"}


async def test_lens_and_hover(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    first, second = await session.lenses(uri)
    assert first.range == t.Range(t.Position(3, 4), t.Position(3, 9))
    assert second.command == t.Command("Probe", "nablint.probe", arguments=({"uri": uri, "name": "second"},))
    hover = await session.hover(uri, 3, 5)
    assert hover is not None
    assert isinstance(hover.contents, t.MarkupContent)
    assert "overflow" in hover.contents.value
    assert await session.hover(uri, 0, 3) is None


async def test_probe_request(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    report = await session.request("nablint/probe", {"uri": uri, "position": {"line": 8, "character": 6}})
    assert report.name == "second"
    assert report.runs[0].x[0] == "nan", "numbers that JSON does not know are strings"
    assert [(event.name, event.event.kind) for event in session.events] == [("second", "run")]
    shown = await session.pushed(uri, count=1 if session.pulls else 3)
    assert [item.source for item in shown.diagnostics][-1] == "nablint probe"
    assert (await session.lenses(uri))[1].command.title == "Probe again: Infinite for x >= 88.72 in float32."
    session.edit(uri, t.Range(t.Position(0, 0), t.Position(0, 0)), "\n")
    session.edit(uri, t.Range(t.Position(5, 11), t.Position(5, 20)), "x")
    assert (await session.lenses(uri))[1].command.title == "Probe again: Infinite for x >= 88.72 in float32."
    session.edit(uri, t.Range(t.Position(9, 4), t.Position(9, 4)), "z = 1; ")
    lens = (await session.lenses(uri))[1].command.title
    assert lens == "Probe again (before its last edit: Infinite for x >= 88.72 in float32.)"
    assert (await session.pushed(uri, session.versions[uri])).diagnostics == session.published[-1].diagnostics
    assert all(item.source == "nablint" for item in session.published[-1].diagnostics)


async def test_last_probe_of_the_function_at_a_place(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    inside = {"uri": uri, "position": {"line": 8, "character": 6}}
    before = await session.request("nablint/probed", inside)
    assert (before.target.name, before.report, before.holds) == ("second", None, False)
    await session.request("nablint/probe", inside)
    after = await session.request("nablint/probed", inside)
    assert (after.report.name, after.report.runs[0].x[0], after.holds) == ("second", "nan", True)
    session.edit(uri, t.Range(t.Position(8, 4), t.Position(8, 4)), "z = 1; ")
    stale = await session.request("nablint/probed", {"uri": uri, "name": "second"})
    assert (stale.report.name, stale.holds) == ("second", False)
    assert await session.request("nablint/probed", {"uri": uri, "position": {"line": 0, "character": 0}}) is None
    assert await session.request("nablint/probed", {"uri": uri, "name": "nowhere"}) is None


async def test_results_are_cleared(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    await session.request("nablint/probe", {"uri": uri, "name": "second"})
    await session.pushed(uri, count=1 if session.pulls else 3)
    session.published.clear()
    await session.client.workspace_execute_command_async(t.ExecuteCommandParams("nablint.clear"))
    assert (await session.lenses(uri))[1].command.title == "Probe"
    assert all(item.source == "nablint" for item in (await session.pushed(uri)).diagnostics)


async def test_probe_request_is_cancelled(session: Editor) -> None:
    uri = session.open("a.py", CODE.replace("second", "hang"))
    pending = session.client.protocol.send_request("nablint/probe", {"uri": uri, "name": "hang"}, msg_id="probe")
    await until(lambda: session.events)
    session.cancel("probe")
    await until(pending.done, 2)
    assert "canceled" in str(pending.exception())


async def test_probe_command(session: Editor) -> None:
    uri = session.open("a.py", CODE)
    params = t.ExecuteCommandParams("nablint.probe", [{"uri": uri, "name": "first"}])
    await session.client.workspace_execute_command_async(params)
    assert [item.message for item in session.client.messages] == ["first: Infinite for x >= 88.72 in float32."]


async def test_probe_command_is_cancelled(session: Editor) -> None:
    """By its progress where the editor shows one, else by the request."""
    uri = session.open("a.py", CODE.replace("second", "hang"))
    params = t.ExecuteCommandParams("nablint.probe", [{"uri": uri, "name": "hang"}])
    pending = session.client.protocol.send_request(t.WORKSPACE_EXECUTE_COMMAND, params, msg_id="command")
    await until(lambda: session.events)
    window = session.client.capabilities.window if session.client.capabilities else None
    if window and window.work_done_progress:
        token = await until(lambda: list(session.client.progress_reports)[-1:])
        session.client.window_work_done_progress_cancel(t.WorkDoneProgressCancelParams(token[0]))
        await until(pending.done, 3)
        kinds = [report.kind for report in session.client.progress_reports[token[0]]]
        assert kinds == ["begin", "end"]
    else:
        session.cancel("command")
        await until(pending.done, 3)
    assert not session.client.messages
    report = await session.request("nablint/probe", {"uri": uri, "name": "first"})
    assert not report.failure, "the next probe does not wait for the cancelled one"


def edits(action: t.CodeAction, uri: str) -> list[t.TextEdit]:
    assert action.edit
    if action.edit.changes is not None:
        return list(action.edit.changes[uri])
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, t.TextDocumentEdit)
    return list(change.edits)


def second_call(session: Editor) -> t.Range:
    column = COLUMNS[str(session.capabilities.position_encoding)]
    return t.Range(t.Position(8, column), t.Position(8, column + 9))
