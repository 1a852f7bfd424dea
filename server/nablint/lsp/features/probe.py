"""The probe: as a request with events for clients that know it, as a command with progress for all others."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from nablint.lsp import convert, verdicts
from nablint.lsp.features import diagnostics
from nablint.lsp.probing import Asked
from nablint.lsp.protocol import (
    PROBE,
    PROBE_COMMAND,
    PROBE_EVENT,
    ProbeEvent,
    ProbeParams,
    RunEvent,
    TrainingEvent,
    target_of,
)
from nablint.lsp.server import Probed, Server, View
from nablint.probe.plan import Wish
from nablint.probe.protocol import Report, Run, Training, report_message
from nablint.source import Position

if TYPE_CHECKING:
    from nablint.analyse import Analysed

UNTRUSTED = "The probe runs the activation, so it needs a trusted workspace."
NOT_OPEN = "The file is not open in the editor, or it is not Python."
NO_FUNCTION = "There is no activation, loss or layer here to probe."
NO_ANSWER = 5.0
"""Seconds to wait for a client that says it shows progress but does not answer."""


def register(server: Server) -> None:
    server.answers(PROBE, request)

    @server.command(PROBE_COMMAND)
    async def run(target: Any = None) -> Any:
        return await command(server, target)


async def request(server: Server, params: Any) -> dict[str, Any]:
    return report_message(await probe(server, target_in(params)))


async def command(server: Server, raw: Any) -> dict[str, Any] | None:
    """The report, after a message that says what it found. Cancelling the request or the progress ends the probe."""
    target = target_in(raw)
    task = asyncio.create_task(probe(server, target))
    server.protocol.on_cancel(task.cancel)
    end = await _progress(server, f"Probing {target.name or 'the function at the cursor'}", task.cancel)
    try:
        report = await task
    except asyncio.CancelledError:
        end("cancelled")
        return None
    said = report.failure or report.verdict
    end(said)
    kind = t.MessageType.Warning if report.failure or verdicts.severity(report) else t.MessageType.Info
    server.window_show_message(t.ShowMessageParams(kind, f"{report.name}: {said}" if report.name else said))
    return report_message(report)


async def probe(server: Server, target: ProbeParams) -> Report:
    """What TensorFlow says of one function, or the sentence that says why it was not asked."""
    if not server.options.trusted:
        return Report(target.name or "", failure=UNTRUSTED)
    view = await server.view(target.uri)
    if view is None:
        return Report(target.name or "", failure=NOT_OPEN)
    at = place(view, target)
    found = function_at(view, target.name, at)
    name = target.name or (found.name if found else "")
    if not name:
        return Report("", failure=NO_FUNCTION)

    def tell(news: Run | Training) -> None:
        event = RunEvent(news) if isinstance(news, Run) else TrainingEvent(news)
        server.protocol.notify(PROBE_EVENT, asdict(ProbeEvent(target.uri, name, event)))

    report = await server.probes.probe(Asked(_wish(view, target, name, at, found), server.interpreter), tell)
    if found is not None and not report.failure:
        _remember(server, view, found, report)
    return report


def _wish(view: View, target: ProbeParams, name: str, at: Position | None, found: Analysed | None) -> Wish:
    findings = tuple(
        one
        for one in view.analysis.findings
        if found is not None and one.function == found.name and one.span.start in found.span
    )
    return Wish(
        view.document.source,
        name,
        at,
        found.span if found else None,
        findings,
        limit=view.analysis.settings.input_range,
        arguments=target.arguments or {},
    )


def _remember(server: Server, view: View, found: Analysed, report: Report) -> None:
    """Keeps what was found for lens and diagnostics."""
    desk = server.open.get(view.document.uri)
    if desk is None:
        return
    desk.probed[verdicts.key(view, found)] = Probed(report, verdicts.seen(view, found))
    if desk.task is None:
        diagnostics.publish(server, desk)
    workspace = server.client_capabilities.workspace
    if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
        server.workspace_code_lens_refresh(None)


async def _progress(server: Server, title: str, cancel: Callable[[], object]) -> Callable[[str], None]:
    """Shows progress with a button that cancels; gives what ends it with a word."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        return lambda _word: None
    token = str(uuid.uuid4())
    progress = server.work_done_progress
    try:
        await asyncio.wait_for(progress.create_async(token), NO_ANSWER)
    except (JsonRpcException, TimeoutError, asyncio.TimeoutError):
        return lambda _word: None
    progress.begin(token, t.WorkDoneProgressBegin(title=title, cancellable=True))
    progress.tokens[token].add_done_callback(lambda done: cancel() if done.cancelled() else None)

    def end(word: str) -> None:
        progress.end(token, t.WorkDoneProgressEnd(message=word))
        progress.tokens.pop(token, None)  # pygls would keep it for good.

    return end


def target_in(raw: Any) -> ProbeParams:
    target = target_of(raw)
    if target is None:
        raise JsonRpcInvalidParams(f"{PROBE} needs the uri of a document.")
    return target


def place(view: View, target: ProbeParams) -> Position | None:
    if target.position is None:
        return None
    place = t.Position(max(0, target.position.line), max(0, target.position.character))
    return convert.position(view.document, target.uri, place)


def function_at(view: View, name: str | None, at: Position | None) -> Analysed | None:
    """The function of that name, or around that place: the innermost that may train, or else the innermost of all."""
    functions = view.analysis.functions
    named = [found for found in functions if found.name == name] if name else functions
    around = [found for found in named if at is not None and at in found.span]
    fitting = around or (named if name else ())
    return max(fitting, key=lambda found: (found.may_train, found.span.start), default=None)
