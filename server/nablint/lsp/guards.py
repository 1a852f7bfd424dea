"""pygls, where it would lose an answer or break a message: every request is answered, every message is valid JSON."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from typing import Any

from lsprotocol import types as t
from pygls.exceptions import JsonRpcException
from pygls.protocol import JsonRPCNotification, LanguageServerProtocol
from pygls.workspace import Workspace

log = logging.getLogger(__name__)

ALWAYS = (t.INITIALIZE, t.EXIT)


class Protocol(LanguageServerProtocol):
    """The protocol with valid numbers, an answer to every request, and cancellation of commands."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message as a dataclass. One that does not fit its shape is refused, instead of never answered."""
        try:
            return super().structure_message(data)
        except JsonRpcException:
            if "method" in data and "id" in data:
                error = t.ResponseError(t.ErrorCodes.InvalidParams, f"{data['method']}: these are not its parameters.")
                self._send_response(data["id"], error=error)
            return JsonRPCNotification("$/ignored", "2.0", None)

    def handle_message(self, message: Any) -> None:
        method = getattr(message, "method", None)
        refusal = self._refusal(method) if method else None
        if refusal is None:
            super().handle_message(message)
        elif hasattr(message, "id"):
            self._send_response(message.id, error=refusal)

    def _refusal(self, method: str) -> t.ResponseError | None:
        if self._shutdown and method != t.EXIT:
            return t.ResponseError(t.ErrorCodes.InvalidRequest, "The server is shutting down.")
        if self._workspace is None and method not in ALWAYS:
            return t.ResponseError(t.ErrorCodes.ServerNotInitialized, "The first request must be `initialize`.")
        if self._workspace is not None and method == t.INITIALIZE:
            return t.ResponseError(t.ErrorCodes.InvalidRequest, "The server is already initialized.")
        return None

    def adopt(self, workspace: Workspace) -> None:
        """Keeps the client's texts in our kind of workspace: pygls makes its own while it answers `initialize`."""
        self._workspace = workspace

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Calls back when the client cancels the command that is running: pygls tells its coroutine nothing."""
        request = self._request_futures.get(self.msg_id) if self.msg_id is not None else None
        if request is not None:
            request.add_done_callback(lambda done: callback() if done.cancelled() else None)

    def spelled(self, item: Any) -> str:
        """One of the protocol's values as JSON."""
        return self._json(item)

    def tell(self, method: str, params: str) -> None:
        """Sends a notification whose parameters are JSON already."""
        self._write(f'{{"jsonrpc": "2.0", "method": "{method}", "params": {params}}}')

    def _send_data(self, data: Any) -> None:
        self._write(self._body(data))

    def _write(self, text: str) -> None:
        if self.writer is None:
            return
        body = text.encode()
        header = b"Content-Length: %d\r\n\r\n" % len(body) if self._include_headers else b""
        try:
            self.writer.write(header + body)
        except (BrokenPipeError, ValueError):
            log.debug("The client has gone.")

    def _body(self, data: Any) -> str:
        try:
            return self._json(data)
        except Exception as error:
            method = getattr(data, "method", "")
            log.error("A message%s cannot be sent: %s", f" ({method})" if method else "", error)
            refusal = t.ResponseError(t.ErrorCodes.InternalError, "The answer cannot be written as JSON.")
            if getattr(data, "id", None) is None or method:
                return self._json(JsonRPCNotification("$/ignored", "2.0", None))
            return self._json(t.ResponseErrorMessage(id=data.id, error=refusal))

    def _json(self, data: Any) -> str:
        try:
            return json.dumps(data, default=self._serialize_message, allow_nan=False)
        except ValueError:
            return json.dumps(spelled(json.loads(json.dumps(data, default=self._serialize_message))))


def spelled(value: Any) -> Any:
    """The value with NaN and infinities as strings: JSON has no numbers for them, and editors close the connection."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return value
