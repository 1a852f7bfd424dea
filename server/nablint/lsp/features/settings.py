"""Where settings come from: `initialize`, the client's configuration, and pyproject.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types as t

from nablint import config
from nablint.config import ConfigError, Settings
from nablint.lsp import engine
from nablint.lsp.buffers import Buffers
from nablint.lsp.protocol import mismatch, options_of
from nablint.lsp.server import Server

SECTION = "nablint"
# Settings of the same section that only clients read.
CLIENTS = ("interpreter", "trace")


def register(server: Server) -> None:
    def at_initialize(params: t.InitializeParams) -> None:
        initialize(server, params)

    server.feature(t.INITIALIZE)(at_initialize)
    server.answers(t.INITIALIZED, initialized)
    server.answers(t.WORKSPACE_DID_CHANGE_CONFIGURATION, changed)
    server.answers(t.WORKSPACE_DID_CHANGE_WATCHED_FILES, files_changed)
    server.answers(t.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, files_changed)


def initialize(server: Server, params: t.InitializeParams) -> None:
    """Before the answer to `initialize`: nothing slow."""
    old = server.workspace
    server.protocol.adopt(Buffers(old.root_uri, old._sync_kind, list(old.folders.values()), old.position_encoding))
    server.options = options_of(params.initialization_options)


async def initialized(server: Server, _params: t.InitializedParams) -> None:
    """After it: the imports that the first keystroke needs, and what the client has to say."""
    server.keystrokes.submit(engine.warm)
    if sentence := mismatch(server.options.protocol):
        server.window_show_message(t.ShowMessageParams(t.MessageType.Warning, sentence))
    adopt(server, server.options.settings)
    if wanted := [registration for name, registration in SUBSCRIPTIONS.items() if _registers(server, name)]:
        await server.heard(server.client_register_capability_async(t.RegistrationParams(wanted)))
    await ask(server)


async def changed(server: Server, params: t.DidChangeConfigurationParams) -> None:
    """Takes the settings out of the notification, or asks for them where it brings none."""
    sent = params.settings if isinstance(params.settings, Mapping) else {}
    section = sent.get(SECTION, sent)
    if section:
        adopt(server, section)
    else:
        await ask(server)


async def files_changed(server: Server, _params: Any) -> None:
    server.forget_settings()
    server.touch_all()


async def ask(server: Server) -> None:
    """The client's own settings, where it answers questions about them."""
    workspace = server.client_capabilities.workspace
    if not (workspace and workspace.configuration):
        return
    items = [t.ConfigurationItem(section=SECTION)]
    answer = await server.heard(server.workspace_configuration_async(t.ConfigurationParams(items)))
    section = next(iter(answer or ()), None)
    if section:
        adopt(server, section)


def adopt(server: Server, section: object) -> None:
    """Lets the client's settings hold from now on. Those at their default leave the word to pyproject.toml."""
    if not isinstance(section, Mapping):
        return
    interpreter = section.get("interpreter")
    named = interpreter if isinstance(interpreter, str) and interpreter else server.options.python
    server.interpreter = _placed(server, named)
    default = Settings()
    known: dict[str, Any] = {}
    for key, value in section.items():
        if key in CLIENTS or value is None:
            continue
        try:
            changed = config.merge(default, {str(key): value}, f"{SECTION}: ")
        except ConfigError as error:
            server.say_once(str(error))
            continue
        known |= {name: item for name, item in vars(changed).items() if item != getattr(default, name)}
    if known != server.editor:
        server.editor = known
        server.known.clear()
        server.touch_all()
        workspace = server.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            server.workspace_inlay_hint_refresh(None)


def _placed(server: Server, interpreter: str) -> str:
    here = "${workspaceFolder}"
    return interpreter.replace(here, server.workspace.root_path or "") if here in interpreter else interpreter


SUBSCRIPTIONS = {
    "did_change_configuration": t.Registration(
        "nablint-configuration", t.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": SECTION}
    ),
    "did_change_watched_files": t.Registration(
        "nablint-files",
        t.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        t.DidChangeWatchedFilesRegistrationOptions([t.FileSystemWatcher(f"**/{config.FILE}")]),
    ),
}
"""By the client's capability that they need."""


def _registers(server: Server, name: str) -> bool:
    """Whether the client lets us subscribe to notifications of this name."""
    capability = getattr(server.client_capabilities.workspace, name, None)
    return bool(capability and capability.dynamic_registration)
