"""The probe: as a request with events for clients that know it, as a command with progress for all others."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from lsprotocol import types as t
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from nablint.lsp import convert, verdicts
from nablint.lsp.features import diagnostics
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
from nablint.probe.protocol import Report, Run, Training, report_message

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
    return report_message(await probe(server, _target(params)))


async def command(server: Server, raw: Any) -> dict[str, Any] | None:
    """The report, after a message that says what it found. Cancelling the request or the progress ends the probe."""
    target = _target(raw)
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
    kind = t.MessageType.Warning if report.failure or verdicts.troubles(report) else t.MessageType.Info
    server.window_show_message(t.ShowMessageParams(kind, f"{report.name}: {said}" if report.name else said))
    return report_message(report)


async def probe(server: Server, target: ProbeParams) -> Report:
    """What TensorFlow says of one function, or the sentence that says why it was not asked."""
    if not server.options.trusted:
        return Report(target.name or "", failure=UNTRUSTED)
    view = await server.view(target.uri)
    if view is None:
        return Report(target.name or "", failure=NOT_OPEN)
    name = target.name or _name_at(view, target)
    if not name:
        return Report("", failure=NO_FUNCTION)

    def tell(news: Run | Training) -> None:
        event = RunEvent(news) if isinstance(news, Run) else TrainingEvent(news)
        server.protocol.notify(PROBE_EVENT, asdict(ProbeEvent(target.uri, name, event)))

    limit = view.analysis.settings.input_range
    report = await server.probes.probe(view.document.source, name, server.interpreter, limit, tell)
    await _remember(server, view, name, report)
    return report


async def _remember(server: Server, view: View, name: str, report: Report) -> None:
    """Keeps what was found for lens and diagnostics; a probe that failed says nothing of the function."""
    desk = server.open.get(view.document.uri)
    if desk is None or report.failure:
        return
    desk.probed[name] = Probed(report, view.document.source.text)
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
    progress.begin(token, t.WorkDoneProgressBegin(title, cancellable=True))
    progress.tokens[token].add_done_callback(lambda done: cancel() if done.cancelled() else None)

    def end(word: str) -> None:
        progress.end(token, t.WorkDoneProgressEnd(word))
        progress.tokens.pop(token, None)  # pygls would keep it for good.

    return end


def _target(raw: Any) -> ProbeParams:
    target = target_of(raw)
    if target is None:
        raise JsonRpcInvalidParams(f"{PROBE} needs the uri of a document.")
    return target


def _name_at(view: View, target: ProbeParams) -> str:
    """The innermost function around a position; none if there is none."""
    if target.position is None:
        return ""
    place = t.Position(max(0, target.position.line), max(0, target.position.character))
    at = convert.position(view.document, target.uri, place)
    around = [found for found in view.analysis.functions if at is not None and at in found.span]
    return max(around, key=lambda found: found.span.start).name if around else ""
