"""Messages on stdin and stdout. pygls asks another thread for each line; here a message comes over at once."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

from pygls.io_ import StdoutWriter, run_async

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

log = logging.getLogger("nablint")

_CHUNK = 1 << 16
_LIMIT = 1 << 30
"""No line of a message is longer."""


def serve(server: LanguageServer) -> None:
    """Serves one client until it says `exit` or hangs up."""
    server.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
    try:
        asyncio.run(_messages(server))
    except (BrokenPipeError, asyncio.IncompleteReadError):
        log.info("The client has gone.")
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.shutdown()  # type: ignore[no-untyped-call]


async def _messages(server: LanguageServer) -> None:
    reader = asyncio.StreamReader(limit=_LIMIT)
    feed = (asyncio.get_running_loop(), reader, sys.stdin.fileno())
    threading.Thread(target=_feed, args=feed, name="stdin", daemon=True).start()
    await run_async(threading.Event(), reader, server.protocol, log, server.report_server_error)


def _feed(loop: asyncio.AbstractEventLoop, reader: asyncio.StreamReader, stdin: int) -> None:
    """Hands on what the client sends, as it comes: a pipe cannot be awaited on every system."""
    try:
        while chunk := os.read(stdin, _CHUNK):
            loop.call_soon_threadsafe(reader.feed_data, chunk)
        loop.call_soon_threadsafe(reader.feed_eof)
    except RuntimeError:
        log.debug("The loop has ended.")
